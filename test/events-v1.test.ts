import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { overloaded, type StandIn } from './stand-in/stand-in.ts';
import type { CoreEvent } from './support/cluster.ts';
import { createPodLogger } from './support/pod-logger.ts';
import { seededRandom } from './support/random.ts';

const api = 'events.k8s.io/v1';
const MICROSECONDS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/;

/** The number of occurrences that an Event counts. */
const countOf = ({ series }: CoreEvent) => series?.count ?? 1;
const sumOf = (events: CoreEvent[]) => events.reduce((sum, event) => sum + countOf(event), 0);
const writes = (standIn: StandIn, method: string) =>
  standIn.requests.filter((request) => request.method === method);

test('the first occurrence has no series, the second makes one of two, and later ones only raise it', async (t) => {
  const { standIn, namespace, pod, transport, logger } = await createPodLogger(t, { api });
  logger.error('out of disk', { action: 'Saving' });
  await transport.flush();
  const [first] = await standIn.events(namespace);
  assert.ok(first);
  assert.equal(first.series, undefined);
  assert.match(first.eventTime ?? '', MICROSECONDS);
  const { type, reason, action, message, reportingComponent, reportingInstance, involvedObject } = first;
  assert.deepEqual(
    { type, reason, action, message, reportingComponent, reportingInstance },
    {
      type: 'Warning',
      reason: 'LoggedError',
      action: 'Saving',
      message: 'out of disk',
      reportingComponent: 'web',
      reportingInstance: pod.name,
    },
  );
  assert.equal(involvedObject['uid'], pod.uid);

  for (const expected of [2, 5]) {
    const before = (await standIn.events(namespace))[0]!;
    for (let i = countOf(before); i < expected; i++) logger.error('out of disk', { action: 'Saving' });
    await transport.flush();
    const [event, ...others] = await standIn.events(namespace);
    assert.deepEqual(others, []);
    assert.equal(event?.series?.count, expected);
    assert.match(event.series.lastObservedTime, MICROSECONDS);
    assert.ok(event.series.lastObservedTime >= first.eventTime!);
    assert.deepEqual(event.eventTime, first.eventTime);
  }
  // A patch never contains fields that this API does not allow to change.
  for (const { body } of writes(standIn, 'PATCH'))
    assert.deepEqual(Object.keys(body).sort(), ['metadata', 'series']);
  assert.ok(standIn.requests.every(({ path, status }) => path.startsWith(`/apis/${api}/`) && status < 300));
});

test('occurrences that come together are one Event with a series from the start', async (t) => {
  const { standIn, namespace, transport, logger } = await createPodLogger(t, { api });
  for (let i = 0; i < 1000; i++) logger.error(`order ${10_000 + i} failed`);
  await transport.flush();
  const events = await standIn.events(namespace);
  assert.deepEqual(events.map(countOf), [1000]);
  assert.equal(standIn.requests.length, 1);
});

test('the note stays that of the first write, whatever later messages say', async (t) => {
  const { standIn, namespace, transport, logger } = await createPodLogger(t, { api });
  for (const order of [10_001, 10_002, 10_003]) {
    logger.error(`order ${order} failed`);
    await transport.flush();
  }
  const [event, ...others] = await standIn.events(namespace);
  assert.deepEqual(others, []);
  assert.equal(event?.message, 'order 10001 failed');
  assert.equal(event.series?.count, 3);
});

/** Values for the fields that have rules in this API, and what is written. */
const strict: [name: string, component: string, expected: string][] = [
  ['a plain name', 'web', 'web'],
  ['a qualified name', 'example.org/web', 'example.org/web'],
  ['blanks and other characters', 'Payment service (EU)', 'Payment-service-EU'],
  ['more than 63 characters', 'x'.repeat(80), 'x'.repeat(63)],
  ['a cut in the middle of dashes', `${'x'.repeat(62)}--y`, 'x'.repeat(62)],
  ['several slashes', 'a/b/c', 'a/b-c'],
  ['a prefix that is no domain', '-a.-b/web', 'a.-b-web'],
  ['a prefix with two dots', 'a..b/web', 'a..b-web'],
  ['a prefix alone', 'example.org/', 'example.org'],
  ['a slash alone', '/', 'application'],
  ['letters of another alphabet', 'оплата', 'application'],
];

for (const [name, component, expected] of strict) {
  test(`a component with ${name} is written as ${expected.slice(0, 20)}`, async (t) => {
    const { standIn, namespace, transport, logger, warnings } = await createPodLogger(t, { api, component });
    logger.error('out of disk');
    logger.error('out of disk');
    await transport.flush();
    logger.error('out of disk');
    await transport.flush();
    const events = await standIn.events(namespace);
    assert.deepEqual(events.map(countOf), [3]);
    assert.equal(events[0]?.reportingComponent, expected);
    assert.deepEqual(warnings, []);
  });
}

