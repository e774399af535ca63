import assert from 'node:assert/strict';
import { access, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import winston from 'winston';
import {
  EventRecorder,
  KubernetesEventsError,
  KubernetesEventTransport,
  type KubernetesEventTransportOptions,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };

function refusal(options: unknown, env: NodeJS.ProcessEnv = {}): KubernetesEventsError {
  let error: unknown;
  try {
    new KubernetesEventTransport(options as KubernetesEventTransportOptions, { env });
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof KubernetesEventsError, 'construction fails');
  assert.equal(error.code, 'KEVT_OPTIONS');
  return error;
}

/** Values that an option refuses, and values that it accepts. */
const options: Record<keyof KubernetesEventTransportOptions, { wrong: unknown[]; right: unknown[] }> = {
  regarding: {
    wrong: ['deployment', '', 1, true, [], {}, { kind: 'Deployment' }, { kind: 'Deployment', name: 'a/b' }],
    right: [
      'pod',
      'workload',
      null,
      deployment,
      { kind: 'Pod', metadata: { name: 'web-1' } },
      () => deployment,
    ],
  },
  filter: { wrong: ['x', true, {}, null], right: [() => true] },
  component: { wrong: ['', 1, null, {}], right: ['web'] },
  reason: {
    wrong: ['', 'not one', 'lower', `R${'x'.repeat(128)}`, 1, null],
    right: ['Failed', () => 'Failed'],
  },
  local: {
    wrong: ['', 'Silent', 'cluster', null, {}, { write: 1 }, true],
    right: ['silent', new MemorySink()],
  },
  kubeConfig: { wrong: [null, {}, 'path', { getCurrentCluster: () => null }], right: [] },
  namespace: { wrong: ['', 'Shop', 'a.b', 'a'.repeat(64), 1, null], right: ['shop', 'a'.repeat(63)] },
  api: { wrong: ['v2', 'events.k8s.io/v1beta1', '', 1, null], right: ['v1', 'events.k8s.io/v1'] },
  annotations: {
    wrong: ['tenant', [1], ['not a key'], [''], {}, null, ['__proto__']],
    right: [[], ['tenant', 'example.org/tenant'], () => ({})],
  },
  labels: {
    wrong: ['a=b', null, ['a'], { a: 1 }, { a: 'not a value' }, { 'not a key': 'a' }, { a: 'b'.repeat(64) }],
    right: [{}, { team: 'shop', 'example.org/tier': '' }],
  },
  redact: {
    wrong: [
      true,
      'x',
      null,
      {},
      [],
      /x/,
      { also: /x/ },
      { also: ['x'] },
      { also: [], more: 1 },
      { only: [] },
    ],
    right: [false, (text: string) => text, { also: [] }, { also: [/x/, /y/giu] }],
  },
  groupBy: { wrong: ['reason', true, null, {}], right: ['message', () => 'x'] },
  recorder: {
    wrong: ['x', true, null, {}, { record() {}, flush() {}, on() {} }],
    right: [new EventRecorder({}, { env: {} })],
  },
  flushTimeout: {
    wrong: [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5000', null],
    right: [0, 5000.5],
  },
  serviceAccountDir: { wrong: ['', 1, null], right: ['/nowhere'] },
  level: { wrong: ['', 1, null], right: ['info'] },
  silent: { wrong: ['true', 1, null], right: [true, false] },
  format: { wrong: [null, {}, 'json', winston.format.json], right: [winston.format.json()] },
  handleExceptions: { wrong: ['true', 1, null], right: [false] },
  handleRejections: { wrong: ['true', 1, null], right: [false] },
};

for (const [name, { wrong, right }] of Object.entries(options)) {
  for (const [index, value] of wrong.entries()) {
    test(`${name}: wrong value ${index + 1} is refused and named`, () => {
      const { message } = refusal({ [name]: value });
      assert.match(message, new RegExp(`\\b${name}: expected .+, got .+`));
      if (typeof value === 'number' || value === null) assert.ok(message.includes(`got ${value}`), message);
      if (typeof value === 'string') assert.ok(message.includes(`got "${value.slice(0, 60)}"`), message);
    });
  }
  test(`${name}: right values are taken`, () => {
    for (const value of [undefined, ...right]) new KubernetesEventTransport({ [name]: value }, { env: {} });
  });
}

test('all that is wrong is in one error, with what is meant', () => {
  const { message } = refusal({ lvel: 'warn', Namespace: 'x', api: 'v2', flushTimeout: -1, whatever: 1 });
  assert.match(message, /lvel: there is no such option, did you mean level\?/);
  assert.match(message, /Namespace: there is no such option, did you mean namespace\?/);
  assert.match(message, /api: expected 'v1' or 'events\.k8s\.io\/v1', got "v2" \(string\)/);
  assert.match(message, /flushTimeout: expected a number of milliseconds .*, got -1 \(number\)/);
  assert.match(message, /whatever: there is no such option \(there are .*regarding.*\)/);
});

test('names that every object has are no options', () => {
  for (const name of ['constructor', 'toString', '__proto__']) {
    assert.match(refusal(JSON.parse(`{"${name}": 1}`)).message, /there is no such option/);
  }
});

test('what is wrong inside an object is said', () => {
  const { message } = refusal({
    regarding: { kind: 'Deployment' },
    labels: { team: 'shop', tier: 1, zone: 'a b' },
  });
  assert.match(
    message,
    /regarding: .*, got an object \(name is missing: expected .*, got nothing\); labels: /,
  );
  assert.match(message, /labels: .*, got an object \("tier": 1 \(number\)\)\./);
});

test('what is wrong inside an array is said', () => {
  assert.match(
    refusal({ annotations: ['tenant', 'a b'] }).message,
    /got an array \(entry 1: "a b" \(string\)\)/,
  );
  assert.match(refusal({ annotations: [7] }).message, /got an array \(entry 0: 7 \(number\)\)/);
});

test('the texts that stand for an object are named', () => {
  for (const regarding of ['deployment', 'rollout/web', 'Workload', 7])
    assert.match(refusal({ regarding }).message, /a text such as 'deployment\/web' for a built-in type, /);
});

test('the page that lists all options can be reached without a copy of the repository', async () => {
  const { homepage } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
  const [, page = ''] = / (https:\S+) lists all options\.?$/.exec(refusal({ whatever: 1 }).message) ?? [];
  const [start, path = ''] = page.split('/blob/main/');
  assert.equal(start, homepage.replace('#readme', ''));
  await access(new URL(`../${path}`, import.meta.url));
});

test('what is no object of options is refused', () => {
  for (const value of [null, 'warn', 1, true, [], () => {}]) {
    assert.match(refusal(value).message, /expected an object of options, got /);
  }
});

test('undefined is the default, for all options together and each of them', () => {
  new KubernetesEventTransport(undefined, { env: {} });
  const all = Object.fromEntries(Object.keys(options).map((name) => [name, undefined]));
  const transport = new KubernetesEventTransport(all, { env: {} });
  assert.equal(transport.level, 'warn');
  assert.equal(transport.silent, undefined);
});

test('the recorder has the options that are not about log records', () => {
  for (const name of ['filter', 'level', 'format', 'groupBy', 'annotations', 'reason']) {
    const make = () => new EventRecorder({ [name]: undefined } as never, { env: {} });
    assert.throws(make, { code: 'KEVT_OPTIONS', message: new RegExp(`${name}: there is no such option`) });
  }
  const make = () => new EventRecorder({ regarding: (() => deployment) as never }, { env: {} });
  assert.throws(make, { code: 'KEVT_OPTIONS', message: /regarding: expected .*, got function/ });
});

/** The number of Events of a record with a sink, and the diagnostics. */
async function switched(KUBERNETES_EVENTS: string): Promise<{ events: number; diagnostics: string[] }> {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: { KUBERNETES_EVENTS } });
  const diagnostics: string[] = [];
  transport.on('warn', (error) => diagnostics.push(`${error.code} ${error.detail}`));
  transport.log({ level: 'error', message: 'out of disk' });
  assert.equal(await transport.flush(), true);
  return { events: sink.events.length, diagnostics };
}

