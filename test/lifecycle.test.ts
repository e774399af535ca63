import assert from 'node:assert/strict';
import { once } from 'node:events';
import { rename } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import winston from 'winston';
import {
  type KubernetesEventsError,
  KubernetesEventTransport,
  type KubernetesEventTransportOptions,
  type RecordedEvent,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { createPodLogger } from './support/pod-logger.ts';

interface Bench {
  sink: MemorySink;
  transport: KubernetesEventTransport;
  warnings: KubernetesEventsError[];
  /** The sum of the counts in the sink. */
  sum(): number;
}

/** A transport that writes to memory and must not emit `'error'`. */
function createBench(t: TestContext, options: KubernetesEventTransportOptions = {}): Bench {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink, ...options }, { env: {} });
  const errors: unknown[] = [];
  const warnings: KubernetesEventsError[] = [];
  transport.on('error', (error) => errors.push(error));
  transport.on('warn', (warning: KubernetesEventsError) => warnings.push(warning));
  t.after(() => assert.deepEqual(errors, []));
  const sum = () => sink.events.reduce((total, { count }) => total + count, 0);
  return { sink, transport, warnings, sum };
}

/** A sink that accepts an Event only on command. */
class SlowSink extends MemorySink {
  readonly #waiting: (() => void)[] = [];

  override async write(event: RecordedEvent): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    super.write(event);
  }

  /** Accepts this number of Events, oldest first. */
  release(events: number = this.#waiting.length): void {
    for (const resolve of this.#waiting.splice(0, events)) resolve();
  }
}

/** A winston transport that keeps the messages it is given. */
function createSibling(): { sibling: winston.transport; messages: string[] } {
  const messages: string[] = [];
  const stream = new Writable({
    write(chunk, _encoding, callback) {
      messages.push(JSON.parse(String(chunk)).message);
      callback();
    },
  });
  return { sibling: new winston.transports.Stream({ stream }), messages };
}

async function ended(logger: winston.Logger): Promise<void> {
  const finished = once(logger, 'finish');
  logger.end();
  await finished;
}

const throwing = () => {
  throw new Error('of the application');
};

describe('a record', () => {
  const circular: Record<string, unknown> = { level: 'error', message: 'circular' };
  circular['self'] = circular;
  const records: Record<string, unknown> = {
    'a plain record': { level: 'error', message: 'x' },
    'an Error': Object.assign(new Error('x'), { level: 'error' }),
    'a frozen record': Object.freeze({ level: 'error', message: 'x' }),
    'a circular record': circular,
    'a record whose fields throw': Object.defineProperty({}, 'message', { enumerable: true, get: throwing }),
    'a proxy that throws': new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing }),
    'a record with a Symbol as message': { level: 'error', message: Symbol('x') },
    'a malformed object': { level: 'error', message: 'x', regarding: { kind: 7 } },
    undefined: undefined,
    null: null,
    'a number': 42,
  };
  for (const [name, record] of Object.entries(records)) {
    test(`is called back once and at once, and never throws: ${name}`, (t) => {
      const { transport } = createBench(t);
      let calls = 0;
      transport._ending = true;
      transport.log(record, () => calls++);
      assert.equal(calls, 1);
      transport.log(record);
      transport._write(record as never, 'utf8', (error) => {
        assert.equal(error, null);
        calls++;
      });
      assert.equal(calls, 2);
    });
  }

  test("emits 'logged', and a listener that throws has no effect", async (t) => {
    const { transport, sum } = createBench(t);
    const { sibling, messages } = createSibling();
    const logged: string[] = [];
    transport.on('logged', ({ message }) => logged.push(message));
    transport.on('logged', throwing);
    const logger = winston.createLogger({ transports: [transport, sibling] });
    logger.error('one').warn('two').info('not for Events');
    assert.deepEqual(logged, ['one', 'two']);
    await ended(logger);
    assert.deepEqual(messages, ['one', 'two', 'not for Events']);
    assert.equal(sum(), 2);
  });

  for (const option of ['filter', 'regarding', 'reason', 'annotations', 'groupBy', 'format'] as const) {
    test(`survives a function ${option} that throws`, async (t) => {
      const given = option === 'format' ? { transform: throwing } : throwing;
      const { transport, warnings, sum } = createBench(t, { [option]: given });
      const { sibling, messages } = createSibling();
      const logger = winston.createLogger({ transports: [transport, sibling] });
      for (let i = 0; i < 40; i++) logger.error('the same');
      await ended(logger);
      assert.equal(messages.length, 40);
      assert.equal(sum(), 40);
      assert.equal(warnings[0]?.code, 'KEVT_FUNCTION');
      assert.match(warnings[0].message, new RegExp(`${option} threw`));
    });
  }

  test('that is logged while another one is written is counted too', async (t) => {
    let depth = 0;
    const { transport, sum } = createBench(t, {
      filter: () => {
        if (depth++ === 0) for (let i = 0; i < 3; i++) other.error('from within');
        return true;
      },
      format: { transform: (info) => info },
    });
    const [logger, other] = [0, 1].map(() => winston.createLogger({ transports: [transport] })) as [
      winston.Logger,
      winston.Logger,
    ];
    logger.error('from outside');
    await Promise.all([ended(logger), ended(other)]);
    assert.equal(sum(), 4);
  });
});

