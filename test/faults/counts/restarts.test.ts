import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPodLogger } from '../../support/pod-logger.ts';

const MOST_REQUESTS_EACH = 2.4;

describe('after a restart, with Events that exist already', { concurrency: 2 }, () => {
  for (const { problems, withinMs } of [
    { problems: 20, withinMs: 5_000 },
    { problems: 60, withinMs: 24_000 },
  ]) {
    test(`${problems} problems are counted up within ${withinMs / 1_000} s, the first within one`, async (t) => {
      const before = await createPodLogger(t);
      const { standIn, namespace } = before;
      const reasons = Array.from({ length: problems }, (_, i) => `Problem${i}`);
      for (const reason of reasons) before.logger.error('again', { reason });
      while (!(await before.transport.flush()));
      standIn.resetRequests();

      const { clock, logger, transport } = await createPodLogger(t, {
        standIn,
        pod: { namespace },
        speed: 4,
      });
      const counts = async () => (await standIn.events(namespace)).map(({ count }) => count);
      const startedAt = clock.uptime();
      for (const reason of reasons) logger.error('again', { reason });
      while (!(await counts()).includes(2)) await clock.pass(20);
      const firstMs = clock.uptime() - startedAt;
      while (transport.stats.pending > 0) await clock.pass(50);
      const allMs = clock.uptime() - startedAt;
      assert.deepEqual(
        await counts(),
        reasons.map(() => 2),
      );
      const each = standIn.requests.length / problems;
      t.diagnostic(`first ${firstMs.toFixed()} ms, all ${allMs.toFixed()} ms, ${each} requests each`);
      assert.ok(firstMs < 1_000, `first ${firstMs} ms`);
      assert.ok(allMs < withinMs, `all ${allMs} ms`);
      assert.ok(each <= MOST_REQUESTS_EACH, `${each} requests each`);
    });
  }
});
