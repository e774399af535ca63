import 'reflect-metadata';
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { WinstonModule } from 'nest-winston';
import winston from 'winston';
import { EventRecorder } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import Transport from 'winston-transport';
import { look } from '../../src/statement/look.ts';
import { sight } from '../../src/statement/sighting.ts';
import { topsOf } from '../../src/winston/logger.ts';
import { openWitness } from './support.ts';

/** Makes each call twice. Its place must be the same both times, and different from those of other calls. */
async function expectPlaces(
  calls: readonly (() => unknown)[],
  seen: readonly (readonly string[])[],
  depth = 0,
): Promise<void> {
  const start = seen.length;
  for (const call of [...calls, ...calls]) await call();
  const places = seen.slice(start).map((frames) => frames[depth]);
  assert.equal(places.length, 2 * calls.length);
  assert.ok(places.every((place) => typeof place === 'string'));
  assert.deepEqual(places.slice(calls.length), places.slice(0, calls.length));
  assert.equal(new Set(places).size, calls.length);
}

test('each way to call a logger shows where it was called', async () => {
  const { logger, seen } = openWitness();
  const child = logger.child({ a: 1 });
  const error = new Error('closed');
  await expectPlaces(
    [
      () => logger.error('one'),
      () => logger.error('two', { a: 1 }),
      () => logger.error('three', error),
      () => logger.error(error),
      () => logger.error({ message: 'four' }),
      () => logger.error('five %s', 'x'),
      () => logger.warn('six'),
      () => logger.log('error', 'seven'),
      () => logger.log('error', 'eight', { a: 1 }),
      () => logger.log({ level: 'error', message: 'nine' }),
      () => logger.write({ level: 'error', message: 'ten' }),
      () => child.error('eleven'),
      () => child.log('error', 'twelve', error),
      () => child.log({ level: 'error', message: 'thirteen' }),
      () => child.write({ level: 'error', message: 'fourteen' }),
      () => child.child({ b: 2 }).error('fifteen', { c: 3 }),
      () => logger.on('unpipe', () => 0).error('sixteen'),
    ],
    seen,
  );
});

test('two statements on one line are two places', async () => {
  const { logger, seen } = openWitness();
  // biome-ignore format: on one line, as a bundler leaves it
  await expectPlaces([() => logger.error('one'), () => logger.error('two'), () => logger.error('three')], seen);
});

test('the default logger of winston is no place of its own', async (t) => {
  const { attach, transport, seen } = openWitness();
  attach(winston as never);
  t.after(() => winston.remove(transport));
  await expectPlaces(
    [() => winston.error('one'), () => winston.log('error', 'two'), () => winston.child({}).warn('three')],
    seen,
  );
});

test('functions and classes around a logger are followed by who calls them', async () => {
  const { logger, seen } = openWitness();
  class Log {
    error(message: string) {
      this.#write('error', message);
    }
    #write(level: string, message: string) {
      logger.log(level, message);
    }
  }
  const log = new Log();
  await expectPlaces([() => log.error('one'), () => log.error('two')], seen, 2);
  assert.equal(new Set(seen.map((frames) => frames[0])).size, 1);
  assert.equal(new Set(seen.map((frames) => frames[1])).size, 1);
});

test('a statement is seen behind a promise, in a timer and in an event handler', async () => {
  const { logger, seen } = openWitness();
  const events = new EventEmitter()
    .on('one', () => logger.error('one'))
    .on('two', (...rest) => logger.error('two', rest));
  await expectPlaces(
    [
      async () => {
        await setImmediate();
        logger.error('after an await');
      },
      () => Promise.resolve().then(() => logger.error('in then')),
      () => Promise.reject(new Error('closed')).catch((error) => logger.error('in catch', error)),
      () => new Promise<void>((done) => setTimeout(() => done(void logger.error('in a timer')), 0)),
      () => new Promise<void>((done) => queueMicrotask(() => done(void logger.error('in a microtask')))),
      () => void events.emit('one'),
      () => void events.emit('two'),
      () => [1].forEach(() => logger.error('in a callback of an array')),
    ],
    seen,
  );
});

test('a logger of NestJS is no place of its own', async () => {
  const { Logger } = await import('@nestjs/common');
  const { logger: instance, seen } = openWitness();
  const nest = WinstonModule.createLogger({ instance });
  Logger.overrideLogger(nest);
  const orders = new Logger('OrdersService');
  await expectPlaces(
    [
      () => nest.error('one'),
      () => nest.warn('two', 'Orders'),
      () => nest.error(new Error('closed'), undefined, 'Orders'),
      () => nest.fatal?.('three'),
      () => orders.error('four'),
      () => orders.warn('five'),
    ],
    seen,
  );
});

