import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { LEVEL, SPLAT } from 'triple-beam';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { Logged } from './support/logged.ts';

type Fields = Record<string | symbol, unknown>;

function bang(): never {
  throw new Error('bang');
}
const throwing = (field: string | symbol, base: object = {}) =>
  Object.defineProperty(base, field, { enumerable: true, get: bang }) as Fields;
const hostileProxy = () =>
  new Proxy(
    {},
    Object.fromEntries(
      Object.getOwnPropertyNames(Reflect).map((trap) => [trap, bang]),
    ) as ProxyHandler<Fields>,
  );
const revoked = (target: object = {}) => {
  const { proxy, revoke } = Proxy.revocable(target, {});
  revoke();
  return proxy;
};
const cyclic = () => {
  const value: Fields = { name: 'loop' };
  value['self'] = value;
  return value;
};
const cyclicErrors = () => {
  const error = new AggregateError([], '');
  error.errors.push(error, error);
  return error;
};
const errorWith = (field: string) => throwing(field, new Error('boom'));
/** Each cause has three causes, without end. */
let causes = 0;
const endless = (): Error =>
  Object.defineProperties(new Error(`boom ${causes++}`), {
    cause: { get: endless },
    errors: { get: () => [endless(), endless()] },
  });

const values: Record<string, unknown> = {
  'a hostile Proxy': hostileProxy(),
  'a revoked Proxy': revoked(),
  'a revoked Proxy of an array': revoked([]),
  'a revoked Proxy of an Error': revoked(new Error('boom')),
  'a cycle': cyclic(),
  'an Error that holds itself': cyclicErrors(),
  'an Error with a message that throws': errorWith('message'),
  'an Error with a name that throws': errorWith('name'),
  'an Error with a stack that throws': errorWith('stack'),
  'an Error with a code that throws': errorWith('code'),
  'an Error with errors that throw': errorWith('errors'),
  'an Error with a cause that throws': errorWith('cause'),
  'an Error with a hostile Proxy as its cause': new Error('boom', { cause: hostileProxy() }),
  'an Error with a revoked Proxy of an array as its errors': Object.assign(new AggregateError([], 'boom'), {
    errors: revoked([]),
  }),
  'an Error with endless causes': endless(),
  'an Error with a long text as its cause': new Error('boom', { cause: 'x'.repeat(10 * 1024 * 1024) }),
  'an Error with a class that throws': errorWith('constructor'),
  'an Error with an object as message': Object.assign(new Error('boom'), { message: { text: 'boom' } }),
  'an Error with nothing in it': Object.setPrototypeOf(new Error('boom'), null),
  'a BigInt': 2n ** 70n,
  'an object with a BigInt': { size: 1n },
  'a symbol': Symbol('sign'),
  'a function': function secretCode() {},
  'a class': class Payment {},
  'an instance': new (class Payment {
    amount = 1;
  })(),
  'an invalid Date': new Date(Number.NaN),
  'an object whose toJSON throws': { toJSON: bang },
  'an object whose toString throws': { toString: bang },
  'an object whose Symbol.toPrimitive throws': { [Symbol.toPrimitive]: bang },
  'an object whose inspection throws': { toJSON: bang, [inspect.custom]: bang },
  'an object without a prototype': Object.create(null),
  'an object with __proto__ and constructor fields': JSON.parse(
    '{"__proto__":{"polluted":1},"constructor":1}',
  ),
  'a huge array': new Array(100_000).fill('x'),
  'a sparse array': new Array(1e9),
  'an Error with a sparse array of errors': Object.assign(new AggregateError([], ''), {
    errors: new Array(1e9),
  }),
  'a long text': 'x'.repeat(10 * 1024 * 1024),
  'lone surrogates': '\ud800 and \udc00',
  'NUL and other controls': 'a\0b\u0007c\u009bd',
  'half an emoji at the end': `${'a'.repeat(1022)}😀`,
  'emoji only': '😀'.repeat(1000),
  'a text of percent signs': '%s%d%o%j'.repeat(1000),
  'a text of line ends': '\n'.repeat(100_000),
  'a text of blank lines that begin stacks': '\n  at '.repeat(20_000),
  NaN: Number.NaN,
};

