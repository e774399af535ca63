import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { LEVEL, MESSAGE, SPLAT } from 'triple-beam';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { Logged, type Logger } from './support/logged.ts';

const { format } = winston;

class PaymentError extends Error {
  override name = 'PaymentError';
}
class QuotaExceeded extends Error {}

const refused = () => Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' });
/** As `net.connect` fails on Node 20 and later when all addresses of a host refuse. */
const happyEyeballs = () =>
  Object.assign(
    new AggregateError([
      Object.assign(new Error('connect ECONNREFUSED ::1:5432'), { code: 'ECONNREFUSED' }),
      Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:5432'), { code: 'ECONNREFUSED' }),
    ]),
    { code: 'ECONNREFUSED' },
  );
const addresses = 'connect ECONNREFUSED ::1:5432; connect ECONNREFUSED 127.0.0.1:5432';

const formats = {
  'no format': () => undefined,
  'splat()': () => format.splat(),
  'errors({stack: true})': () => format.errors({ stack: true }),
  'errors(), splat() and json()': () =>
    format.combine(format.errors({ stack: true }), format.splat(), format.json()),
  'colorize({all: true})': () => format.combine(format.colorize({ all: true }), format.simple()),
  'the same format of the transport': () => undefined,
};
type FormatName = keyof typeof formats;
const withSplat: FormatName[] = ['splat()', 'errors(), splat() and json()'];

/** A call, the Event it makes whatever the format, and the formats with which it is another one. */
type Row = [
  call: string,
  run: (logger: Logger) => void,
  expected: string,
  except?: Partial<Record<FormatName, string>>,
];

const sameFor = (names: FormatName[], expected: string) =>
  Object.fromEntries(names.map((name) => [name, expected]));