test('KUBERNETES_EVENTS switches Events off in every word that people use for it', async () => {
  for (const value of ['silent', 'off', 'false', 'none', 'no', '0', 'Silent', ' OFF ', 'False\n'])
    assert.deepEqual(await switched(value), { events: 0, diagnostics: [] }, value);
});

test('an empty KUBERNETES_EVENTS decides nothing', async () => {
  for (const value of ['', '  ', '\n'])
    assert.deepEqual(await switched(value), { events: 1, diagnostics: [] }, JSON.stringify(value));
});

test('a value of KUBERNETES_EVENTS that is not known is a diagnostic that names it, and silence', async () => {
  for (const value of ['true', 'on', 'cluster,console', 'constructor', 'o\u001b[31mff']) {
    const { events, diagnostics } = await switched(value);
    assert.equal(events, 0, value);
    assert.equal(diagnostics.length, 1);
    assert.match(
      diagnostics[0]!,
      /^KEVT_SETTING expected one of silent, console, kubeconfig, cluster \(or off, .*, 0 for silent\), got "/,
    );
    assert.ok(diagnostics[0]!.endsWith(JSON.stringify(value)), diagnostics[0]);
  }
  const { diagnostics } = await switched('x'.repeat(1_000));
  assert.ok(diagnostics[0]!.length < 250);
});

