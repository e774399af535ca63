import assert from 'node:assert/strict';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { test } from 'node:test';
import winston from 'winston';
import {
  EventRecorder,
  type EventRecorderOptions,
  KubernetesEventsError,
  KubernetesEventTransport,
  type KubernetesEventTransportOptions,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { startStandIn } from './stand-in/stand-in.ts';

const web = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' };

function open(options: EventRecorderOptions = {}) {
  const sink = new MemorySink();
  const recorder = new EventRecorder({ local: sink, ...options }, { env: {} });
  const warnings: KubernetesEventsError[] = [];
  recorder.on('warn', (warning) => warnings.push(warning));
  const events = async () => {
    await recorder.flush();
    return sink.events;
  };
  return { sink, recorder, warnings, events };
}

test('warning, normal and record make Events with all that was said', async () => {
  const { recorder, events, warnings } = open({ component: 'injector', labels: { team: 'mesh' } });
  const related = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop' };
  recorder.warning(web, 'InjectionSkipped', 'no policy matches');
  recorder.normal(web, 'Injected', 'sidecar injected', {
    action: 'Injecting',
    related,
    annotations: { revision: '7' },
  });
  recorder.record({ type: 'Warning', regarding: web, reason: 'Other', message: 'x' });
  const [skipped, injected, other] = await events();
  assert.deepEqual(
    [skipped?.type, skipped?.reason, skipped?.message, skipped?.action, skipped?.reportingComponent],
    ['Warning', 'InjectionSkipped', 'no policy matches', 'Logged', 'injector'],
  );
  assert.deepEqual(skipped?.regarding, web);
  assert.deepEqual(skipped.labels, { team: 'mesh' });
  assert.deepEqual(
    [injected?.type, injected?.action, injected?.related, injected?.annotations],
    ['Normal', 'Injecting', related, { revision: '7' }],
  );
  assert.equal(other?.reason, 'Other');
  assert.deepEqual(warnings, []);
});

test('an Event shows the numbers of a record about its own object', async () => {
  const { recorder, events } = open();
  for (let ms = 5_000; ms < 5_003; ms++)
    for (const name of ['a', 'b']) recorder.warning(`pod/${name}`, 'Late', `the answer took ${ms} ms`);
  await recorder.flush();
  recorder.warning('pod/a', 'Late', 'the answer took 7001 ms');
  recorder.warning('pod/b', 'Late', 'the answer took 9002 ms');
  recorder.warning('pod/c', 'Late', 'the answer took 9002 ms');
  recorder.warning('pod/b', 'Late', 'the answer took 9003 ms');
  // The record between has more than a text, and leaves nothing behind.
  recorder.warning('pod/d', 'Late', 'see the other', { related: { kind: 'Pod', name: 'a' } as never });
  recorder.warning('pod/d', 'Late', 'the answer took 9003 ms');
  recorder.warning('pod/b', 'Late', 'the answer took 9004 ms');
  assert.deepEqual(
    (await events()).map(({ regarding, message, count }) => [regarding.name, message, count]),
    [
      ['a', 'the answer took 7001 ms', 4],
      ['b', 'the answer took 9004 ms', 6],
      ['c', 'the answer took 9002 ms', 1],
      ['d', 'see the other', 1],
      ['d', 'the answer took 9003 ms', 1],
    ],
  );
});

test('a reason that is no identifier becomes one', async () => {
  const { recorder, events } = open();
  for (const reason of ['image pull failed', 'ECONNREFUSED', 'out-of-disk', '', '???', 7 as never])
    recorder.warning(web, reason, `message for ${reason}`);
  assert.deepEqual(
    (await events()).map(({ reason }) => reason),
    ['ImagePullFailed', 'ECONNREFUSED', 'OutOfDisk', 'Recorded', 'Recorded', 'Recorded'],
  );
});

test('an object is the recorder’s default when it is left out, and null makes no Event', async () => {
  const { recorder, events } = open({ regarding: web });
  recorder.warning(undefined, 'Failed', 'about the default');
  recorder.warning('pod', 'Failed', 'about the pod');
  recorder.warning(null, 'Failed', 'about nothing');
  assert.deepEqual(
    (await events()).map(({ regarding: { kind, name }, message }) => [kind, name, message]),
    [
      ['Deployment', 'web', 'about the default'],
      ['Pod', hostname(), 'about the pod'],
    ],
  );
});

test('repeats and different messages are told apart as in the transport', async () => {
  const { recorder, events } = open();
  for (let i = 0; i < 5; i++) recorder.warning(web, 'Failed', `order ${10_000 + i} failed`);
  for (const text of ['a', 'b']) recorder.warning(web, 'Failed', text, { eventKey: 'the same' });
  assert.deepEqual(
    (await events()).map(({ message, count }) => [message, count]),
    [
      ['order 10004 failed', 5],
      ['b', 2],
    ],
  );
});

test('whatever it is given, it does not throw, and stats add up', async () => {
  const { recorder, events, warnings } = open();
  const hostile = {
    get regarding() {
      throw new Error('not now');
    },
  };
  assert.doesNotThrow(() => {
    recorder.record(hostile as never);
    recorder.record(undefined as never);
    recorder.warning(web, undefined as never, undefined as never);
    recorder.warning({ kind: 'Pod' } as never, 'Failed', 'x', null as never);
    recorder.warning(web, 'Failed', Symbol('text') as never);
  });
  const all = await events();
  const { records, pending } = recorder.stats;
  assert.equal(pending, 0);
  assert.equal(
    all.reduce((sum, { count }) => sum + count, 0),
    records,
  );
  assert.deepEqual(
    new Set(warnings.map(({ code }) => code)),
    new Set(['KEVT_BAD_RECORD', 'KEVT_BAD_OBJECT']),
  );
});

test('flush and close say whether everything was delivered', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'job-1' });
  const { serviceAccountDir, env } = pod;
  const recorder = new EventRecorder({ serviceAccountDir, flushTimeout: 100 }, { env });
  assert.equal(await recorder.flush(), true);
  await standIn.stopListening();
  recorder.warning(undefined, 'Failed', 'out of disk');
  const warned = once(recorder, 'warn');
  assert.equal(await recorder.flush(), false);
  const [warning] = await warned;
  assert.ok(warning instanceof KubernetesEventsError);
  assert.equal(recorder.stats.pending, 1);
  await standIn.resumeListening();
  assert.equal(await recorder.flush(10_000), true);
  recorder.warning(undefined, 'Failed', 'out of disk');
  assert.equal(await recorder.close(), true);
  assert.deepEqual(
    (await standIn.events(namespace)).map(({ count, involvedObject }) => [count, involvedObject['uid']]),
    [[2, pod.uid]],
  );
});