const rows: Row[] = [
  ['error(text)', (logger) => logger.error('disk full'), 'Warning LoggedError: disk full'],
  ['warn(text)', (logger) => logger.warn('disk nearly full'), 'Warning LoggedWarning: disk nearly full'],
  ['error(Error)', (logger) => logger.error(refused()), 'Warning ECONNREFUSED: connect refused'],
  [
    "log('error', Error)",
    (logger) => logger.log('error', refused()),
    'Warning ECONNREFUSED: connect refused',
  ],
  ['error(plain Error)', (logger) => logger.error(new Error('boom')), 'Warning Error: boom'],
  [
    'error(Error with a name)',
    (logger) => logger.error(new PaymentError('declined')),
    'Warning PaymentError: declined',
  ],
  ['error(TypeError)', (logger) => logger.error(new TypeError('no such x')), 'Warning TypeError: no such x'],
  [
    'error(text that ends in a colon, {error: Error})',
    (logger) => logger.error('cannot save:', { error: refused() }),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error(text, Error)',
    (logger) => logger.error('cannot save:', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error(text, Error with a name)',
    (logger) => logger.error('payment failed', new PaymentError('declined')),
    'Warning PaymentError: payment failed declined',
  ],
  [
    'error(text, Error, fields)',
    (logger) => logger.error('cannot save:', refused(), { attempt: 1 }),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error(text that has the message, Error)',
    (logger) => logger.error('cannot save, connect refused', refused()),
    'Warning ECONNREFUSED: cannot save, connect refused',
  ],
  [
    'error(text that is the message, Error)',
    (logger) => logger.error('connect refused', refused()),
    'Warning ECONNREFUSED: connect refused',
  ],
  [
    'error(text with letters of the message, Error in a field)',
    (logger) => logger.error('next', { err: new Error('x') }),
    'Warning Error: next: x',
  ],
  [
    'error(text, text, Error)',
    (logger) => logger.error('cannot save', 'here', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
    // The format leaves nothing of the error but its code.
    sameFor(withSplat, 'Warning LoggedError: cannot save'),
  ],
  [
    "error('… %s', Error)",
    (logger) => logger.error('cannot save: %s', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error('… %o', Error)",
    (logger) => logger.error('cannot save: %o', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error('… %j', Error)",
    (logger) => logger.error('cannot save: %j', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error('… %s', text, Error)",
    (logger) => logger.error('cannot save %s', 'a.txt', refused()),
    'Warning ECONNREFUSED: cannot save a.txt: connect refused',
    sameFor(withSplat, 'Warning LoggedError: cannot save a.txt'),
  ],
  [
    "error('… %s … %d%%', text, number)",
    (logger) => logger.error('%s is %d%% full', '/data', 97),
    'Warning LoggedError: /data is 97% full',
  ],
  [
    'error(text with an encoded URL, Error)',
    (logger) => logger.error('GET /caf%c3%a9/%d0%bf failed', { err: refused() }),
    'Warning ECONNREFUSED: GET /caf%c3%a9/%d0%bf failed: connect refused',
    // What the format makes of such a URL is out of our hands.
    sameFor(withSplat, 'Warning ECONNREFUSED: GET /caf3%a9/%d0%bf failed: connect refused'),
  ],
  [
    "error('%s', text with a percent sign)",
    (logger) => logger.error('rejected: %s', 'rate 5%s'),
    'Warning LoggedError: rejected: rate 5%s',
  ],
  ...['error', 'err', 'reasonWhy', 'cause'].map(
    (field): Row => [
      `error(text, {${field}: Error})`,
      (logger) => logger.error('cannot save', { [field]: refused() }),
      'Warning ECONNREFUSED: cannot save: connect refused',
    ],
  ),
  [
    'log({…, error: Error})',
    (logger) => logger.log({ level: 'error', message: 'cannot save', error: refused() }),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    'error({message: Error})',
    (logger) => logger.error({ message: refused() }),
    'Warning ECONNREFUSED: connect refused',
    { 'colorize({all: true})': 'Warning LoggedError: Error: connect refused' },
  ],
  [
    'error(text, {message})',
    (logger) => logger.error('first', { message: 'second' }),
    'Warning LoggedError: first second',
    sameFor(withSplat, 'Warning LoggedError: second'),
  ],
  [
    'child.error(Error)',
    (logger) => logger.child({ tenant: 'a' }).error(refused()),
    'Warning ECONNREFUSED: connect refused',
  ],
  [
    'child.error(Error with a name)',
    (logger) => logger.child({ tenant: 'a' }).error(new PaymentError('declined')),
    'Warning PaymentError: declined',
  ],
  [
    'child.error(text, Error)',
    (logger) => logger.child({ tenant: 'a' }).error('cannot save:', refused()),
    'Warning ECONNREFUSED: cannot save: connect refused',
  ],
  [
    "error(new Error(''))",
    (logger) => logger.error(new Error('')),
    'Warning Error: Error',
    { 'colorize({all: true})': 'Warning LoggedError: Error' },
  ],
  [
    "error(text, new Error(''))",
    (logger) => logger.error('cannot save', new Error('')),
    'Warning Error: cannot save',
  ],
  [
    'error(AggregateError without a message)',
    (logger) => logger.error(happyEyeballs()),
    `Warning AggregateError: ${addresses}`,
    {
      'errors({stack: true})': 'Warning AggregateError: ECONNREFUSED',
      'errors(), splat() and json()': 'Warning AggregateError: ECONNREFUSED',
      'colorize({all: true})': 'Warning LoggedError: AggregateError',
    },
  ],
  [
    'error(text, AggregateError without a message)',
    (logger) => logger.error('database is down', happyEyeballs()),
    `Warning AggregateError: database is down: ${addresses}`,
  ],
  [
    'error(object)',
    (logger) => logger.error({ queue: 'mail', depth: 9 }),
    'Warning LoggedError: {"queue":"mail","depth":9}',
    { 'colorize({all: true})': "Warning LoggedError: { queue: 'mail', depth: 9 }" },
  ],
  ['error(number)', (logger) => logger.error(42), 'Warning LoggedError: 42'],
  ['error(false)', (logger) => logger.error(false), 'Warning LoggedError: false'],
  ['error()', (logger) => (logger.error as unknown as () => void)(), 'Warning LoggedError: (no message)'],
  [
    'error(null)',
    (logger) => logger.error(null),
    'Warning LoggedError: (no message)',
    { 'colorize({all: true})': 'Warning LoggedError: null' },
  ],
  ['error(stack)', (logger) => logger.error(refused().stack), 'Warning LoggedError: Error: connect refused'],
  [
    'error(text with lines)',
    (logger) => logger.error('rejected\n  at the gate\n  by the guard'),
    'Warning LoggedError: rejected\n  at the gate\n  by the guard',
  ],
  [
    'a record of NestJS with a stack',
    (logger) => logger.error({ message: 'cannot save', context: 'Orders', stack: [refused().stack] }),
    'Warning Error: cannot save: connect refused',
  ],
  [
    'a record of NestJS without a stack',
    (logger) => logger.error({ message: 'cannot save', context: 'Orders', stack: [undefined] }),
    'Warning LoggedError: cannot save',
  ],
  [
    'a record with a field that happens to be called stack',
    (logger) => logger.error('cannot save', { stack: 'production' }),
    'Warning LoggedError: cannot save',
  ],
];

for (const [call, run, expected, except = {}] of rows) {
  for (const [name, create] of Object.entries(formats) as [FormatName, () => undefined][]) {
    test(`${call} with ${name}`, async () => {
      const isOfTransport = name === 'the same format of the transport';
      const own = format.combine(format.errors({ stack: true }), format.json());
      const made = create();
      const logged = new Logged(
        isOfTransport ? { format: own } : {},
        made === undefined ? {} : { format: made },
      );
      run(logged.logger);
      assert.equal(await logged.event(), except[name] ?? expected);
      assert.deepEqual(logged.diagnostics, []);
      assert.equal(logged.records.length, 1);
    });
  }
}

test('a template with too few values keeps the places that are left', async () => {
  const logged = new Logged();
  logged.logger.error('%s and %s', 'one');
  assert.equal(await logged.event(), 'Warning LoggedError: one and %s');
});

test('a record that has an Error as its prototype is read as that Error', async () => {
  // What the child loggers of the next winston hand over.
  const logged = new Logged();
  logged.logger.write(
    Object.assign(Object.create(refused()), { level: 'error', [LEVEL]: 'error', tenant: 'a' }),
  );
  assert.equal(await logged.event(), 'Warning ECONNREFUSED: connect refused');
});

test('an Error of another realm is an Error', async () => {
  const logged = new Logged();
  logged.logger.error('cannot save', { problem: runInNewContext('new RangeError("too far")') });
  assert.equal(await logged.event(), 'Warning RangeError: cannot save: too far');
});

test('the class of an Error is its reason when nobody gave it a name', async () => {
  const logged = new Logged();
  logged.logger.error('cannot save', { err: new QuotaExceeded('10 of 10') });
  assert.equal(await logged.event(), 'Warning QuotaExceeded: cannot save: 10 of 10');
});

test('the code of an Error becomes UpperCamelCase', async () => {
  const logged = new Logged();
  logged.logger.error(Object.assign(new Error('no'), { code: 'ERR_INVALID_URL' }));
  assert.equal(await logged.event(), 'Warning ErrInvalidUrl: no');
});

test('fields of defaultMeta count, and which side wins is what winston decides', async () => {
  const logged = new Logged({}, { defaultMeta: { reason: 'FromDefault', action: 'FromDefault' } });
  logged.logger.error('one argument');
  logged.logger.error({ message: 'one object', reason: 'FromCall' });
  logged.logger.error('two arguments', { reason: 'FromCall' });
  logged.logger.child({ reason: 'FromChild' }).error('a child and', { reason: 'FromCall' });
  assert.deepEqual(
    (await logged.events()).map(({ reason, action, message }) => `${reason} ${action}: ${message}`),
    [
      'FromDefault FromDefault: one argument',
      'FromDefault FromDefault: one object',
      'FromCall FromDefault: two arguments',
      'FromCall FromDefault: a child and',
    ],
  );
});

const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop', uid: 'u-1' };

test('fields of a child logger merge with those of the call', async () => {
  const logged = new Logged();
  logged.logger.child({ regarding: deployment }).warn('degraded', { reason: 'Degraded', action: 'Watch' });
  const [event] = await logged.events();
  assert.deepEqual(event?.regarding, deployment);
  assert.deepEqual(
    [event?.namespace, event?.reason, event?.action, event?.message],
    ['shop', 'Degraded', 'Watch', 'degraded'],
  );
});

test('fields behind an Error or behind the values of a template count without the format splat()', async () => {
  const logged = new Logged();
  logged.logger.error('cannot save:', refused(), { regarding: deployment, reason: 'SaveFailed' });
  logged.logger.error('cannot read %s', 'a.txt', { regarding: deployment, reason: 'ReadFailed' });
  const events = await logged.events();
  assert.deepEqual(
    events.map(({ reason, regarding, message }) => [reason, regarding.kind, message]),
    [
      ['SaveFailed', 'Deployment', 'cannot save: connect refused'],
      ['ReadFailed', 'Deployment', 'cannot read a.txt'],
    ],
  );
});

test('fields of a value that a template shows do not count', async () => {
  const logged = new Logged();
  logged.logger.error('answer %j', { reason: 'NotFound', regarding: deployment });
  const [event] = await logged.events();
  assert.equal(event?.reason, 'LoggedError');
  assert.equal(event?.regarding.kind, 'Pod');
});

test('a full object and a reference are the same object', async () => {
  const logged = new Logged();
  const { apiVersion, kind, ...metadata } = deployment;
  logged.logger.warn('degraded', { regarding: deployment });
  logged.logger.warn('degraded', { regarding: { apiVersion, kind, metadata, spec: { replicas: 2 } } });
  const events = await logged.events();
  assert.deepEqual(
    events.map(({ regarding, count }) => [regarding, count]),
    [[deployment, 2]],
  );
});

test('a second object is kept beside the first', async () => {
  const logged = new Logged();
  logged.logger.warn('degraded', { related: deployment });
  const [event] = await logged.events();
  assert.equal(event?.regarding.kind, 'Pod');
  assert.deepEqual(event?.related, deployment);
});

test('regarding: null makes no Event, also from a child logger', async () => {
  const logged = new Logged();
  logged.logger.warn('not for the cluster', { regarding: null });
  logged.logger.child({ regarding: null }).error(refused());
  assert.deepEqual(await logged.events(), []);
  assert.deepEqual(logged.diagnostics, []);
  assert.equal(logged.records.length, 2);
});

for (const [name, regarding] of Object.entries({
  text: 'web',
  'a number': 7,
  'an array': [deployment],
  'an object without kind': { name: 'web' },
  'an object without name': { apiVersion: 'apps/v1', kind: 'Deployment', metadata: {} },
  'an object with a name that cannot be': { kind: 'Deployment', name: 'a/b' },
})) {
  test(`a record about ${name} is about the default object, and a diagnostic says why`, async () => {
    const logged = new Logged();
    logged.logger.error('degraded', { regarding, related: regarding });
    const [event, ...others] = await logged.events();
    assert.equal(event?.regarding.kind, 'Pod');
    assert.equal(event?.message, 'degraded');
    assert.equal('related' in (event ?? {}), false);
    assert.deepEqual(others, []);
    assert.deepEqual(logged.codes(), ['KEVT_BAD_OBJECT', 'KEVT_BAD_OBJECT']);
    assert.match(logged.diagnostics[0]?.message ?? '', /regarding: .*expected .*, got /);
  });
}

const longest = `R${'e'.repeat(127)}`;
for (const [reason, expected] of [
  ['PaymentFailed', 'PaymentFailed'],
  ['A', 'A'],
  [longest, longest],
  [`${longest}e`, 'LoggedError'],
  ['paymentFailed', 'LoggedError'],
  ['Payment failed', 'LoggedError'],
  ['Payment_Failed', 'LoggedError'],
  ['', 'LoggedError'],
  ['Zahlung\n', 'LoggedError'],
  [404, 'LoggedError'],
  [null, 'LoggedError'],
  [{ code: 'X' }, 'LoggedError'],
] as const) {
  test(`a field reason of ${JSON.stringify(reason)?.slice(0, 40)} gives ${expected.slice(0, 40)}`, async () => {
    const logged = new Logged();
    logged.logger.error('no', { reason, action: reason });
    const [event] = await logged.events();
    assert.equal(event?.reason, expected);
    assert.equal(event?.action, expected === 'LoggedError' ? 'Logged' : expected);
    assert.deepEqual(logged.diagnostics, []);
    assert.equal(logged.records[0]?.['reason'], reason);
  });
}

test('the reason is that of the record, else the option, else the error, else the level', async () => {
  const logged = new Logged({ reason: (record) => record['topic'] as string | undefined });
  logged.logger.error('a', { reason: 'OfRecord', topic: 'OfOption', err: refused() });
  logged.logger.error('b', { reason: 'not one', topic: 'OfOption', err: refused() });
  logged.logger.error('c', { err: refused() });
  logged.logger.error('d');
  assert.deepEqual(
    (await logged.events()).map(({ reason }) => reason),
    ['OfRecord', 'OfOption', 'ECONNREFUSED', 'LoggedError'],
  );
  assert.deepEqual(logged.diagnostics, []);
});

test('records with one eventKey are one Event, with the latest message', async () => {
  const logged = new Logged();
  logged.logger.error('cannot save apples', { eventKey: 'save' });
  logged.logger.error('cannot save pears', { eventKey: 'save' });
  logged.logger.error('cannot save plums', { eventKey: 'other' });
  logged.logger.error('cannot save plums', { eventKey: 7 });
  assert.deepEqual(
    (await logged.events()).map(({ message, count }) => [message, count]),
    [
      ['cannot save pears', 2],
      ['cannot save plums', 1],
      ['cannot save plums', 1],
    ],
  );
});

for (const [field, kind] of Object.entries({
  exception: 'uncaughtException',
  rejection: 'unhandledRejection',
})) {
  test(`a record of an ${kind} is one line, with what its error says`, async () => {
    const logged = new Logged();
    // winston finds no message in it.
    const error = new AggregateError([refused()], '');
    const message = `${kind}: (no error message)\n${error.stack}`;
    logged.transport.log({ level: 'error', [LEVEL]: 'error', message, error, [field]: true });
    assert.equal(await logged.event(), `Warning AggregateError: ${kind}: connect refused`);
  });

  test(`a record of an ${kind} of something that is no error is one line too`, async () => {
    const logged = new Logged();
    const message = `${kind}: no reason given\n    at work`;
    logged.transport.log({ level: 'error', [LEVEL]: 'error', message, [field]: true });
    assert.equal(await logged.event(), `Warning LoggedError: ${kind}: no reason given`);
    assert.deepEqual(logged.codes(), []);
  });
}

test('colours around the level and the message are no part of an Event', async () => {
  const logged = new Logged({}, { format: format.colorize() });
  logged.logger.warn('\u001b[31mdisk\u001b[0m \u001b]8;;https://example.org\u0007full\u001b]8;;\u0007');
  assert.equal(await logged.event(), 'Warning LoggedWarning: disk full');
  assert.ok(String(logged.records[0]?.['level']).includes('\u001b'));
});

test('without a logger the name of the level counts, also a coloured one', async () => {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
  let calls = 0;
  transport.log({ level: '\u001b[33mwarn\u001b[39m', message: 'disk nearly full' }, () => calls++);
  transport.log({ level: 'info', message: 'hello' }, () => calls++);
  transport.log({ message: 'no level' });
  assert.equal(calls, 2);
  await transport.flush();
  assert.deepEqual(
    sink.events.map(({ type, reason }) => `${type} ${reason}`),
    ['Warning LoggedWarning', 'Normal LoggedInfo', 'Warning LoggedError'],
  );
});

test('a format of the transport that throws is a diagnostic, and the record makes its Event', async () => {
  const logged = new Logged({
    format: format(() => {
      throw new Error('bad format');
    })(),
  });
  logged.logger.error('cannot save', { err: refused() });
  assert.equal(await logged.event(), 'Warning ECONNREFUSED: cannot save: connect refused');
  assert.deepEqual(logged.codes(), ['KEVT_FUNCTION']);
  assert.equal(logged.records.length, 1);
});

test('a format of the transport that returns false drops the record', async () => {
  const logged = new Logged({ format: format((info) => (info['private'] ? false : info))() });
  logged.logger.error('secret', { private: true });
  logged.logger.error('public');
  assert.equal(await logged.event(), 'Warning LoggedError: public');
  assert.equal(logged.records.length, 2);
});

test('a format of the logger that returns false drops the record', async () => {
  const logged = new Logged({}, { format: format((info) => (info['private'] ? false : info))() });
  logged.logger.error('secret', { private: true });
  logged.logger.error('public');
  assert.equal(await logged.event(), 'Warning LoggedError: public');
});

test('a format of the transport changes what the Event says and nothing else', async () => {
  const logged = new Logged({
    format: format((info) => ({ ...info, message: `[shop] ${info.message}` }))(),
  });
  logged.logger.error('cannot save', { err: refused() });
  assert.equal(await logged.event(), 'Warning ECONNREFUSED: [shop] cannot save: connect refused');
  assert.equal(logged.records[0]?.['message'], 'cannot save');
});

function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const key of Reflect.ownKeys(value)) deepFreeze((value as Record<string | symbol, unknown>)[key]);
  return value;
}

test('a record is read and never changed, not even deep inside', async () => {
  const frozen = format((info) => deepFreeze(info));
  for (const own of [undefined, format.combine(format.splat(), format.json())]) {
    const logged = new Logged(
      { annotations: ['tenant'], ...(own !== undefined && { format: own }) },
      { format: frozen() },
    );
    logged.logger.error('cannot save %s', 'a.txt', {
      err: refused(),
      regarding: deployment,
      tenant: { a: 1 },
    });
    logged.logger.error(refused());
    logged.logger.error({ message: happyEyeballs() });
    assert.equal((await logged.events()).length, 3);
    assert.deepEqual(logged.diagnostics, []);
    const [first] = logged.records;
    assert.equal(first?.['message'], 'cannot save %s');
    assert.equal((first?.[SPLAT] as unknown[] | undefined)?.length, 2);
  }
});

test('all transports get the same record', async () => {
  const logged = new Logged();
  const record = { level: 'error', message: 'cannot save', regarding: deployment };
  logged.logger.log(record);
  await logged.events();
  assert.equal(logged.records[0], record);
  assert.deepEqual(Reflect.ownKeys(record), ['level', 'message', 'regarding', LEVEL, MESSAGE]);
});

test('records in a row with the same level and message are one problem only when they say no more than that', async () => {
  class Aware {
    level = 'error';
    message = 'failed';
    get regarding() {
      return { kind: 'Node', name: 'node-7' };
    }
  }
  const logged = new Logged();
  const { logger } = logged;
  logger.error('failed');
  logger.error('failed', { orderId: 7 });
  logger.log(new Aware() as never);
  logger.log({ level: 'error', message: 'failed', cause: refused() });
  logger.log({ level: 'error', message: 'failed', exception: false });
  logger.log({ level: 'warn', message: 'failed' });
  logger.error('failed', { eventKey: 'k' });
  logger.log({ level: 'error', message: 'failed', reason: 'Broken' });
  logger.error('failed');
  logger.error('failed');
  const events = await logged.events();
  assert.deepEqual(
    events.map(({ regarding, reason, message, count }) => `${regarding.kind} ${reason} ${message} ${count}`),
    [
      `Pod LoggedError failed 5`,
      'Node LoggedError failed 1',
      'Pod ECONNREFUSED failed: connect refused 1',
      'Pod LoggedWarning failed 1',
      'Pod LoggedError failed 1',
      'Pod Broken failed 1',
    ],
  );
});

test('functions among the options see each record', async () => {
  const seen: unknown[] = [];
  const see = (record: Record<string | symbol, unknown>) => {
    seen.push(record['message']);
    return undefined;
  };
  for (const option of ['filter', 'regarding', 'reason', 'annotations', 'groupBy'] as const) {
    const logged = new Logged({ [option]: see });
    logged.logger.error(option);
    logged.logger.error(option);
  }
  assert.deepEqual(
    seen,
    ['filter', 'regarding', 'reason', 'annotations', 'groupBy'].flatMap((name) => [name, name]),
  );
});

test('the cause of an error that a format copied is not taken for the error', async () => {
  const cause = refused();
  for (const error of [
    new PaymentError('declined', { cause }),
    Object.assign(new PaymentError('declined'), { cause }),
  ]) {
    for (const option of [{ stack: true }, { stack: true, cause: true }]) {
      const logged = new Logged({}, { format: format.combine(format.errors(option), format.json()) });
      logged.logger.error(error);
      const [event] = await logged.events();
      assert.deepEqual([event?.reason, event?.message], ['PaymentError', 'declined']);
    }
  }
});