test('note, instance, reason and action of the greatest length are accepted', async (t) => {
  const pod = { name: `${'p'.repeat(252)}0` };
  const { standIn, namespace, transport, logger, warnings } = await createPodLogger(t, { api, pod });
  const longest = `R${'x'.repeat(127)}`;
  for (let i = 0; i < 2; i++) {
    logger.error('ü'.repeat(5000), { reason: longest, action: longest });
    await transport.flush();
  }
  const [event] = await standIn.events(namespace);
  assert.equal(event?.series?.count, 2);
  assert.ok(Buffer.byteLength(event.message ?? '') <= 1024 && event.message?.endsWith('…'));
  assert.equal(event.reportingInstance, `${'p'.repeat(125)}…`);
  assert.equal(event.involvedObject['name'], pod.name);
  assert.deepEqual([event.reason, event.action], [longest, longest]);
  assert.deepEqual(warnings, []);
});

test('many similar problems are combined as in core/v1', async (t) => {
  const { standIn, namespace, transport, logger, warnings } = await createPodLogger(t, { api });
  for (let i = 0; i < 60; i++) {
    logger.error(`step ${String.fromCharCode(97 + (i % 20))} failed`, { reason: 'StepFailed' });
    if (i % 20 === 19) await transport.flush();
  }
  const events = await standIn.events(namespace);
  assert.equal(events.length, 4);
  assert.equal(sumOf(events), 60);
  assert.equal(events.filter(({ message }) => message?.startsWith('(combined from')).length, 1);
  assert.deepEqual(warnings, []);
});

test('several processes that report the same problem add up', async (t) => {
  const first = await createPodLogger(t, { api });
  const { standIn, namespace, pod } = first;
  const others = Array.from({ length: 5 }, (_, index) => {
    const transport = new KubernetesEventTransport(
      { api, serviceAccountDir: pod.serviceAccountDir },
      { clock: { ...plain(first.clock), random: seededRandom(index + 1) }, env: pod.env },
    );
    return { transport, logger: winston.createLogger({ transports: [transport] }) };
  });
  const all = [first, ...others];
  for (let round = 0; round < 5; round++) {
    for (const { logger } of all) for (let i = 0; i < 7; i++) logger.error('out of disk');
    await Promise.all(all.map(({ transport }) => transport.flush()));
  }
  const events = await standIn.events(namespace);
  assert.deepEqual(events.map(countOf), [all.length * 5 * 7]);
});

test('a series goes on over an Event that core/v1 counted', async (t) => {
  const first = await createPodLogger(t);
  const { standIn, namespace, pod, clock } = first;
  for (let i = 0; i < 4; i++) first.logger.error('out of disk');
  await first.transport.flush();
  const transport = new KubernetesEventTransport(
    { api, serviceAccountDir: pod.serviceAccountDir },
    { clock, env: pod.env },
  );
  const logger = winston.createLogger({ transports: [transport] });
  for (let i = 0; i < 3; i++) logger.error('out of disk');
  assert.equal(await transport.flush(), true);
  const [event, ...others] = await standIn.events(namespace);
  const sum = [event!, ...others].reduce((total, each) => total + (each.series?.count ?? each.count ?? 1), 0);
  assert.equal(sum, 7);
  assert.equal(transport.stats.dropped.rejected, 0);
});

test('a series begins anew when the Event has expired, and nothing is counted twice', async (t) => {
  const { standIn, namespace, transport, logger } = await createPodLogger(t, { api });
  logger.error('out of disk');
  logger.error('out of disk');
  await transport.flush();
  standIn.clearEvents();
  for (let i = 0; i < 3; i++) logger.error('out of disk');
  await transport.flush();
  const [event] = await standIn.events(namespace);
  // The total of this process, as in core/v1.
  assert.equal(event?.series?.count, 5);
  assert.equal(transport.stats.pending, 0);
});

/** What happens to requests, by their number. */
const faults: Record<string, (index: number) => ReturnType<Parameters<StandIn['fault']>[0] & {}>> = {
  'answers are lost': (index) => (index % 2 === 0 ? { reset: 'after' } : undefined),
  'requests are lost': (index) => (index % 2 === 0 ? { reset: 'before' } : undefined),
  'every third answer never comes': (index) => (index % 3 === 0 ? { hang: true, apply: true } : undefined),
  'the server is overloaded': (index) => (index < 4 ? overloaded : undefined),
  'the server fails now and then': (index) => (index % 3 === 0 ? { status: 503 } : undefined),
};

for (const [name, fault] of Object.entries(faults)) {
  test(`the counts add up when ${name}`, async (t) => {
    const { standIn, namespace, clock, transport, logger } = await createPodLogger(t, {
      api,
      flushTimeout: 60_000,
      random: seededRandom(7),
    });
    standIn.fault(({ index }) => fault(index));
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 5; i++) {
        logger.error('out of disk');
        logger.warn('queue is full');
      }
      await clock.pass(500);
    }
    assert.equal(await transport.flush(), true);
    const events = await standIn.events(namespace);
    assert.deepEqual(events.map(countOf), [20, 20]);
  });
}

function plain(clock: { now(): number; uptime(): number; setTimer: unknown }) {
  const { setTimer } = clock as import('../src/clock.ts').Clock;
  return {
    now: () => clock.now(),
    uptime: () => clock.uptime(),
    setTimer: setTimer.bind(clock) as typeof setTimer,
  };
}
