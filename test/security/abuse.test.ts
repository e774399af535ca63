import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { runApplication } from '../support/application.ts';
import { InstantServer } from '../support/instant-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** What is asked of an API server in an hour at most: the burst, and five a second. */
const MOST_WRITES_PER_HOUR = 25 + 5 * 3_600;

/** A recorder on a clock that stands still, which writes to an API server. */
function open() {
  const clock = new ManualClock();
  const server = new InstantServer(() => clock.now());
  const kubeConfig = { getCurrentCluster: () => null, async applyToHTTPSOptions() {} };
  // What takes the place of the API server is not for users.
  const runtime = { clock, env: {}, api: server } as object;
  return { clock, server, writes: server.writes, recorder: new EventRecorder({ kubeConfig }, runtime) };
}

const words = (number: number) => [...String(number)].map((digit) => 'abcdefghij'[Number(digit)]).join('');

const attacks: Record<string, (recorder: EventRecorder, i: number) => void> = {
  'a message each': (recorder, i) => recorder.warning('pod', 'Refused', `no such user ${words(i)}`),
  'a reason each': (recorder, i) => recorder.warning('pod', `Refused${words(i)}`, 'refused'),
  'an object each': (recorder, i) =>
    recorder.warning({ kind: 'Pod', name: `web-${i}`, namespace: 'shop' }, 'Refused', 'refused'),
  'a namespace each': (recorder, i) =>
    recorder.warning({ kind: 'Pod', name: 'web', namespace: `shop-${i}` }, 'Refused', 'refused'),
  'a key each': (recorder, i) => recorder.warning('pod', 'Refused', 'refused', { eventKey: `key ${i}` }),
  'an object, a reason and a key each': (recorder, i) =>
    recorder.warning({ kind: 'Pod', name: `web-${i}` }, `Refused${words(i)}`, 'refused', {
      eventKey: `${i}`,
    }),
};

for (const [name, attack] of Object.entries(attacks)) {
  test(`an attacker with ${name}, 1,000 a second for a minute, stays within the budget, and every count is accounted for`, async (t) => {
    const { clock, server, writes, recorder } = open();
    let waited: number | undefined;
    const HONEST_AT = 30;
    for (let second = 0; second < 60; second++) {
      for (let i = 0; i < 1_000; i++) attack(recorder, second * 1_000 + i);
      if (second === HONEST_AT)
        recorder.warning(
          { kind: 'Deployment', name: 'honest', namespace: 'shop' },
          'DiskFull',
          'the disk is full',
        );
      await clock.pass(1_000);
    }
    const inMinute = writes.length;
    assert.ok(inMinute <= 25 + 5 * 60, `${inMinute} writes in a minute`);
    const { remembered, records } = recorder.stats;
    assert.ok(remembered <= 4_096);
    assert.equal(records, 60_001);
    const startedAt = clock.now() - (60 - HONEST_AT) * 1_000;
    for (let minutes = 0; minutes < 20 && waited === undefined; minutes++) {
      const first = writes.find(({ reason }) => reason === 'DiskFull');
      if (first === undefined) await clock.pass(60_000);
      else waited = first.at - startedAt;
    }
    t.diagnostic(
      `${inMinute} writes and ${server.events.length} Events in the first minute and until then; ${remembered} problems remembered; an honest new problem ` +
        `is written after ${waited === undefined ? 'more than 20 minutes' : `${waited / 1_000} s`}`,
    );
    const flushed = recorder.flush();
    await clock.pass(1_000);
    await flushed;
    const sum = server.events.reduce((total, { count }) => total + count, 0);
    assert.equal(sum, 60_001);
    // When the attacker chooses everything, nothing tells an honest problem from the others.
    if (name !== 'an object, a reason and a key each')
      assert.ok(waited !== undefined && waited <= 1_000, `${waited} ms`);
  });
}

test('whatever the attack, an hour of it writes no more than the budget allows', async (t) => {
  const { clock, server, writes, recorder } = open();
  for (let second = 0; second < 3_600; second++) {
    for (let i = 0; i < 20; i++) attacks['an object, a reason and a key each']?.(recorder, second * 20 + i);
    await clock.pass(1_000);
  }
  const sizes = server.events.map((event) => Buffer.byteLength(JSON.stringify(event)));
  const [events, largest] = [sizes.length, Math.max(...sizes)];
  t.diagnostic(
    `${writes.length} writes (at most ${MOST_WRITES_PER_HOUR}), ${events} Events of ${largest} bytes at most: ` +
      `${((events * largest) / 2 ** 20).toFixed(1)} MB in the hour for which Events are kept`,
  );
  assert.ok(writes.length <= MOST_WRITES_PER_HOUR);
});

test('100,000 of everything leave the memory bounded', async (t) => {
  const { stdout, code, stderr } = await runApplication({
    script: new URL('../fixtures/abuse-memory.mjs', import.meta.url),
    execArgv: ['--expose-gc'],
  }).exited;
  assert.equal(code, 0, stderr);
  for (const { name, grownBytes, remembered } of JSON.parse(stdout)) {
    t.diagnostic(`${name}: ${(grownBytes / 2 ** 20).toFixed(1)} MB more for ${remembered} problems`);
    assert.ok(remembered <= 4_096);
    assert.ok(grownBytes < 32 * 2 ** 20, `${name}: ${grownBytes} bytes`);
  }
});
