import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStandIn } from '../stand-in/stand-in.ts';
import { runApplication } from '../support/application.ts';

/** Each process takes some 60 MB, so the large fleet is for machines that have the memory: FLEET=200. */
const FLEET = Number(process.env['FLEET'] ?? 50);
const RECORDS = 1_000;
/** POST, 409, read, compare-and-set are three; the rest is for meeting others. */
const MOST_REQUESTS = FLEET <= 50 ? 6 : 7;

test(`${FLEET} processes report one problem about one Deployment at once: one Event, the exact count`, async (t) => {
  const standIn = await startStandIn({ recordBodies: false });
  t.after(() => standIn.close());
  const namespace = await standIn.createNamespace();
  const deployment = await standIn.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
  });
  const pods = [];
  for (let i = 0; i < FLEET; i++) pods.push(await standIn.createPod({ namespace, name: `web-6c8b9-${i}` }));
  process.setMaxListeners(0);
  const env = { RECORDS: String(RECORDS), REGARDING: JSON.stringify(deployment) };
  const script = new URL('../fixtures/fleet.mjs', import.meta.url);
  const processes = pods.map((pod) => runApplication({ script, pod, env }));
  await Promise.all(processes.map((one) => one.waitForLine(/ready/)));
  for (const { child } of processes) child.stdin.write('go\n');
  const exits = await Promise.all(processes.map((one) => one.exited));
  assert.deepEqual(
    exits.filter(({ code }) => code !== 0),
    [],
  );

  const events = await standIn.events(namespace);
  assert.deepEqual(
    events.map(({ count }) => count),
    [FLEET * RECORDS],
  );
  const perProcess = standIn.requests.length / FLEET;
  t.diagnostic(`${perProcess} requests a process in the mean`);
  assert.ok(
    perProcess <= MOST_REQUESTS,
    `${perProcess} requests a process, expected at most ${MOST_REQUESTS}`,
  );
});