/** The fields that are read from every record. */
const fields = [
  'message',
  'regarding',
  'related',
  'reason',
  'action',
  'eventKey',
  'stack',
  'error',
  'tenant',
];

const isValid = (text: string) => text.isWellFormed() && Buffer.byteLength(text) <= 1024 && text !== '';

/**
 * Expects one callback, at once, and that another transport gets the record. Expects an Event that the API server accepts, or
 * a diagnostic.
 */
async function survives(log: (logged: Logged) => void, least = 1): Promise<Logged> {
  // The format json() of winston would fail for other reasons.
  const format = winston.format((record) => record)();
  const logged = new Logged({ annotations: ['tenant'] }, { format });
  log(logged);
  assert.equal(logged.records.length, least, 'the other transport has all records');
  const events = await logged.events();
  assert.ok(events.length + logged.diagnostics.length > 0, 'an Event or a diagnostic');
  for (const { message, reason, action, name, annotations = {} } of events) {
    assert.ok(isValid(message), inspect(message));
    assert.doesNotMatch(message, /\p{Cc}/u);
    assert.match(reason, /^[A-Z][A-Za-z0-9]{0,127}$/);
    assert.match(action, /^[A-Z][A-Za-z0-9]{0,127}$/);
    assert.match(name, /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/);
    for (const value of Object.values(annotations)) assert.ok(value === '' || isValid(value));
  }
  for (const { message } of logged.diagnostics) assert.ok(message.isWellFormed() && message.length < 2000);
  // The logger still works.
  logged.logger.error('still here', { eventKey: 'still' });
  assert.equal(logged.records.length, least + 1);
  assert.equal((await logged.events()).at(-1)?.message, 'still here');
  assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  return logged;
}

/** winston itself reads some records, which then throw before any transport gets them. */
function write({ transport, records }: Logged, record: unknown): void {
  let calls = 0;
  (transport._write as unknown as (record: unknown, encoding: string, next: () => void) => void)(
    record,
    'utf8',
    () => calls++,
  );
  assert.equal(calls, 1, 'the callback of _write is called once and at once');
  transport.log(record, () => calls++);
  assert.equal(calls, 2, 'the callback of log is called once and at once');
  records.push({});
}

for (const [name, value] of Object.entries(values)) {
  test(`${name} as the message`, async () => {
    await survives((logged) => write(logged, { level: 'error', [LEVEL]: 'error', message: value }));
  });
  for (const field of fields.slice(1)) {
    test(`${name} as the field ${field}`, async () => {
      const logged = await survives(({ logger }) => logger.error('still readable', { [field]: value }));
      assert.match((await logged.events())[0]?.message ?? '', /^still readable/);
    });
  }
  test(`${name} as an argument`, async () => {
    await survives((logged) => {
      const level = { level: 'error', [LEVEL]: 'error' };
      write(logged, { ...level, message: 'a %s b %d c %j d %o', [SPLAT]: [value, value, value, value] });
      write(logged, { ...level, message: 'no template', [SPLAT]: [value, value] });
      write(logged, { ...level, message: 'no array', [SPLAT]: value });
    }, 3);
  });
  test(`${name} as the record`, async () => {
    await survives((logged) => write(logged, value));
  });
}

for (const field of [...fields, 'level', LEVEL, SPLAT, 'exception', 'rejection']) {
  test(`a record whose ${String(field)} throws`, async () => {
    const record = { level: 'error', [LEVEL]: 'error', message: 'still readable' };
    const logged = await survives((one) => write(one, throwing(field, record)));
    const [event] = await logged.events();
    assert.match(event?.message ?? '', field === 'message' ? /^\(no message\)$/ : /^still readable$/);
  });
}

