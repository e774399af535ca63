import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { InstantServer } from '../support/instant-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'a' };

/** A recorder that writes to an API server, and its requests. */
function createRecorder() {
  const clock = new ManualClock();
  const server = new InstantServer(() => clock.now());
  const kubeConfig = { getCurrentCluster: () => null, async applyToHTTPSOptions() {} };
  // A replacement of the API server is not part of the public types.
  const runtime = { clock, env: {}, api: server } as object;
  return { clock, server, writes: server.writes, recorder: new EventRecorder({ kubeConfig }, runtime) };
}

test('25 writes at once, then 5 a second: out of budget is later, never lost', async () => {
  const { clock, writes, recorder } = createRecorder();
  for (let i = 0; i < 100; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  await clock.pass(0);
  assert.equal(writes.length, 25);
  await clock.pass(1_000);
  assert.equal(writes.length, 30);
  await clock.pass(14_000);
  assert.equal(new Set(writes.map(({ reason }) => reason)).size, 100);
  assert.equal(recorder.stats.pending, 0);
});

test('a new problem goes before the repeats of an old one', async () => {
  const { clock, writes, recorder } = createRecorder();
  for (let i = 0; i < 40; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  await clock.pass(3_000);
  for (let i = 0; i < 40; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  await clock.pass(1_000);
  writes.length = 0;
  recorder.warning(POD, 'New', 'never seen');
  await clock.pass(200);
  assert.equal(writes[0]?.reason, 'New');
});

test('a flush does not wait for the budget, but later writes pay for it', async () => {
  const { clock, writes, recorder } = createRecorder();
  for (let i = 0; i < 60; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  assert.equal(await recorder.flush(), true);
  assert.equal(writes.length, 60);
  recorder.warning(POD, 'Later', 'disk full');
  await clock.pass(4_000);
  assert.equal(writes.length, 60);
  await clock.pass(2_000);
  assert.equal(writes.length, 61);
});

test('problems without room are counted by one Event about the pod, with one diagnostic', async () => {
  const { recorder, clock, server, writes } = createRecorder();
  server.isDown = true;
  const codes: string[] = [];
  recorder.on('warn', ({ code }) => codes.push(code));
  for (let object = 0; object < 5_000; object++) {
    recorder.warning({ ...POD, name: `pod-${object}`, uid: `${object}` }, 'Failed', 'disk full');
  }
  recorder.warning(POD, 'Honest', 'a problem of another kind has room all the same');
  await clock.pass(0);
  assert.equal(recorder.stats.pending, 5_001);
  assert.equal(recorder.stats.remembered, 4_096);
  assert.equal(codes.filter((code) => code === 'KEVT_OVERFLOW').length, 1);
  server.isDown = false;
  await clock.pass(60_000);
  const honest = writes.findIndex(({ reason }) => reason === 'Honest');
  assert.ok(honest !== -1 && honest < 40, `write ${honest}`);
  await clock.pass(20 * 60_000);
  const last = new Map(writes.map(({ name, count }) => [name, count]));
  assert.equal(last.size, 4_096);
  assert.equal(
    [...last.values()].reduce((sum, count) => sum + count, 0),
    5_001,
  );
  const combined = writes.filter(({ reason }) => reason === 'CombinedEvents').at(-1);
  assert.equal(combined?.count, 5_001 - 4_095);
});

test('requests that a flush borrowed are paid back, even after a quiet time', async () => {
  const { clock, recorder, writes } = createRecorder();
  await clock.pass(60_000);
  for (let i = 0; i < 60; i++) recorder.warning(POD, `Reason${i}`, 'disk full');
  assert.equal(await recorder.flush(), true);
  recorder.warning(POD, 'Later', 'disk full');
  await clock.pass(4_000);
  assert.equal(writes.length, 60);
  await clock.pass(2_000);
  assert.equal(writes.length, 61);
});
