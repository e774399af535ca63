import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { Timeline } from '../../bench/scale/timeline.ts';
import { FaultyServer } from '../support/faulty-server.ts';
import { seededRandom } from '../support/random.ts';

const START = Date.parse('2026-01-01T00:00:00Z');
const WEB = {
  kind: 'Deployment',
  name: 'web',
  namespace: 'shop',
  uid: '9a7c4c1e-7a52-4b3c-9a55-2d3f1c6b7a10',
};

/** Processes log about one Deployment while requests fail, Events expire or processes are replaced. Then the faults end. */
async function storm(seed: number, directory: string): Promise<{ logged: number; sum: number }> {
  const random = seededRandom(seed);
  const pick = (most: number) => Math.floor(random() * most);
  const timeline = new Timeline(START);
  const server = new FaultyServer(timeline, random, [0.1, 0.4, 0.8][seed % 3]!);
  const api = seed % 4 === 0 ? 'events.k8s.io/v1' : 'v1';
  const env = {
    POD_NAME: 'web-0',
    POD_NAMESPACE: 'shop',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    KUBERNETES_SERVICE_PORT: '443',
  };
  const start = () =>
    new EventRecorder(
      { api, serviceAccountDir: directory },
      // A replacement of the API server is not part of the public types.
      { clock: timeline.clock(random), env, api: server } as object,
    );
  const all = Array.from({ length: 2 + pick(4) }, start);
  const running = [...all];
  const messages = [...(seed % 5 === 0 ? 'abcdefghijklmnop' : 'abc')];
  let logged = 0;
  const log = (recorder: EventRecorder, message: string) => {
    recorder.warning(WEB, 'Failed', `cannot reach ${message}`, { eventKey: message });
    logged++;
  };
  const settle = async () => {
    do await timeline.runUntil(timeline.now + 30_000);
    while (all.some(({ stats }) => stats.pending > 0) && timeline.now < START + 3_600_000);
  };
  while (timeline.now < START + 60_000) {
    const index = pick(running.length);
    for (let times = pick(4); times >= 0; times--) log(running[index]!, messages[pick(messages.length)]!);
    const [key] = [...server.events.keys()].slice(pick(server.events.size));
    const chance = random();
    if (chance < 0.1) void running[index]!.flush(6_000 * random());
    else if (chance < 0.2 && seed % 2 === 0 && key !== undefined) server.events.delete(key);
    else if (chance < 0.2 && seed % 2 === 1) {
      running[index] = start();
      all.push(running[index]!);
    }
    await timeline.runUntil(timeline.now + 8_000 * random() ** 3);
  }
  server.faultRate = 0;
  await settle();
  // A writer whose Event has expired writes everything that it has ever counted.
  if (seed % 2 === 0) for (const recorder of all) for (const message of messages) log(recorder, message);
  await settle();
  return { logged, sum: server.sum };
}

test('whatever becomes of the requests of several writers, the counts add up', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'writers-'));
  writeFileSync(join(directory, 'token'), `e30.${Buffer.from('{}').toString('base64url')}.e30`);
  t.after(() => rmSync(directory, { recursive: true }));
  for (let seed = 1; seed <= 60; seed++) {
    const { logged, sum } = await storm(seed, directory);
    assert.equal(sum, logged, `seed ${seed}`);
  }
});