test('after close it can be used again', async () => {
  const { recorder, sink } = open();
  await recorder.close();
  recorder.warning(web, 'Failed', 'later');
  assert.equal(await recorder.close(), true);
  assert.equal(sink.events.length, 1);
});

function share(recorder: EventRecorder, options: KubernetesEventTransportOptions = {}) {
  const transport = new KubernetesEventTransport({ recorder, ...options });
  return { transport, logger: winston.createLogger({ transports: [transport] }) };
}

test('transports and code without winston share a recorder, and count up the same Events', async () => {
  const { recorder, events } = open();
  const all = [share(recorder), share(recorder), share(recorder)];
  for (const { logger } of all)
    for (let i = 0; i < 3; i++) logger.warn('no policy matches', { regarding: web, reason: 'Skipped' });
  recorder.warning(web, 'Skipped', 'no policy matches');
  assert.deepEqual(
    (await events()).map(({ count }) => count),
    [10],
  );
  for (const { transport } of all) assert.deepEqual(transport.stats, recorder.stats);
});

test('each transport keeps its own regarding beside a recorder it shares', async () => {
  const { recorder, events } = open({ regarding: web });
  const node = { apiVersion: 'v1', kind: 'Node', name: 'node-a' };
  const options: Record<string, KubernetesEventTransportOptions> = {
    'the default of the recorder': {},
    'its own object': { regarding: node },
    'the pod': { regarding: 'pod' },
    'of a function': { regarding: () => node },
    'of a function that has none': { regarding: () => undefined },
    nothing: { regarding: null },
  };
  for (const [message, option] of Object.entries(options)) share(recorder, option).logger.error(message);
  share(recorder, { regarding: node }).logger.error('malformed', { regarding: { kind: 'Pod' } });
  assert.deepEqual(
    Object.fromEntries((await events()).map(({ message, regarding }) => [message, regarding.kind])),
    {
      'the default of the recorder': 'Deployment',
      'its own object': 'Node',
      'the pod': 'Pod',
      'of a function': 'Node',
      'of a function that has none': 'Deployment',
      malformed: 'Node',
    },
  );
});

