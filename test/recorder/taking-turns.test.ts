import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder, type RecordedEvent } from 'winston-kubernetes-events';
import { ManualClock } from '../support/manual-clock.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'a' };

/** Records when each reason was written, in milliseconds since the start. */
function createRecorder(write: (event: RecordedEvent) => void | Promise<void> = () => {}) {
  const clock = new ManualClock();
  const startedAt = clock.now();
  const writes: { at: number; reason: string; count: number }[] = [];
  const local = {
    write(event: RecordedEvent) {
      writes.push({ at: clock.now() - startedAt, reason: event.reason, count: event.count });
      return write(event);
    },
  };
  const recorder = new EventRecorder({ local }, { clock, env: {} });
  const report = (reason: string) => recorder.warning(POD, reason, 'disk full');
  const timesOf = (reason: string) => writes.filter((write) => write.reason === reason).map(({ at }) => at);
  return { clock, recorder, writes, report, timesOf };
}

test('repeats wait for their time although another problem is written meanwhile', async () => {
  const { clock, report, timesOf } = createRecorder();
  report('One');
  await clock.pass(0);
  report('One');
  await clock.pass(100);
  report('Two');
  await clock.pass(5_000);
  assert.deepEqual(timesOf('One'), [0, 1_000]);
  assert.deepEqual(timesOf('Two'), [100]);
});

test('a repeat with a short delay does not wait for one with a long delay that came later', async () => {
  const { clock, report, timesOf } = createRecorder();
  for (let second = 0; second < 20; second++) {
    report('Often');
    await clock.pass(1_000);
  }
  report('Seldom');
  await clock.pass(20_000);
  report('Seldom');
  report('Often');
  await clock.pass(1_000);
  assert.deepEqual(timesOf('Seldom'), [20_000, 41_000]);
});

test('occurrences that are counted during an open write are written together later', async () => {
  let resolve = () => {};
  const { clock, report, writes } = createRecorder(
    () =>
      new Promise<void>((done) => {
        resolve = done;
      }),
  );
  report('One');
  await clock.pass(0);
  report('One');
  await clock.pass(5_000);
  resolve();
  await clock.pass(5_000);
  assert.deepEqual(writes, [
    { at: 0, reason: 'One', count: 1 },
    { at: 6_000, reason: 'One', count: 2 },
  ]);
});

test('a problem that fails while others are written is tried again later and later', async () => {
  const { clock, report, timesOf } = createRecorder(({ reason }) => {
    if (reason === 'Bad') throw new Error('not this one');
  });
  report('Bad');
  for (let half = 0; half < 30; half++) {
    report(`Good${half}`);
    await clock.pass(500);
  }
  // Half a second, doubled each time. The random half of it is always half here.
  assert.deepEqual(timesOf('Bad'), [0, 375, 1_125, 2_625, 5_625, 11_625]);
});

test('a flush ends when everything that was pending at its start is written, whatever came later', async () => {
  const resolves = new Map<string, () => void>();
  const { clock, recorder, report } = createRecorder(
    ({ reason }) => new Promise<void>((resolve) => resolves.set(reason, resolve)),
  );
  report('One');
  const flushed = recorder.flush();
  await clock.pass(0);
  report('Two');
  await clock.pass(0);
  assert.deepEqual([...resolves.keys()], ['One', 'Two']);
  resolves.get('One')?.();
  await clock.pass(0);
  assert.equal(await Promise.race([flushed, clock.pass(0).then(() => 'still waiting')]), true);
});

test('after an outage four are written at a time again, and the next failure is repeated as soon as the first', async () => {
  let isDown = true;
  let isSlow = false;
  const { clock, report, timesOf, writes } = createRecorder(() => {
    if (isDown) throw new Error('down');
    return isSlow ? new Promise<void>(() => {}) : undefined;
  });
  report('One');
  await clock.pass(60_000);
  isDown = false;
  await clock.pass(60_000);
  isDown = true;
  report('Two');
  await clock.pass(375);
  assert.deepEqual(timesOf('Two'), [120_000, 120_375]);
  isDown = false;
  await clock.pass(10_000);
  isSlow = true;
  const before = writes.length;
  for (let i = 0; i < 8; i++) report(`Reason${i}`);
  await clock.pass(0);
  assert.equal(writes.length - before, 4);
});