test('causes are read once each, a few of them, and never in a circle', async () => {
  const [one, two] = [new Error('one'), new Error('two')];
  one.cause = two;
  two.cause = one;
  const same = new AggregateError([two, two, new Error('three'), new Error('four')], 'one', { cause: 'two' });
  let chain = new Error('0');
  for (let at = 1; at < 1000; at++) chain = new Error(`${at}`, { cause: chain });
  const logged = new Logged();
  for (const error of [one, same, chain]) logged.logger.error(error);
  causes = 0;
  logged.logger.error(endless());
  assert.ok(causes <= 64, `${causes} causes were read`);
  const messages = (await logged.events()).map(({ message }) => message);
  assert.deepEqual(messages.slice(0, 2), ['one: two', 'one: two; three']);
  assert.match(messages[2] ?? '', /^999: 998: 997: 996(: \d+){12}$/);
  assert.match(messages[3] ?? '', /^boom 0(?:[:;] boom \d+){15}$/);
});

test('an exception record with a hostile error', async () => {
  for (const error of [errorWith('message'), hostileProxy(), null, 7n]) {
    const logged = new Logged({ handleExceptions: true });
    write(logged, {
      level: 'error',
      [LEVEL]: 'error',
      message: 'uncaughtException: x',
      exception: true,
      error,
    });
    assert.match((await logged.events())[0]?.message ?? '', /^uncaughtException: /);
  }
});

for (const [name, regarding] of Object.entries({
  'a Kubernetes object with a hostile Proxy as metadata': { kind: 'Pod', metadata: hostileProxy() },
  'a hostile Proxy': hostileProxy(),
})) {
  test(`${name} as the object makes an Event about the default object`, async () => {
    const logged = new Logged({}, { format: winston.format((record) => record)() });
    logged.logger.error('degraded', { regarding });
    assert.deepEqual(
      (await logged.events()).map((event) => [event.regarding.kind, event.message]),
      [['Pod', 'degraded']],
    );
    assert.deepEqual(logged.codes(), ['KEVT_BAD_OBJECT']);
  });
}

const nonsenses: Record<string, () => unknown> = {
  'that throw': bang,
  'that return a hostile Proxy': hostileProxy,
  'that return a symbol': () => Symbol('x'),
  'that return a cycle': cyclic,
  'that return a number': () => 7,
};
for (const [name, nonsense] of Object.entries(nonsenses)) {
  test(`options ${name} are diagnostics, and the record makes its Event`, async () => {
    const option = nonsense as never;
    const logged = new Logged({
      regarding: option,
      reason: option,
      annotations: option,
      groupBy: option,
      redact: option,
    });
    logged.logger.error('cannot save');
    assert.equal(await logged.event(), 'Warning LoggedError: cannot save');
    const named = logged.diagnostics.map(({ message }) => message).join('\n');
    for (const one of ['regarding', 'reason', 'groupBy', 'redact'])
      assert.match(named, new RegExp(`\\b${one}\\b`));
  });
}

test('annotations that are no object are a diagnostic, and none at all are not', async () => {
  const cases: [unknown, string[]][] = [
    [7, ['annotations: expected an object, got 7 (number)']],
    ['run', ['annotations: expected an object, got "run" (string)']],
    [['run'], ['annotations: expected an object, got an array']],
    [undefined, []],
    [null, []],
  ];
  for (const [returned, details] of cases) {
    const logged = new Logged({ annotations: () => returned as never });
    logged.logger.error('cannot save');
    assert.equal(await logged.event(), 'Warning LoggedError: cannot save');
    assert.deepEqual(
      logged.diagnostics.map(({ detail }) => detail),
      details,
    );
    const [event] = await logged.events();
    assert.deepEqual(event?.annotations ?? {}, {});
  }
});

test('a filter that throws lets the record through', async () => {
  const logged = new Logged({ filter: bang });
  logged.logger.error('cannot save');
  assert.equal(await logged.event(), 'Warning LoggedError: cannot save');
  assert.deepEqual(logged.codes(), ['KEVT_FUNCTION']);
});

test('records logged while a record is read are not lost', async () => {
  let depth = 0;
  const logged: Logged = new Logged({
    filter: () => {
      if (depth++ === 0) for (const name of ['b', 'c']) logged.logger.error(`cannot save ${name}`);
      return true;
    },
  });
  logged.logger.error('cannot save a');
  const messages = (await logged.events()).map(({ message }) => message).sort();
  assert.deepEqual(messages, ['cannot save a', 'cannot save b', 'cannot save c']);
});

