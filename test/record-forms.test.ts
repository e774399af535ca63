import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runInNewContext } from 'node:vm';
import { LEVEL, MESSAGE, SPLAT } from 'triple-beam';
import winston from 'winston';
import { EventRecorder, KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import {
  type FormatName,
  formats,
  happyEyeballs,
  PaymentError,
  refused,
  rows,
} from './record-forms.cases.ts';
import { logWith } from './support/log-with.ts';
import { Logged } from './support/logged.ts';

const { format } = winston;

for (const [call, log, expected, except = {}] of rows) {
  for (const name of Object.keys(formats) as FormatName[]) {
    test(`${call} with ${name}`, async () => {
      const logged = logWith(name);
      log(logged.logger);
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
  // The records of child loggers in the next version of winston.
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

/** The name of the errors of pg. */
class DatabaseError extends Error {
  override name = 'error';
}
class QuotaExceeded extends Error {}
const MINIFIED = class ab extends Error {};

for (const [what, error, expected] of [
  ['a name', Object.assign(new Error('x'), { name: 'PaymentError' }), 'PaymentError'],
  ['a name of two words', Object.assign(new Error('x'), { name: 'Validation Error' }), 'ValidationError'],
  ['a name, and a code', Object.assign(new RangeError('x'), { code: 'ERR_OUT_OF_RANGE' }), 'RangeError'],
  ['a name that says nothing, and a class', new DatabaseError('x'), 'DatabaseError'],
  ['the name Object', Object.assign(new Error('x'), { name: 'Object' }), 'LoggedError'],
  ['a class', new QuotaExceeded('x'), 'QuotaExceeded'],
  ['a class that is minified', new MINIFIED('x'), 'LoggedError'],
  ['a minified class and a code', Object.assign(new MINIFIED('x'), { code: 'E_CONFLICT' }), 'EConflict'],
  ['a minified name and a class', Object.assign(new QuotaExceeded('x'), { name: '$e' }), 'QuotaExceeded'],
  ['a short code', Object.assign(new Error('x'), { code: 'EIO' }), 'EIO'],
  ['a code of words', Object.assign(new Error('x'), { code: 'auth/user-not-found' }), 'AuthUserNotFound'],
  ['a code with a number', Object.assign(new Error('x'), { code: 'P2002' }), 'P2002'],
  ['a code that begins with a digit', Object.assign(new Error('x'), { code: '57P01' }), 'LoggedError'],
  ['a code that is a number', Object.assign(new Error('x'), { code: 14 }), 'LoggedError'],
  ['a name with a value in it', Object.assign(new Error('x'), { name: 'Order 4711 Error' }), 'LoggedError'],
  ['a code with a value in it', Object.assign(new Error('x'), { code: 'user-4711' }), 'LoggedError'],
  [
    'a code with a credential in it',
    Object.assign(new Error('x'), { code: 'password=hunter2' }),
    'LoggedError',
  ],
  ['a name that is a text', Object.assign(new Error('x'), { name: 'Error '.repeat(30) }), 'LoggedError'],
  ['nothing but a message', new Error('x'), 'LoggedError'],
] as const) {
  test(`the reason of an Error with ${what} is ${expected}`, async () => {
    const logged = new Logged();
    logged.logger.error('cannot save', { err: error });
    assert.equal((await logged.events())[0]?.reason, expected);
  });
}

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

const fields = {
  regarding: deployment,
  reason: 'Degraded',
  action: 'Watch',
  eventKey: 'one',
  tenant: 'acme',
};
const inDefaults = (key?: string) => ({
  format: format.metadata(key === undefined ? {} : { key }),
  defaultMeta: fields,
});
for (const [where, loggerOptions, log] of [
  ['in a call', {}, (logger) => logger.warn('degraded', fields)],
  ['in an object that is the message', {}, (logger) => logger.warn({ ...fields, queue: 'mail' })],
  ['in such an object, with metadata()', { format: format.metadata() }, (logger) => logger.warn(fields)],
  ['in an object with a message', {}, (logger) => logger.warn({ message: 'degraded', ...fields })],
  ['in a child', {}, (logger) => logger.child(fields).warn('degraded')],
  ['in metadata()', { format: format.metadata() }, (logger) => logger.warn('degraded', fields)],
  [
    'in a child, with metadata()',
    { format: format.metadata() },
    (logger) => logger.child(fields).warn('degraded'),
  ],
  ['in defaultMeta, with metadata()', inDefaults(), (logger) => logger.warn('degraded')],
  ['in defaultMeta, with metadata({key})', inDefaults('context'), (logger) => logger.warn('degraded')],
  [
    'in a child, with metadata({key})',
    { format: format.metadata({ key: 'context' }) },
    (logger) => logger.child(fields).warn('degraded'),
  ],
  [
    'in part in metadata({fillWith})',
    { format: format.metadata({ fillWith: ['regarding', 'reason', 'tenant'] }) },
    (logger) => logger.warn('degraded', fields),
  ],
  [
    'in metadata({fillExcept}), before a time stamp',
    {
      format: format.combine(
        format.metadata({ fillExcept: ['message', 'level', 'label'] }),
        format.timestamp(),
      ),
    },
    (logger) => logger.warn('degraded', fields),
  ],
  [
    'in an Error, with metadata()',
    { format: format.metadata() },
    (logger) => logger.warn(Object.assign(new Error('degraded'), fields)),
  ],
  [
    'behind an Error',
    {},
    (logger) => logger.warn('degraded', Object.assign(new Error('x'), { reason: 'not one' }), fields),
  ],
] as [where: string, winston.LoggerOptions, log: (logger: winston.Logger) => void][]) {
  test(`fields count ${where}`, async () => {
    const logged = new Logged({ annotations: ['tenant'] }, loggerOptions);
    log(logged.logger);
    log(logged.logger);
    const [event, ...others] = await logged.events();
    assert.deepEqual(others, []);
    const { regarding, reason, action, count, annotations } = event ?? {};
    assert.deepEqual(
      { regarding, reason, action, count, tenant: annotations?.['tenant'] },
      { regarding: deployment, reason: 'Degraded', action: 'Watch', count: 2, tenant: 'acme' },
    );
    assert.doesNotMatch(event?.message ?? '', /Deployment/);
    assert.deepEqual(logged.diagnostics, []);
  });
}

test('fields of objects that the application logs are not those of the record', async () => {
  const logged = new Logged();
  const seen = { kind: 'Event', metadata: { name: 'x' }, regarding: deployment, reason: 'BackOff' };
  const conditions = [{ type: 'Ready', reason: 'MinimumReplicasUnavailable' }];
  logged.logger.warn('seen', { seen, conditions, response: { reason: 'NotFound' } });
  logged.logger.child({ response: { reason: 'NotFound' } }).warn('seen');
  logged.logger.log({ level: 'warn', message: 'seen', seen, conditions });
  assert.deepEqual(
    (await logged.events()).map(({ reason, regarding, count }) => [reason, regarding.kind, count]),
    [['LoggedWarning', 'Pod', 3]],
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
    // winston finds no message in this record.
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

test('records in a row with the same level and message are one problem only if they contain nothing else', async () => {
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

test('the reason comes from the error that a format copied, not from its cause', async () => {
  const cause = refused();
  const hidden = () => new PaymentError('declined', { cause });
  const enumerable = () => Object.assign(new PaymentError('declined'), { cause });
  for (const [create, options, expected] of [
    [hidden, { stack: true }, 'declined'],
    [hidden, { stack: true, cause: true }, 'declined: connect refused'],
    [enumerable, { stack: true }, 'declined: connect refused'],
  ] as const) {
    const logged = new Logged({}, { format: format.combine(format.errors(options), format.json()) });
    logged.logger.error(create());
    assert.equal(await logged.event(), `Warning PaymentError: ${expected}`);
  }
});

test('what causes say is masked and cut like all of a message', async () => {
  const logged = new Logged();
  const cause = new Error('cannot log in to postgres://app:hunter2@db:5432\npassword=hunter2');
  logged.logger.error(new Error('cannot save', { cause }));
  logged.logger.error(new Error('cannot print', { cause: 'é'.repeat(2_000) }));
  const [masked, cut] = await logged.events();
  assert.equal(masked?.message, 'cannot save: cannot log in to postgres://app:***@db:5432 password=***');
  assert.match(cut?.message ?? '', /^cannot print: é+…$/);
  assert.ok(Buffer.byteLength(cut?.message ?? '') <= 1024);
});

test('an EventRecorder that is given an Error as its message says what the Error says', async () => {
  const sink = new MemorySink();
  const recorder = new EventRecorder({ local: sink }, { env: {} });
  recorder.warning('pod', 'Unreachable', new Error('fetch failed', { cause: refused() }) as never);
  await recorder.flush();
  assert.equal(sink.events[0]?.message, 'fetch failed: connect refused');
});
