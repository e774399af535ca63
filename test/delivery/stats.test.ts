import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { EventRecorder, KubernetesEventTransport } from 'winston-kubernetes-events';
import { fillMemory } from '../support/fill-memory.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** A recorder with a sink that accepts an Event only on command, and with a clock that stands still. */
function open() {
  const clock = new ManualClock();
  const waiting: { resolve: () => void; reject: (error: Error) => void }[] = [];
  const sink = { write: () => new Promise<void>((resolve, reject) => waiting.push({ resolve, reject })) };
  const recorder = new EventRecorder({ local: sink }, { clock, env: {} });
  const answer = async (error?: Error) => {
    const { resolve, reject } = waiting.shift()!;
    if (error === undefined) resolve();
    else reject(error);
    await clock.pass(0);
  };
  const warn = (reason = 'Failed') => recorder.warning('deployment/web', reason, 'out of disk');
  const times = () => [recorder.stats.oldestPendingAt, recorder.stats.lastWrittenAt];
  return { clock, recorder, answer, warn, times };
}

test('nothing is pending and nothing was written: there are no times', () => {
  assert.deepEqual(open().times(), [undefined, undefined]);
  const { stats } = new KubernetesEventTransport({}, { env: {} });
  assert.deepEqual([stats.oldestPendingAt, stats.lastWrittenAt], [undefined, undefined]);
});

test('times are those of the clock: of the oldest that waits, and of the last confirmed write', async () => {
  const { clock, answer, warn, times } = open();
  const startedAt = clock.now();
  warn();
  await clock.pass(1_000);
  warn('Another');
  await clock.pass(500);
  assert.deepEqual(times(), [startedAt, undefined]);
  await answer();
  assert.deepEqual(times(), [startedAt + 1_000, startedAt + 1_500]);
  await clock.pass(250);
  await answer();
  assert.deepEqual(times(), [undefined, startedAt + 1_750]);
  await clock.pass(10_000);
  warn();
  assert.deepEqual(times(), [startedAt + 11_750, startedAt + 1_750]);
});

test('pending occurrences keep their time while attempts fail', async () => {
  const { clock, recorder, answer, warn, times } = open();
  const startedAt = clock.now();
  for (let attempts = 1; attempts <= 6; attempts++) {
    warn();
    await clock.pass(30_000);
    await answer(new Error('disk full'));
  }
  assert.equal(recorder.stats.retries, 6);
  assert.deepEqual(times(), [startedAt, undefined]);
});

test('occurrences that are counted during an open write keep their time', async () => {
  const { clock, answer, warn, times } = open();
  const startedAt = clock.now();
  warn();
  await clock.pass(2_000);
  warn();
  assert.deepEqual(times(), [startedAt, undefined]);
  await answer();
  assert.deepEqual(times(), [startedAt + 2_000, startedAt + 2_000]);
});

test('counts that are combined with others keep their age', async () => {
  const { clock, recorder, answer, times } = open();
  const logger = winston.createLogger({ transports: [new KubernetesEventTransport({ recorder })] });
  const startedAt = clock.now();
  // Four writes are open, so these problems must stay as they are. The fifth problem makes room.
  for (const name of ['a', 'b', 'c', 'd', 'e']) {
    logger.error('out of disk', { regarding: `pod/${name}` });
    await clock.pass(1_000);
  }
  fillMemory(logger, 'shop');
  for (let i = 0; i < 4; i++) await answer();
  assert.equal(times()[0], startedAt + 4_000);
});
