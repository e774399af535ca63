import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { writeProjected } from '../../stand-in/service-account-dir.ts';
import { type StandIn, startStandIn } from '../../stand-in/stand-in.ts';
import type { TestPod } from '../../support/cluster.ts';
import { ENDINGS, podInNamespace, runEnding, sumOf } from '../../support/endings.ts';
import { createPodLogger } from '../../support/pod-logger.ts';

/** What may be missing when a pod starts, and how it is added. */
interface Hitch {
  begin(standIn: StandIn, pod: TestPod): unknown;
  end(standIn: StandIn, pod: TestPod): unknown;
}

/** In the words of the API server. */
function notYetAllowed(standIn: StandIn, { namespace, serviceAccount }: TestPod): void {
  const user = `system:serviceaccount:${namespace}:${serviceAccount}`;
  const what = `cannot create resource "events" in API group "" in the namespace "${namespace}"`;
  const message = `events is forbidden: User "${user}" ${what}`;
  standIn.fault(() => ({ status: 403, body: { kind: 'Status', reason: 'Forbidden', message, code: 403 } }));
}

const HITCHES: Record<string, Hitch> = {
  'a permission that is missing': { begin: notYetAllowed, end: (standIn) => standIn.fault() },
  'a token that is not accepted': {
    begin: (standIn) => standIn.fault(() => ({ status: 401 })),
    end: (standIn) => standIn.fault(),
  },
  'a token that cannot be read': {
    begin: (_, { serviceAccountDir }) => rm(join(serviceAccountDir, '..data', 'token')),
    end: ({ ca }, { serviceAccountDir, token, namespace }) =>
      writeProjected(serviceAccountDir, { token, 'ca.crt': ca, namespace }),
  },
};

async function open(t: TestContext, { begin, end }: Hitch) {
  const podLogger = await createPodLogger(t, { speed: 5 });
  const { standIn, pod, warnings } = podLogger;
  await begin(standIn, pod);
  const mend = async () => end(standIn, pod);
  return { ...podLogger, mend, codes: () => warnings.map(({ code }) => code) };
}

// The tests mostly wait, so they run at the same time.
describe('a flush that meets', { concurrency: 12 }, () => {
  for (const [name, hitch] of Object.entries(HITCHES)) {
    test(`${name} asks again until it is there`, async (t) => {
      const { clock, mend, transport, logger, sum, standIn, codes } = await open(t, hitch);
      logger.error('at the start of a pod');
      const flushed = transport.flush();
      await clock.pass(2_000);
      await mend();
      assert.equal(await flushed, true);
      assert.equal(await sum(), 1);
      assert.equal(codes().includes('KEVT_UNDELIVERED'), false);
      // After half a second, one second and two seconds. Half of each delay is random.
      assert.ok(standIn.requests.length <= 6, `${standIn.requests.length} requests`);
    });

    test(`${name} has all of its time, also when it was refused before`, async (t) => {
      const { clock, mend, transport, logger, sum } = await open(t, hitch);
      logger.error('at the start of a pod');
      await clock.pass(3_000);
      const flushed = transport.flush();
      await clock.pass(3_500);
      await mend();
      assert.equal(await flushed, true);
      assert.equal(await sum(), 1);
    });

    test(`${name} says that it was in vain when its time is over`, async (t) => {
      const { clock, transport, logger, codes } = await open(t, hitch);
      logger.error('at the start of a pod');
      const startedAt = clock.uptime();
      assert.equal(await transport.flush(), false);
      // Timers of Node may be a millisecond early.
      assert.ok(clock.uptime() - startedAt > 4_900);
      assert.equal(codes().at(-1), 'KEVT_UNDELIVERED');
      assert.equal(transport.stats.pending, 1);
      // For the next flush, the wait has been long enough already.
      const endedAt = clock.uptime();
      assert.equal(await transport.flush(), false);
      const tookMs = clock.uptime() - endedAt;
      assert.ok(tookMs < 4_000, `${tookMs} ms`);
    });

    test(`${name} does not wait for what has been refused for longer already, but asks`, async (t) => {
      const { clock, mend, transport, logger, codes, standIn, sum } = await open(t, hitch);
      logger.error('at the start of a pod');
      // The first request is sent at once. The time of the refusal counts from it.
      await clock.pass(7_000);
      standIn.resetRequests();
      const startedAt = clock.uptime();
      assert.equal(await transport.flush(), false);
      const tookMs = clock.uptime() - startedAt;
      assert.ok(tookMs < 4_000, `${tookMs} ms`);
      assert.equal(codes().at(-1), 'KEVT_UNDELIVERED');
      await mend();
      assert.equal(await transport.flush(), true);
      assert.equal(await sum(), 1);
    });
  }
});

describe('a flush', { concurrency: 4 }, () => {
  const failures: Record<string, (standIn: StandIn, pod: TestPod) => void> = {
    'an outage': (standIn) => standIn.fault(() => ({ status: 503 })),
    'a missing permission': notYetAllowed,
  };
  for (const [name, begin] of Object.entries(failures)) {
    test(`asks a last time before it gives up after ${name}`, async (t) => {
      const options = { speed: 2, random: () => 0.9 };
      const { standIn, pod, clock, logger, transport, sum } = await createPodLogger(t, options);
      begin(standIn, pod);
      logger.error('at the end of a pod');
      const flushed = transport.flush();
      // The attempts were after 0, 0.5, 1.4 and 3.3 s. The next one would be after 7 s.
      await clock.pass(3_600);
      standIn.fault();
      assert.equal(await flushed, true);
      assert.equal(await sum(), 1);
    });
  }

  test('that begins while a request is on its way does not inherit the long pauses of an outage', async (t) => {
    const options = { speed: 40, flushTimeout: 15_000 };
    const { standIn, clock, logger, transport, sum } = await createPodLogger(t, options);
    let hangs = 0;
    standIn.fault(({ index }) => {
      if (index < 8) return { status: 503 };
      return hangs++ === 0 ? { hang: true } : undefined;
    });
    logger.error('again');
    while (hangs === 0) await clock.pass(50);
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 1);
  });
});

describe('jobs that end while the API server does not know their permission yet', { concurrency: 5 }, () => {
  for (const way of [
    'return',
    'logger.end()',
    'logger.close()',
    'transport.flush()',
    'an uncaught exception',
  ]) {
    test(`by ${way}: nothing is lost`, async (t) => {
      const standIn = await startStandIn();
      t.after(() => standIn.close());
      const pod = await podInNamespace(standIn);
      const { count, code } = ENDINGS[way]!;
      notYetAllowed(standIn, pod);
      const ending = runEnding(way, pod);
      while (standIn.requests.length === 0) await passed(5);
      setTimeout(() => standIn.fault(), 1_200);
      assert.equal((await ending).code, code);
      assert.equal(sumOf(await standIn.events(pod.namespace)), count);
    });
  }
});