test('KUBERNETES_EVENTS=cluster outside a cluster is a diagnostic, and the application goes on', async () => {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: { KUBERNETES_EVENTS: 'cluster' } });
  const codes: string[] = [];
  transport.on('warn', ({ code }) => codes.push(code));
  transport.log({ level: 'error', message: 'no' });
  await transport.flush();
  assert.deepEqual(codes, ['KEVT_NOT_IN_CLUSTER']);
  assert.deepEqual(sink.events, []);
});

test('what options say is in the Event', async () => {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport(
    {
      local: sink,
      regarding: deployment,
      namespace: 'shop',
      component: 'checkout',
      reason: 'Failed',
      labels: { team: 'shop' },
      annotations: ['tenant', 'size', 'none'],
      redact: (text) => text.replaceAll('secret', '***'),
      groupBy: 'message',
    },
    { env: {} },
  );
  transport.log({ level: 'error', message: 'a secret 10000', tenant: { id: 'secret' }, size: 1n });
  transport.log({ level: 'error', message: 'a secret 20000' });
  await transport.flush();
  const [event] = sink.events;
  assert.equal(sink.events.length, 2);
  assert.deepEqual(event?.regarding, { ...deployment, namespace: 'shop' });
  assert.equal(event?.namespace, 'shop');
  assert.equal(event?.reportingComponent, 'checkout');
  assert.equal(event?.reason, 'Failed');
  assert.equal(event?.message, 'a *** 10000');
  assert.deepEqual(event?.labels, { team: 'shop' });
  assert.deepEqual(event?.annotations, { tenant: '{"id":"***"}', size: '1' });
});

test('regarding: null makes Events only of records with an object of their own', async () => {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink, regarding: null }, { env: {} });
  transport.log({ level: 'error', message: 'no object' });
  transport.log({ level: 'error', message: 'an object', regarding: deployment });
  await transport.flush();
  assert.deepEqual(
    sink.events.map(({ message }) => message),
    ['an object'],
  );
});

test('filter decides with the record in hand', async () => {
  const sink = new MemorySink();
  const filter = (record: Record<string | symbol, unknown>) => record['audit'] !== true;
  const transport = new KubernetesEventTransport({ local: sink, filter }, { env: {} });
  transport.log({ level: 'error', message: 'audited', audit: true });
  transport.log({ level: 'error', message: 'not audited' });
  await transport.flush();
  assert.deepEqual(
    sink.events.map(({ message }) => message),
    ['not audited'],
  );
});

test('options that the application changes after construction stay as they were', async () => {
  const sink = new MemorySink();
  const shared = { local: sink, namespace: 'before', redact: false as const, component: 'before' };
  const [forTransport, forRecorder] = [{ ...shared, reason: 'Before' }, { ...shared }];
  const transport = new KubernetesEventTransport(forTransport, { env: {} });
  const recorder = new EventRecorder(forRecorder, { env: {} });
  const after = { local: undefined, namespace: 'after', redact: undefined, component: 'after' };
  Object.assign(forTransport, { ...after, reason: 'After', filter: () => false });
  Object.assign(forRecorder, after);
  winston.createLogger({ transports: [transport] }).error('password=abcdefgh1');
  recorder.warning('pod', 'Before', 'password=abcdefgh2');
  const events = await sink.waitFor(2, 5_000);
  for (const { regarding, reason, message, reportingComponent } of events) {
    const told = [regarding.namespace, reason, reportingComponent];
    assert.deepEqual(told, ['before', 'Before', 'before']);
    assert.match(message, /^password=abcdefgh\d$/);
  }
});
