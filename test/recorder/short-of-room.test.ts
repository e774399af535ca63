import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { EventRecorder, type RecordedEvent } from 'winston-kubernetes-events';
import { ManualClock } from '../support/manual-clock.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'a' };
const WORDS = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet'.split(' ');

/** A recorder with a sink that is down, except in `deliver`. */
function createRecorder() {
  let isDown = true;
  let objects = 0;
  const clock = new ManualClock();
  const events = new Map<string, RecordedEvent>();
  const local = {
    write(event: RecordedEvent) {
      if (event.regarding.name === POD.name) events.set(event.name, event);
      if (isDown) throw new Error('the answer is lost');
    },
  };
  const recorder = new EventRecorder({ local }, { clock, env: {} });
  const addObject = () => {
    const name = `pod-${objects++}`;
    recorder.warning({ ...POD, name, uid: name }, 'Failed', 'disk full');
  };
  const addObjects = (count: number) => {
    for (let i = 0; i < count; i++) addObject();
  };
  /** Adds objects until the last one has room only because another problem is moved. */
  const fillUp = () => {
    for (let before = -1; before !== recorder.stats.remembered; ) {
      before = recorder.stats.remembered;
      addObject();
    }
  };
  /** The texts of the Events about the pod of these tests once the sink is back. */
  const deliver = async () => {
    events.clear();
    isDown = false;
    assert.equal(await recorder.flush(), true);
    isDown = true;
    assert.equal(recorder.stats.pending, 0);
    return [...events.values()];
  };
  return { recorder, clock, addObjects, fillUp, deliver };
}

const say = ({ type, reason, count, message }: RecordedEvent) => `${type} ${reason} ${count} ${message}`;

test('problems of one statement are combined first', async () => {
  const { recorder, clock, addObjects, fillUp, deliver } = createRecorder();
  // A write of these was attempted, so they must not be combined. Later problems wait until the sink is back.
  addObjects(10);
  await clock.pass(0);
  const startedAt = clock.now();
  for (const [i, disk] of ['sda', ...Array(5).fill('sdb')].entries()) {
    await clock.pass(i === 1 ? 1 : 0);
    recorder.warning(POD, 'One', `disk ${disk} full`);
  }
  recorder.normal(POD, 'Two', 'disk found');
  fillUp();
  const events = await deliver();
  assert.deepEqual(events.map(say).sort(), [
    'Normal Two 1 disk found',
    'Warning One 6 (combined from similar events): disk sdb full',
  ]);
  const combined = events.find(({ reason }) => reason === 'One');
  assert.equal(combined?.firstTimestamp.getTime(), startedAt);
  assert.equal(combined?.lastTimestamp.getTime(), startedAt + 1);
});

test('when that is not enough, all problems of an object are combined, as a warning', async () => {
  const { recorder, clock, addObjects, fillUp, deliver } = createRecorder();
  addObjects(10);
  await clock.pass(0);
  recorder.normal(POD, 'One', 'disk sda found');
  recorder.normal(POD, 'One', 'disk sdb found');
  recorder.normal(POD, 'Two', 'disk full');
  fillUp();
  addObjects(1);
  const said = (await deliver()).map(say);
  assert.equal(said.length, 1);
  assert.match(String(said), /^Warning CombinedEvents 3 \(combined from similar events\): disk/);
});

test('whenever room runs out, no count of what is combined is lost', async () => {
  for (let room = 8; room < 12; room++) {
    const { recorder, clock, addObjects, deliver } = createRecorder();
    addObjects(10);
    await clock.pass(0);
    addObjects(4_086 - room);
    for (const word of WORDS) recorder.warning(POD, 'Failed', `failed ${word}`);
    recorder.warning(POD, 'Failed', 'failed alpha');
    const events = await deliver();
    assert.equal(
      events.reduce((sum, { count }) => sum + count, 0),
      11,
    );
  }
});

test('what may be written already is not combined with others', async () => {
  const { recorder, clock, addObjects, deliver } = createRecorder();
  recorder.warning(POD, 'Failed', 'disk sda full');
  recorder.warning(POD, 'Failed', 'disk sdb full');
  await clock.pass(0);
  addObjects(4_200);
  assert.deepEqual((await deliver()).map(say).sort(), [
    'Warning Failed 1 disk sda full',
    'Warning Failed 1 disk sdb full',
  ]);
});

test('what is written makes room for what is new', async () => {
  const { recorder, addObjects, deliver } = createRecorder();
  await deliver();
  addObjects(4_200);
  await deliver();
  addObjects(4_200);
  await deliver();
  recorder.warning(POD, 'Failed', 'disk full');
  assert.deepEqual((await deliver()).map(say), ['Warning Failed 1 disk full']);
});

test('of objects whose problems were combined and forgotten nothing is kept', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect: () => void = runInNewContext('gc');
  const { recorder, deliver } = createRecorder();
  let objects = 0;
  const round = async () => {
    for (let i = 0; i < 1_500; i++) {
      const regarding = { ...POD, uid: '', name: `${'x'.repeat(240)}-${objects++}` };
      recorder.warning(regarding, 'One', 'disk sda full');
      recorder.warning(regarding, 'One', 'disk sdb full');
      recorder.warning(regarding, 'Two', 'disk full');
    }
    await deliver();
    collect();
    return process.memoryUsage().heapUsed;
  };
  await round();
  const before = await round();
  const bytesForEach = ((await round()) - before) / 1_500;
  t.diagnostic(`${bytesForEach.toFixed(1)} bytes for each object`);
  // The name alone takes more.
  assert.ok(bytesForEach < 350, `${bytesForEach} bytes for each object`);
});
