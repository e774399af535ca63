import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder, type EventSink, type RecordedEvent } from 'winston-kubernetes-events';
import { ManualClock } from '../support/manual-clock.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'a' };

/** Records when each count was written. */
function createRecorder(write?: EventSink['write']) {
  const clock = new ManualClock();
  const startedAt = clock.now();
  const writes: { at: number; name: string; reason: string; count: number }[] = [];
  const local: EventSink = {
    write(event: RecordedEvent) {
      const { name, reason, count } = event;
      writes.push({ at: (clock.now() - startedAt) / 1_000, name, reason, count });
      return write?.(event);
    },
  };
  return { clock, writes, recorder: new EventRecorder({ local }, { clock, env: {} }) };
}

test('repeats are written together after 1 s, then 2 s, 4 s … up to 60 s while they go on', async () => {
  const { clock, writes, recorder } = createRecorder();
  for (let second = 0; second < 300; second++) {
    recorder.warning(POD, 'Failed', 'disk full');
    await clock.pass(1_000);
  }
  const times = writes.map(({ at }) => at);
  assert.deepEqual(times.slice(0, 9), [0, 2, 4, 8, 16, 32, 64, 124, 184]);
  assert.equal(writes.at(-1)?.count, 244);
});

test('the first occurrence is written at once, and a burst in one go is one write', async () => {
  const { clock, writes, recorder } = createRecorder();
  for (let i = 0; i < 1_000; i++) recorder.warning(POD, 'Failed', 'disk full');
  await clock.pass(0);
  assert.deepEqual(
    writes.map(({ at, count }) => [at, count]),
    [[0, 1_000]],
  );
});

test('after a minute of quiet the next repeat waits a second again', async () => {
  const { clock, writes, recorder } = createRecorder();
  for (let second = 0; second < 60; second++) {
    recorder.warning(POD, 'Failed', 'disk full');
    await clock.pass(1_000);
  }
  await clock.pass(120_000);
  const before = writes.length;
  recorder.warning(POD, 'Failed', 'disk full');
  await clock.pass(1_000);
  assert.equal(writes.length, before + 1);
});

test('at most four writes at a time, and one at a time for each Event', async () => {
  const waiting: (() => void)[] = [];
  const { clock, writes, recorder } = createRecorder(
    () => new Promise<void>((resolve) => waiting.push(resolve)),
  );
  for (let i = 0; i < 10; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  await clock.pass(0);
  for (let i = 0; i < 10; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  await clock.pass(10_000);
  assert.equal(writes.length, 4);
  assert.equal(new Set(writes.map(({ reason }) => reason)).size, 4);
  for (let i = 0; i < 20; i++) {
    waiting.shift()?.();
    await clock.pass(10_000);
  }
  assert.equal(recorder.stats.pending, 0);
});

test('a destination that fails is asked less and less often, and gets the whole count in the end', async () => {
  let isDown = true;
  const { clock, writes, recorder } = createRecorder(() => {
    if (isDown) throw new Error('down');
  });
  for (let second = 0; second < 600; second++) {
    recorder.warning(POD, 'Failed', 'disk full');
    await clock.pass(1_000);
  }
  assert.ok(writes.length < 40, `${writes.length} attempts in ten minutes`);
  isDown = false;
  await clock.pass(60_000);
  assert.equal(writes.at(-1)?.count, 600);
  assert.equal(recorder.stats.pending, 0);
});

test('memory is bounded: what has no room of its own is combined, by reason, then by object; nothing is lost', async () => {
  let isDown = true;
  const { recorder, clock, writes } = createRecorder(() => {
    if (isDown) throw new Error('down');
  });
  for (let object = 0; object < 3_000; object++) {
    for (const reason of ['One', 'Two', 'Three']) {
      recorder.warning({ ...POD, name: `pod-${object}`, uid: `${object}` }, reason, 'disk full');
      recorder.warning({ ...POD, name: `pod-${object}`, uid: `${object}` }, reason, 'disk lost');
    }
  }
  const { remembered, pending } = recorder.stats;
  assert.equal(remembered, 4_096);
  assert.equal(pending, 18_000);
  isDown = false;
  await clock.pass(20 * 60_000);
  assert.equal(recorder.stats.pending, 0);
  const last = new Map(writes.map(({ name, count }) => [name, count]));
  assert.equal(
    [...last.values()].reduce((sum, count) => sum + count, 0),
    18_000,
  );
});

test('a flush waits also for counts that were moved to make room', async () => {
  const { recorder, clock } = createRecorder(({ reason }) => {
    if (reason === 'CombinedEvents') throw new Error('down');
  });
  for (let object = 0; object < 4_096; object++)
    recorder.warning({ ...POD, name: `pod-${object}`, uid: `${object}` }, 'Failed', 'disk full');
  const flushed = recorder.flush();
  recorder.warning(POD, 'Honest', 'needs room');
  await clock.pass(5_000);
  assert.equal(await flushed, false);
});

test('when room is needed, written problems are forgotten, least recently seen first', async () => {
  const { recorder, writes } = createRecorder();
  for (let object = 0; object < 4_096; object++)
    recorder.warning({ ...POD, name: `pod-${object}` }, 'Failed', 'disk full');
  await recorder.flush();
  recorder.warning({ ...POD, name: 'pod-0' }, 'Failed', 'disk full');
  recorder.warning({ ...POD, name: 'one-more' }, 'Failed', 'disk full');
  await recorder.flush();
  writes.length = 0;
  recorder.warning({ ...POD, name: 'pod-0' }, 'Failed', 'disk full');
  recorder.warning({ ...POD, name: 'pod-1' }, 'Failed', 'disk full');
  await recorder.flush();
  assert.deepEqual(writes.map(({ count }) => count).sort(), [1, 3]);
  assert.equal(recorder.stats.remembered, 4_096);
});
