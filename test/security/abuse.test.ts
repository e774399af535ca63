import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { runApplication } from '../support/application.ts';
import { InstantServer } from '../support/instant-server.ts';
import { ManualClock } from '../support/manual-clock.ts';

/** The length of an attack. The table of problems is full after four, the Events of a new object are written after twenty. */
const SECONDS = 22;
/** Longer than the Events of an object and a reason are remembered. */
const LONG_SECONDS = 11 * 60;

/** The most requests to an API server: the burst, and five a second. */
const mostWrites = (seconds: number) => 25 + 5 * seconds;

/** A recorder on a clock that stands still, which writes to an API server. */
function open() {
  const clock = new ManualClock();
  const server = new InstantServer(() => clock.now());
  const kubeConfig = { getCurrentCluster: () => null, async applyToHTTPSOptions() {} };
  // A replacement of the API server is not part of the public types.
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
  test(`an attacker with ${name}, 1,000 a second, stays within the budget, and every count is accounted for`, async (t) => {
    const { clock, server, writes, recorder } = open();
    const honestAt = clock.now() + (SECONDS - 2) * 1_000;
    for (let second = 0; second < SECONDS; second++) {
      for (let i = 0; i < 1_000; i++) attack(recorder, second * 1_000 + i);
      if (clock.now() === honestAt)
        recorder.warning(
          { kind: 'Deployment', name: 'honest', namespace: 'shop' },
          'DiskFull',
          'the disk is full',
        );
      await clock.pass(1_000);
    }
    assert.ok(writes.length <= mostWrites(SECONDS), `${writes.length} writes in ${SECONDS} seconds`);
    const { remembered, records } = recorder.stats;
    assert.ok(remembered <= 4_096);
    assert.equal(records, SECONDS * 1_000 + 1);
    const writtenAt = writes.find(({ reason }) => reason === 'DiskFull')?.at ?? Number.POSITIVE_INFINITY;
    const waited = writtenAt - honestAt;
    t.diagnostic(
      `${writes.length} writes and ${server.events.length} Events; ${remembered} problems remembered; ` +
        `an honest new problem waits ${waited} ms (Infinity: longer than the attack)`,
    );
    const flushed = recorder.flush();
    await clock.pass(1_000);
    await flushed;
    const sum = server.events.reduce((total, { count }) => total + count, 0);
    assert.equal(sum, SECONDS * 1_000 + 1);
    // If the attacker chooses everything, a real problem cannot be told apart from the others.
    if (name !== 'an object, a reason and a key each') assert.ok(waited <= 1_000, `${waited} ms`);
  });
}

test('an API server and its etcd take what the budget allows, however long an attack lasts', async (t) => {
  const { clock, server, writes, recorder } = open();
  for (let second = 0; second < LONG_SECONDS; second++) {
    for (let i = 0; i < 20; i++) attacks['an object, a reason and a key each']?.(recorder, second * 20 + i);
    await clock.pass(1_000);
  }
  const sizes = server.events.map((event) => Buffer.byteLength(JSON.stringify(event)));
  const [events, largest] = [sizes.length, Math.max(...sizes)];
  const perHour = events * (3_600 / LONG_SECONDS);
  t.diagnostic(
    `${writes.length} writes (at most ${mostWrites(LONG_SECONDS)}), ${events} Events of ${largest} bytes at most: ` +
      `${((perHour * largest) / 2 ** 20).toFixed(1)} MB in the hour for which Events are kept`,
  );
  assert.ok(writes.length <= mostWrites(LONG_SECONDS));
});

test('no number of different things makes the memory grow without an end', async (t) => {
  const { stdout, code, stderr } = await runApplication({
    script: new URL('../fixtures/abuse-memory.mjs', import.meta.url),
    execArgv: ['--expose-gc'],
  }).exited;
  assert.equal(code, 0, stderr);
  for (const { name, usedBytes, count, grownBytes, remembered } of JSON.parse(stdout)) {
    const perThing = grownBytes / count;
    t.diagnostic(
      `${name}: ${(usedBytes / 2 ** 20).toFixed(1)} MB for ${remembered} problems, then ${perThing.toFixed(0)} bytes for each more`,
    );
    assert.ok(remembered <= 4_096);
    assert.ok(usedBytes < 8 * 2 ** 20, `${name}: ${usedBytes} bytes`);
    // Entries that stay in a map or a set would take more.
    assert.ok(perThing < 64, `${name}: ${perThing} bytes for each`);
  }
});
