import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { Timeline } from '../../../bench/scale/timeline.ts';
import { FaultyServer } from '../../support/faulty-server.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const MOST_REQUESTS_EACH = 2.4;
const WEB = { kind: 'Pod', name: 'web-0', namespace: 'shop', uid: '9a7c4c1e-7a52-4b3c-9a55-2d3f1c6b7a10' };
const ENV = {
  POD_NAME: 'web-0',
  POD_NAMESPACE: 'shop',
  KUBERNETES_SERVICE_HOST: '10.0.0.1',
  KUBERNETES_SERVICE_PORT: '443',
};

for (const { problems, withinMs } of [
  { problems: 20, withinMs: 5_000 },
  { problems: 60, withinMs: 24_000 },
]) {
  test(`after a restart ${problems} Events that exist are counted up within ${withinMs / 1_000} s, the first within one`, async (t) => {
    const serviceAccountDir = mkdtempSync(join(tmpdir(), 'restarts-'));
    writeFileSync(join(serviceAccountDir, 'token'), `e30.${Buffer.from('{}').toString('base64url')}.e30`);
    t.after(() => rmSync(serviceAccountDir, { recursive: true }));
    const timeline = new Timeline(START);
    const random = () => 0.5;
    // Each answer takes ten milliseconds.
    const server = new FaultyServer(timeline, random, 0);
    const start = () => {
      // A replacement of the API server is not part of the public types.
      const runtime = { clock: timeline.clock(random), env: ENV, api: server } as object;
      const recorder = new EventRecorder({ serviceAccountDir }, runtime);
      for (let i = 0; i < problems; i++) recorder.warning(WEB, `Problem${i}`, 'cannot be reached');
      return recorder;
    };
    start();
    await timeline.runUntil(START + 60_000);
    const counts = () => [...server.events.values()].map(({ count }) => count);
    assert.deepEqual(counts(), Array(problems).fill(1));

    const startedAt = timeline.now;
    const recorder = start();
    await timeline.runUntil(startedAt + 1_000);
    assert.ok(counts().includes(2));
    await timeline.runUntil(startedAt + withinMs);
    assert.deepEqual(counts(), Array(problems).fill(2));
    const each = recorder.stats.requests / problems;
    t.diagnostic(`${each} requests each`);
    assert.ok(each <= MOST_REQUESTS_EACH, `${each} requests each`);
  });
}
