import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { EventRecorder, KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { systemClock } from '../src/clock.ts';

const REPLACED = ['setTimeout', 'setImmediate', 'setInterval', 'queueMicrotask', 'performance'] as const;

/** Like the fake timers of test runners: nothing is called later, and the clock shows a time in 1970. */
async function withFakeTimers<T>(run: () => Promise<T>): Promise<T> {
  const real = REPLACED.map((name) => Object.getOwnPropertyDescriptor(globalThis, name)!);
  const { nextTick } = process;
  const { now } = Date;
  // Calls of the test runner itself are kept, and made at the end.
  const held: (() => void)[] = [];
  const hold = (callback: (...all: unknown[]) => void, ...all: unknown[]) =>
    held.push(() => callback(...all));
  for (const name of REPLACED) Object.defineProperty(globalThis, name, { value: hold, configurable: true });
  process.nextTick = hold;
  Date.now = () => 7_000;
  try {
    return await run();
  } finally {
    for (const [index, name] of REPLACED.entries()) Object.defineProperty(globalThis, name, real[index]!);
    process.nextTick = nextTick;
    Date.now = now;
    for (const callback of held) callback();
  }
}

test('with fake timers flush delivers, and Events show the time of the test', async () => {
  const sink = new MemorySink();
  const isDelivered = await withFakeTimers(() => {
    const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
    const logger = winston.createLogger({ transports: [transport] });
    for (let i = 0; i < 3; i++) logger.error('out of disk');
    return transport.flush();
  });
  assert.equal(isDelivered, true);
  assert.deepEqual(
    sink.events.map(({ count, lastTimestamp }) => [count, lastTimestamp.getTime()]),
    [[3, 7_000]],
  );
});

test('with fake timers a flush ends although the sink does not answer, and so does waitFor', async () => {
  await withFakeTimers(async () => {
    const local = { write: () => new Promise<void>(() => {}) };
    const recorder = new EventRecorder({ local, flushTimeout: 20 }, { env: {} });
    recorder.warning('pod', 'Failed', 'disk full');
    assert.equal(await recorder.flush(), false);
    await assert.rejects(new MemorySink().waitFor(1, 20), /expected 1 Event within 20 ms, got 0/);
  });
});

test('with fake timers diagnostics are told', async () => {
  const codes: string[] = [];
  await withFakeTimers(async () => {
    const recorder = new EventRecorder({ local: new MemorySink() }, { env: {} });
    recorder.on('warn', ({ code }) => codes.push(code));
    recorder.warning({ kind: 'Pod' } as never, 'Failed', 'disk full');
    await recorder.flush();
  });
  assert.deepEqual(codes, ['KEVT_BAD_OBJECT']);
});

test('with the timers of node:test, which replaces those of node:timers too, a flush ends', async (t) => {
  t.mock.timers.enable();
  const local = { write: () => new Promise<void>(() => {}) };
  const recorder = new EventRecorder({ local, flushTimeout: 20 }, { env: {} });
  recorder.warning('pod', 'Failed', 'disk full');
  assert.equal(await recorder.flush(), false);
});

test('a test that replaces process.uptime does not change the time of delivery', (t) => {
  const before = systemClock.uptime();
  t.mock.method(process, 'uptime', () => 1_000_000);
  assert.ok(systemClock.uptime() - before < 60_000);
});