test("a listener of 'logged' that throws has no effect", async () => {
  const logged = new Logged();
  logged.transport.on('logged', bang);
  logged.logger.error('cannot save');
  assert.equal(await logged.event(), 'Warning LoggedError: cannot save');
  assert.equal(logged.records.length, 1);
});

test("a listener of 'warn' that throws has no effect", async () => {
  const logged = new Logged();
  logged.transport.on('warn', bang);
  logged.logger.error('cannot save', { regarding: 7 });
  logged.logger.error('cannot save');
  assert.equal((await logged.events())[0]?.count, 2);
});

const loops: Record<string, (logger: winston.Logger, error: Error) => void> = {
  'the diagnostic': (logger, error) => logger.warn(error),
  'its text': (logger, error) => logger.warn(error.message),
  'the diagnostic with a text': (logger, error) => logger.warn('transport:', error),
  'the diagnostic in a field': (logger, error) => logger.warn('transport', { error }),
  'the diagnostic by a child': (logger, error) => logger.child({ part: 'a' }).warn(error),
  'the diagnostic a turn later': (logger, error) => setImmediate(() => logger.warn(error)),
  'the diagnostic by a child a turn later': (logger, error) =>
    setImmediate(() => logger.child({ part: 'a' }).warn(error)),
  'its text a turn later, about the same nonsense': (logger, error) =>
    setImmediate(() => logger.warn(error.message, { regarding: 7 })),
};
const loopFormats = { errors: winston.format.errors({ stack: true }), metadata: winston.format.metadata() };
for (const [name, log, formName, form] of Object.entries(loops).flatMap(([loop, run]) =>
  Object.entries(loopFormats).map(([key, format]) => [loop, run, key, format] as const),
)) {
  test(`a logger that logs its transport's diagnostics does not loop: ${name}, with ${formName}()`, async () => {
    const logged = new Logged({}, { format: form });
    let heard = 0;
    logged.logger.on('warn', (error: Error) => {
      heard++;
      log(logged.logger, error);
    });
    logged.logger.error('cannot save', { regarding: 7 });
    for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
    const events = await logged.events();
    assert.equal(heard, 1);
    assert.equal(logged.records.length, 2);
    const texts = events.map(({ message }) => message);
    assert.deepEqual(texts.slice(0, 1), ['cannot save']);
    assert.equal(texts.length, name.startsWith('its text a turn later') ? 2 : 1);
  });
}

test('long keys are told apart', async () => {
  const logged = new Logged();
  const key = 'k'.repeat(1024 * 1024);
  logged.logger.error('one', { eventKey: `${key}1` });
  logged.logger.error('two', { eventKey: `${key}2` });
  logged.logger.error('two again', { eventKey: `${key}2` });
  assert.deepEqual(
    (await logged.events()).map(({ message, count }) => [message, count]),
    [
      ['one', 1],
      ['two again', 2],
    ],
  );
});

test('a format that returns null ends its logger, and the process is free', async () => {
  const logged = new Logged({}, { format: winston.format(() => null as never)() });
  logged.logger.error('cannot save');
  assert.equal(await logged.transport.flush(), true);
  // If a transport is piped to again and again, no timer is ever called.
  await new Promise((resolve) => setTimeout(resolve, 50));
});

test('a getter of a record may log another record through the same transport', async () => {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
  const [orders, models] = [1, 2].map(() => winston.createLogger({ transports: [transport] }));
  orders!.log({
    level: 'error',
    message: 'cannot ship the order',
    get regarding() {
      models!.warn('this field is deprecated', { reason: 'Deprecated' });
      return 'deployment/web';
    },
  });
  await transport.flush();
  const shipped = sink.events.filter(({ reason }) => reason !== 'Deprecated');
  assert.deepEqual(
    shipped.map(({ message, regarding }) => [message, regarding.name]),
    [['cannot ship the order', 'web']],
  );
});