test('a method of a logger that an application has bound or replaced is followed by who calls it', async () => {
  const { logger, seen } = openWitness();
  logger.error = logger.error.bind(logger);
  const warn: (message: string) => unknown = logger.warn;
  logger.warn = ((message: string) => warn.call(logger, message)) as never;
  await expectPlaces(
    [
      () => logger.error('one'),
      () => logger.error('two'),
      () => logger.warn('three'),
      () => logger.warn('four'),
    ],
    seen,
  );
});

test('a logger method that is passed to a promise directly has no place', async () => {
  const { logger, seen } = openWitness();
  void Promise.resolve('one').then(logger.error);
  await setImmediate();
  assert.deepEqual(seen, [[]]);
});

test('what a slow transport held up has no place, also while the logger is called for something else', async () => {
  const released = new EventEmitter();
  const slow = new Transport({ level: 'error' });
  slow.log = (_record: unknown, done: () => void) => released.once('release', done);
  const { logger, seen } = openWitness(slow);
  for (let i = 0; i < 40; i++) logger.error(`record ${i}`);
  const atOnce = seen.length;
  assert.ok(atOnce >= 16 && atOnce < 40, `${atOnce} records were handed over at once`);
  while (seen.length < 40) {
    logger.warn('for this transport alone');
    released.emit('release');
    await setImmediate();
  }
  const [places, late] = [seen.slice(0, atOnce), seen.slice(atOnce)];
  assert.equal(new Set(places.map(([place]) => place)).size, 1);
  assert.deepEqual(
    late.filter((frames) => frames.length > 0),
    [],
  );
});

test('loggers that share a transport are told apart', async () => {
  const { logger, attach, seen } = openWitness();
  const other = attach(winston.createLogger());
  await expectPlaces(
    [() => logger.error('one'), () => other.error('two'), () => other.log('warn', 'three')],
    seen,
  );
});

test('an EventRecorder shows where it was called', async () => {
  const seen: (readonly string[])[] = [];
  const recorder: EventRecorder = new EventRecorder(
    {
      local: new MemorySink(),
      redact(text) {
        seen.push(sight([recorder.warning, recorder.normal, recorder.record]).frames);
        return text;
      },
    },
    { env: {} },
  );
  await expectPlaces(
    [
      () => recorder.warning('pod', 'Failed', `one ${seen.length}`),
      () => recorder.normal('pod', 'Started', `two ${seen.length}`),
      () => recorder.record({ type: 'Warning', reason: 'Failed', message: `three ${seen.length}` }),
    ],
    seen,
  );
  await recorder.close();
});

test('a function that is not on the stack has no place', () => {
  function never() {}
  assert.deepEqual(look([never, undefined, 'log', {}, null]), []);
  assert.deepEqual(look([]), []);
  const called = () => look([never, called]);
  assert.equal(called().length > 0, true);
});

test('hostile code has a place like any other', () => {
  const { logger, seen } = openWitness();
  const run = (code: string) => new Function('logger', code)(logger);
  const recurse = (depth: number): void => {
    if (depth === 0) logger.log('error', 'deep');
    else recurse(depth - 1);
  };
  const name = 'f'.repeat(1_000_000);
  const calls = [
    () => recurse(5_000),
    () => run(`logger.error('made by a function')`),
    () => run(`(function ${name}() { logger.error('a long name'); })()`),
    () => run(`logger.error('a name with control characters')\n//# sourceURL=\u0000\u001b[31mx`),
    () => run(`logger.error('a long file name')\n//# sourceURL=/${'x'.repeat(1_000_000)}.js`),
  ];
  for (const call of calls) call();
  assert.deepEqual(
    seen.map((frames) => frames.length > 0),
    calls.map(() => true),
  );
  assert.ok(seen.flat().every((place) => /^[0-9a-z]{1,11}$/.test(place)));
});

test('an object that only looks like a logger or a function is left out', () => {
  const hostile = new Proxy(() => 0, {
    get() {
      throw new Error('never');
    },
  });
  assert.deepEqual(look([hostile]), []);
  const bound = test.bind(undefined);
  assert.deepEqual(look([bound]), []);
  assert.deepEqual(
    topsOf([hostile, { _transformState: { transforming: false }, log: () => 0 }], 'error'),
    [],
  );
  assert.equal(topsOf([{ log: () => 0 }], 'error').length, 3);
});