describe('a dead API server', () => {
  test('neither slows down another transport nor takes its records', async (t) => {
    const { standIn, logger, transport, warnings } = await createPodLogger(t, {
      flushTimeout: 500,
      speed: 1,
    });
    const { sibling, messages } = createSibling();
    logger.add(sibling);
    await standIn.stopListening();
    logger.error('number 0');
    // The other records are logged once the failure is known.
    await once(transport, 'warn');
    const expected = ['number 0'];
    const startedAt = performance.now();
    for (let i = 1; i < 10_000; i++) {
      logger.error(`number ${i}`);
      expected.push(`number ${i}`);
    }
    t.diagnostic(`10,000 records in ${Math.round(performance.now() - startedAt)} ms`);
    assert.equal(transport.stats.records, 10_000);
    await ended(logger);
    assert.deepEqual(messages, expected);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['KEVT_UNREACHABLE', 'KEVT_UNDELIVERED'],
    );
  });

  test("reaches the logger as 'warn', and the transport stays attached", async (t) => {
    const { standIn, logger, transport, sum } = await createPodLogger(t, { speed: 1 });
    const { sibling, messages } = createSibling();
    logger.add(sibling);
    await standIn.stopListening();
    logger.error('one');
    const [warning, source] = await once(logger, 'warn');
    assert.equal(warning.name, 'KubernetesEventsError');
    assert.equal(warning.code, 'KEVT_UNREACHABLE');
    assert.equal(source, transport);
    assert.ok(logger.transports.includes(transport));
    await standIn.resumeListening();
    logger.error('two');
    await ended(logger);
    assert.equal(await sum(), 2);
    assert.deepEqual(messages, ['one', 'two']);
  });

  test('does not feed itself when its diagnostics are logged with the logger', async (t) => {
    const { transport, sum } = createBench(t, { filter: throwing });
    const logger = winston.createLogger({ transports: [transport] });
    let warnings = 0;
    logger.on('warn', (warning) => {
      warnings++;
      logger.error(`logging failed: ${warning.message}`);
      setImmediate(() => logger.error(warning));
    });
    logger.error('one');
    await transport.flush();
    await new Promise(setImmediate);
    await ended(logger);
    assert.equal(warnings, 1);
    assert.equal(sum(), 1);
  });
});

