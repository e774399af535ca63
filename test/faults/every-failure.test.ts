import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fault, overloaded } from '../stand-in/stand-in.ts';
import { createPodLogger, type PodLogger } from '../support/pod-logger.ts';
import { SEED, seededRandom } from '../support/random.ts';

const FAULTS: Record<string, Fault> = {
  'the connection breaks before the write': { reset: 'before' },
  'the connection breaks after the write': { reset: 'after' },
  'no answer, nothing written': { hang: true },
  'no answer, but written': { hang: true, apply: true },
  'the write happens long after the client has gone': { delayMs: 400, applyLate: true },
  'a slow answer': { delayMs: 60 },
  '408': { status: 408 },
  '429 of EventRateLimit, without Retry-After': { status: 429 },
  '429 of priority and fairness, with a text body': overloaded,
  '429 with a long Retry-After': { status: 429, retryAfter: 7 },
  '500': { status: 500 },
  '502 of a proxy, with HTML': {
    status: 502,
    headers: { 'content-type': 'text/html' },
    body: '<h1>Bad Gateway</h1>',
  },
  '503 with Retry-After': { status: 503, retryAfter: 3 },
  '504': { status: 504 },
  '307 to somewhere else': { status: 307, headers: { location: 'https://example.com/' } },
  '200 with something that is not an Event': { status: 200, body: { kind: 'Status' } },
};

/** Logs in rounds while faults come and go, and then without faults. Returns the sum of the counts. */
async function storm(podLogger: PodLogger, rounds: number, perRound: number): Promise<number> {
  const { logger, clock, transport, standIn } = podLogger;
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < perRound; i++)
      logger.error(`order ${10_000 + i} failed`, { reason: `Reason${round % 4}` });
    await clock.pass(1_300);
  }
  standIn.fault(undefined);
  while (!(await transport.flush())) await clock.pass(1_000);
  return rounds * perRound;
}

// The tests mostly wait, so many can run at the same time.
describe('the counts add up', { concurrency: 8 }, () => {
  for (const [name, fault] of Object.entries(FAULTS)) {
    for (const [which, isHit] of Object.entries({
      'first request': (index: number) => index === 0,
      'every second request': (index: number) => index % 2 === 1,
    })) {
      test(`${name}, ${which}`, async (t) => {
        const podLogger = await createPodLogger(t);
        let index = 0;
        podLogger.standIn.fault(() => (isHit(index++) ? fault : undefined));
        const logged = await storm(podLogger, 6, 10);
        assert.equal(await podLogger.sum(), logged);
        assert.equal(podLogger.transport.stats.pending, 0);
        assert.ok(index > 0);
      });
    }
  }

  for (let run = 0; run < 8; run++) {
    const seed = SEED + run;
    test(`all failures mixed, TEST_SEED=${seed}`, async (t) => {
      const random = seededRandom(seed);
      const podLogger = await createPodLogger(t, { random });
      const faults = Object.values(FAULTS);
      podLogger.standIn.fault(() =>
        random() < 0.4 ? faults[Math.floor(random() * faults.length)] : undefined,
      );
      const logged = await storm(podLogger, 20, 100);
      assert.equal(await podLogger.sum(), logged);
    });
  }
});
