import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TestCluster } from '../support/cluster.ts';
import { ENDINGS, podInNamespace, runEnding, sumOf } from '../support/endings.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

const AT_ONCE_MS = 300;
/** For a busy machine. It is less than the 3 s after which winston ends a process. */
const IN_TIME_MS = 2_000;

test('a job of one line delivers its Event and ends at once', async (t) => {
  const took: number[] = [];
  for (let run = 0; run < 3; run++) {
    const pod = await podInNamespace(cluster);
    const { code, stderr, sinceLoggingMs } = await runEnding('return', pod);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal(sumOf(await cluster.events(pod.namespace)), 1);
    took.push(sinceLoggingMs);
  }
  const best = Math.min(...took);
  t.diagnostic(
    `${cluster.kind}: from the log call to the end of the process ${Math.round(best)} ms of its own`,
  );
  if (cluster.kind === 'stand-in') assert.ok(best <= AT_ONCE_MS, `${best} ms`);
});

describe('nothing is lost when a process ends, and it ends in time', { concurrency: 3 }, () => {
  for (const [way, expected] of Object.entries(ENDINGS)) {
    test(`by ${way}`, async () => {
      const pod = await podInNamespace(cluster);
      const { code, signal, stdout, stderr, sinceLoggedMs } = await runEnding(way, pod);
      assert.deepEqual({ code, signal, stderr }, { code: expected.code, signal: null, stderr: '' });
      if (cluster.kind === 'stand-in') assert.ok(sinceLoggedMs < IN_TIME_MS, `${sinceLoggedMs} ms`);
      const events = await cluster.events(pod.namespace);
      assert.equal(sumOf(events), expected.count);
      assert.doesNotMatch(stdout, /[1-9]\d* pending|flushed: false/);
      // The logged records make one Event, and each exception makes its own.
      const exceptions = events.filter(({ reason }) => reason === 'TypeError' || reason === 'RangeError');
      assert.ok(events.length - exceptions.length <= 1);
      for (const { count, message } of exceptions) {
        assert.equal(count, 1);
        assert.match(message ?? '', /^(uncaughtException|unhandledRejection): .*(boom|harmless)$/);
      }
    });
  }
});