test('options that belong to the recorder are refused beside it, all in one error', () => {
  const { recorder } = open();
  const options: KubernetesEventTransportOptions = {
    recorder,
    component: 'web',
    local: 'console',
    namespace: 'shop',
    api: 'v1',
    labels: {},
    redact: false,
    flushTimeout: 1,
    serviceAccountDir: '/x',
    kubeConfig: { getCurrentCluster: () => null, applyToHTTPSOptions: async () => {} },
  };
  const { recorder: _, ...refused } = options;
  assert.throws(
    () => new KubernetesEventTransport(options),
    (error: KubernetesEventsError) => {
      assert.equal(error.code, 'KEVT_OPTIONS');
      for (const name of Object.keys(refused))
        assert.match(error.message, new RegExp(`\\b${name}: belongs to the recorder: set it there`));
      return true;
    },
  );
  new KubernetesEventTransport({
    recorder,
    regarding: 'pod',
    level: 'info',
    groupBy: 'message',
    local: undefined,
  });
});

test('the end of one logger delivers, and leaves the others and the recorder working', async () => {
  const { recorder, sink } = open();
  const [first, second] = [share(recorder), share(recorder)];
  first.logger.error('last words');
  const finished = once(first.logger, 'finish');
  first.logger.end();
  await finished;
  assert.equal(sink.events.length, 1);
  second.logger.error('still here');
  recorder.warning(web, 'Failed', 'still here too');
  assert.equal(await second.transport.flush(), true);
  assert.equal(sink.events.length, 3);
});

test('a transport listens to a shared recorder only while it serves a logger', async () => {
  const { recorder } = open();
  const before = recorder.listenerCount('warn');
  const transports = Array.from({ length: 30 }, () => new KubernetesEventTransport({ recorder }));
  assert.equal(recorder.listenerCount('warn'), before);
  const [one, other] = [winston.createLogger(), winston.createLogger()];
  for (const transport of transports) one.add(transport);
  other.add(transports[0]!);
  assert.equal(recorder.listenerCount('warn'), before + 30);
  for (const transport of transports) one.remove(transport);
  assert.equal(recorder.listenerCount('warn'), before + 1);
  other.remove(transports[0]!);
  assert.equal(recorder.listenerCount('warn'), before);
});

test('a diagnostic reaches the loggers of all transports, and what they log of it makes no Events', async () => {
  const { recorder, events } = open();
  const heard: string[] = [];
  const all = ['first', 'second'].map((name) => {
    const shared = share(recorder);
    shared.logger.on('warn', (error: KubernetesEventsError) => {
      heard.push(`${name} ${error.code}`);
      for (const { logger } of all) logger.error(`diagnostic: ${error.code}`);
    });
    return shared;
  });
  recorder.warning({ kind: 'Pod' } as never, 'Failed', 'malformed');
  assert.deepEqual(
    (await events()).map(({ message }) => message),
    ['malformed'],
  );
  assert.deepEqual(heard, ['first KEVT_BAD_OBJECT', 'second KEVT_BAD_OBJECT']);
});

test('a listener that throws ends nothing', async () => {
  const { recorder, events } = open();
  recorder.on('warn', () => {
    throw new Error('in a listener');
  });
  recorder.warning({} as never, 'Failed', 'malformed');
  assert.equal((await events()).length, 1);
  recorder.warning(web, 'Failed', 'later');
  assert.equal((await events()).length, 2);
});