describe('close()', () => {
  test('returns at once, may be repeated, and is no end', async (t) => {
    const sink = new SlowSink();
    const { transport } = createBench(t, { local: sink });
    const logger = winston.createLogger({ transports: [transport] });
    logger.error('one');
    for (let i = 0; i < 3; i++) assert.equal(transport.close(), undefined);
    logger.close();
    assert.deepEqual(sink.events, []);
    logger.add(transport);
    logger.error('two');
    const flushed = transport.flush();
    while (transport.stats.pending > 0) {
      sink.release();
      await new Promise(setImmediate);
    }
    assert.equal(await flushed, true);
    assert.deepEqual(
      sink.events.map(({ message, count }) => [message, count]),
      [
        ['one', 1],
        ['two', 1],
      ],
    );
  });

  const ways: Record<string, (logger: winston.Logger, transport: winston.transport) => unknown> = {
    'removed and added again': (logger, transport) => logger.remove(transport).add(transport),
    'kept by configure()': (logger, transport) => logger.configure({ transports: [transport] }),
    'closed and added again': (logger, transport) => logger.close().add(transport),
    'added again after child.close()': (logger, transport) => {
      logger.child({}).close();
      logger.add(transport);
    },
  };
  for (const [way, change] of Object.entries(ways)) {
    test(`leaves a transport that is ${way} as it was`, async (t) => {
      const { transport, sum, warnings } = createBench(t);
      const logger = winston.createLogger({ transports: [transport] });
      for (let round = 0; round < 3; round++) {
        logger.error('the same');
        logger.debug('not for Events');
        change(logger, transport);
        logger.error('the same');
      }
      assert.equal(transport.parent, logger);
      await ended(logger);
      assert.equal(sum(), 6);
      assert.deepEqual(warnings, []);
    });
  }

  test('by a child delivers what is pending', async (t) => {
    const { transport, sum } = createBench(t);
    const logger = winston.createLogger({ transports: [transport] });
    logger.error('one');
    await transport.flush();
    logger.error('one');
    logger.child({}).close();
    // Immediates run after the microtasks in which a sink gets its Events.
    await new Promise(setImmediate);
    assert.equal(sum(), 2);
  });
});

describe('logger.end()', () => {
  test('waits for delivery: the sink, then the transport, then the logger', async (t) => {
    const sink = new SlowSink();
    const { transport } = createBench(t, { local: sink });
    const order: string[] = [];
    transport.on('finish', () => order.push('transport'));
    const logger = winston.createLogger({ transports: [transport] });
    logger.on('finish', () => order.push('logger'));
    for (let i = 0; i < 40; i++) logger.error('the same');
    logger.end();
    await new Promise(setImmediate);
    assert.equal(order.length, 0);
    order.push('delivery');
    sink.release();
    await once(logger, 'finish');
    assert.equal(sink.events[0]?.count, 40);
    assert.deepEqual(order, ['delivery', 'transport', 'logger']);
  });

  test('waits no longer than flushTimeout', async (t) => {
    const { transport, warnings } = createBench(t, { local: new SlowSink(), flushTimeout: 50 });
    const logger = winston.createLogger({ transports: [transport] });
    logger.error('one');
    await ended(logger);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['KEVT_UNDELIVERED'],
    );
    assert.equal(transport.stats.pending, 1);
  });

  test('of one logger leaves a shared transport to the other', async (t) => {
    const { transport, sum } = createBench(t);
    const [one, other] = [0, 1].map(() => winston.createLogger({ transports: [transport] }));
    for (let i = 0; i < 20; i++) {
      one!.error('the same');
      other!.error('the same');
    }
    await ended(one!);
    assert.equal(sum(), 40);
    assert.deepEqual(other!.transports, [transport]);
    assert.equal(transport.parent, other);
    for (let i = 0; i < 20; i++) other!.error('the same');
    await ended(other!);
    assert.equal(sum(), 60);
  });

  test('of two loggers at once waits for the records of both', async (t) => {
    const sink = new SlowSink();
    const { transport } = createBench(t, { local: sink });
    const loggers = [0, 1].map(() => winston.createLogger({ transports: [transport] }));
    const finished: number[] = [];
    for (const [index, logger] of loggers.entries()) {
      logger.on('finish', () => finished.push(index));
      logger.error(`of logger ${index}`, { reason: `Reason${index}` });
      logger.end();
      await new Promise(setImmediate);
    }
    for (const released of [0, 1]) {
      sink.release(released);
      await new Promise(setImmediate);
      assert.equal(sink.events.length, released);
      assert.equal(finished.length, 0);
    }
    sink.release();
    await Promise.all(
      loggers.map((logger) => finished.includes(loggers.indexOf(logger)) || once(logger, 'finish')),
    );
    assert.equal(sink.events.length, 2);
  });

  test('leaves a transport that another logger may be given', async (t) => {
    const { transport, sum } = createBench(t);
    for (let round = 0; round < 3; round++) {
      const logger = winston.createLogger({ transports: [transport] });
      logger.error('the same');
      await ended(logger);
    }
    assert.equal(sum(), 3);
  });

  test('called on the transport itself takes a last record and a callback', async (t) => {
    const { transport, sum } = createBench(t);
    winston.createLogger({ transports: [transport] });
    const record = { level: 'error', message: 'the last', [Symbol.for('level')]: 'error' };
    await new Promise<void>((resolve) => transport.end(record, resolve));
    assert.equal(sum(), 1);
  });
});

