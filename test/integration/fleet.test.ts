import assert from 'node:assert/strict';
import { constants, setPriority } from 'node:os';
import { test } from 'node:test';
import { replicated } from '../examples/objects.ts';
import { runApplication } from '../support/application.ts';
import { openCluster } from '../support/open-cluster.ts';

/** Each process takes some 60 MB, so the large fleet is for machines that have the memory: FLEET=200. */
const FLEET = Number(process.env['FLEET'] ?? 50);
const RECORDS = 1_000;
/** A create with a 409, a read and a compare-and-set are three requests. The rest is for conflicts with others. */
const MOST_REQUESTS = FLEET <= 50 ? 6 : 7;

test(`${FLEET} processes report one problem about one Deployment at once: one Event, the exact count`, async (t) => {
  const cluster = await openCluster();
  t.after(() => cluster.close());
  const namespace = await cluster.createNamespace();
  const deployment = await cluster.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace },
    spec: replicated(),
  });
  const pods = [];
  for (let i = 0; i < FLEET; i++) pods.push(await cluster.createPod({ namespace, name: `web-6c8b9-${i}` }));
  process.setMaxListeners(0);
  const env = { RECORDS: String(RECORDS), REGARDING: JSON.stringify(deployment) };
  const script = new URL('../fixtures/fleet.mjs', import.meta.url);
  const processes = pods.map((pod) => runApplication({ script, pod, env }));
  // Other tests that run at the same time have real time limits.
  for (const { child } of processes) setPriority(child.pid!, constants.priority.PRIORITY_BELOW_NORMAL);
  await Promise.all(processes.map((one) => one.waitForLine(/ready/)));
  const before = await cluster.eventRequests();
  for (const { child } of processes) child.stdin.write('go\n');
  const exits = await Promise.all(processes.map((one) => one.exited));
  assert.deepEqual(
    exits.filter(({ code }) => code !== 0),
    [],
  );

  const events = await cluster.events(namespace);
  assert.deepEqual(
    events.map(({ count }) => count),
    [FLEET * RECORDS],
  );
  const perProcess = ((await cluster.eventRequests()) - before) / FLEET;
  t.diagnostic(`${perProcess} requests a process in the mean`);
  assert.ok(
    perProcess <= MOST_REQUESTS,
    `${perProcess} requests a process, expected at most ${MOST_REQUESTS}`,
  );
});