test('a transport serves more than ten loggers without a warning of node', async (t) => {
  const { transport, sum } = createBench(t);
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const loggers = Array.from({ length: 15 }, () => winston.createLogger({ transports: [transport] }));
  for (const logger of loggers) logger.error('the same');
  await Promise.all(loggers.map(ended));
  await new Promise(setImmediate);
  assert.equal(sum(), 15);
  assert.deepEqual(warnings, []);
});

describe('credentials', () => {
  test('that rotate are taken up without losing a count', async (t) => {
    const { standIn, pod, logger, transport, warnings, sum } = await createPodLogger(t, { speed: 1 });
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 25; i++) logger.error('the same');
      assert.equal(await transport.flush(), true);
      await standIn.rotateToken(pod, { revokeOld: true });
    }
    assert.equal(await sum(), 100);
    assert.deepEqual(warnings, []);
  });

  test('that are revoked before they rotate are a diagnostic, and no count is lost', async (t) => {
    const { standIn, pod, logger, transport, sum } = await createPodLogger(t, { speed: 1 });
    standIn.revokeToken(pod.token);
    for (let i = 0; i < 25; i++) logger.error('the same');
    const [warning] = await once(transport, 'warn');
    assert.equal(warning.code, 'KEVT_UNAUTHORIZED');
    await standIn.rotateToken(pod);
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 25);
  });

  test('that are not there yet are one diagnostic, and the counts are delivered when they appear', async (t) => {
    const first = await createPodLogger(t);
    const { standIn, pod } = first;
    const away = `${pod.serviceAccountDir}-away`;
    await rename(pod.serviceAccountDir, away);
    const env = { ...pod.env, POD_NAME: pod.name, POD_NAMESPACE: pod.namespace, POD_UID: pod.uid };
    const transport = new KubernetesEventTransport({ serviceAccountDir: pod.serviceAccountDir }, { env });
    const warnings: KubernetesEventsError[] = [];
    transport.on('warn', (warning: KubernetesEventsError) => warnings.push(warning));
    const logger = winston.createLogger({ transports: [transport] });
    for (let i = 0; i < 25; i++) logger.error('the same');
    while (transport.stats.retries < 2) await passed(5);
    await rename(away, pod.serviceAccountDir);
    assert.equal(await transport.flush(), true);
    assert.deepEqual(
      warnings.map(({ code }) => code),
      ['KEVT_NO_CREDENTIALS'],
    );
    const [event] = await standIn.events(pod.namespace);
    assert.equal(event?.count, 25);
    assert.equal(event.involvedObject.uid, pod.uid);
  });
});

test('an API server with an IPv6 address is reached', async (t) => {
  const { pod, logger, warnings, sum } = await createPodLogger(t, { standIn: { host: '::1' }, speed: 1 });
  assert.equal(pod.env['KUBERNETES_SERVICE_HOST'], '::1');
  logger.error('one');
  await ended(logger);
  assert.equal(await sum(), 1);
  assert.deepEqual(warnings, []);
});
