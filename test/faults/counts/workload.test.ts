import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import winston from 'winston';
import { type KubernetesEventsError, KubernetesEventTransport } from 'winston-kubernetes-events';
import { Gate, type Passed } from '../../fixtures/gate.ts';
import { startStandIn } from '../../stand-in/stand-in.ts';
import { FastClock } from '../../support/fast-clock.ts';

const EVENTS = { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] };
const PODS = { apiGroups: [''], resources: ['pods'], verbs: ['get'] };
const REPLICA_SETS = { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get'] };

const isPod = ({ path }: Passed) => path.includes('/pods/');
const isReplicaSet = ({ path }: Passed) => path.includes('/replicasets/');

/** A logger with `regarding: 'workload'` in a pod of a Deployment, whose API server is behind a gate. */
async function open(t: TestContext, rules = [EVENTS, PODS, REPLICA_SETS]) {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const gate = await Gate.open(t, standIn);
  const namespace = await standIn.createNamespace();
  const owner = (apiVersion: string, kind: string, name: string, uid: string) => [
    { apiVersion, kind, name, uid, controller: true },
  ];
  const ownerReferences = owner('apps/v1', 'Deployment', 'web', 'uid-of-web');
  const matchLabels = { app: 'web' };
  const spec = { containers: [{ name: 'app', image: 'pause' }] };
  const { uid } = (
    await standIn.apply({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      metadata: { name: 'web-6c8b9', namespace, ownerReferences },
      spec: { selector: { matchLabels }, template: { metadata: { labels: matchLabels }, spec } },
    })
  ).metadata;
  const pod = await standIn.createPod({
    namespace,
    name: 'web-6c8b9-xk2lp',
    rules,
    ownerReferences: owner('apps/v1', 'ReplicaSet', 'web-6c8b9', uid),
  });
  await writeFile(join(pod.serviceAccountDir, 'ca.crt'), gate.ca);
  const { hostname, port } = new URL(gate.url);
  const clock = new FastClock(5);
  const transport = new KubernetesEventTransport(
    { serviceAccountDir: pod.serviceAccountDir, regarding: 'workload' },
    { clock, env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } },
  );
  const warnings: KubernetesEventsError[] = [];
  transport.on('warn', (warning: KubernetesEventsError) => warnings.push(warning));
  const logger = winston.createLogger({ transports: [transport] });
  /** The counts by object. */
  const counts = async () => {
    const sums: Record<string, number> = {};
    for (const { involvedObject, count = 0 } of await standIn.events(namespace))
      sums[involvedObject.kind!] = (sums[involvedObject.kind!] ?? 0) + count;
    return sums;
  };
  const allow = async () => {
    const group = 'rbac.authorization.k8s.io';
    const metadata = { name: 'late', namespace };
    await standIn.apply({
      ...{ apiVersion: `${group}/v1`, kind: 'Role', metadata, rules: [PODS, REPLICA_SETS] },
    });
    await standIn.apply({
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name: 'late' },
      subjects: [{ kind: 'ServiceAccount', name: pod.serviceAccount, namespace }],
    });
  };
  const settle = async () => {
    while (transport.stats.pending > 0) await clock.pass(200);
  };
  return { standIn, gate, namespace, clock, transport, logger, warnings, counts, allow, settle };
}

describe('the workload is asked for again', { concurrency: 4 }, () => {
  for (const [name, garbled] of Object.entries({ 'about the pod': isPod, 'about its owner': isReplicaSet })) {
    for (const status of [200, 404, 500]) {
      test(`after one garbled answer with ${status} ${name}`, async (t) => {
        const { gate, logger, counts, settle } = await open(t);
        let answers = 0;
        gate.hook = (passed) => (garbled(passed) && answers++ === 0 ? status : undefined);
        logger.error('again');
        await settle();
        for (let i = 0; i < 3; i++) logger.error('again', { reason: `Another${i}` });
        await settle();
        assert.deepEqual(await counts(), { Deployment: 4 });
      });
    }
  }

  for (const [name, rules] of Object.entries({ 'any of it': [EVENTS], 'its owner': [EVENTS, PODS] })) {
    test(`when the permission to see ${name} comes three seconds late`, async (t) => {
      const { clock, logger, counts, allow, settle, warnings } = await open(t, rules);
      logger.error('again');
      await settle();
      await clock.pass(3_000);
      await allow();
      await clock.pass(5_000);
      logger.error('again');
      for (let i = 0; i < 3; i++) logger.error('again', { reason: `Another${i}` });
      await settle();
      // Counts that are written stay in their Event.
      assert.deepEqual(await counts(), { Pod: 1, Deployment: 4 });
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ['KEVT_LOOKUP_FORBIDDEN'],
      );
    });
  }

  test('while counts of the pod are in doubt: they stay there, later ones are about the workload', async (t) => {
    const { standIn, gate, clock, logger, counts, allow, settle } = await open(t, [EVENTS]);
    logger.error('again');
    await settle();
    let lost = 0;
    standIn.fault(() => (lost++ === 0 ? { hang: true, apply: true } : undefined));
    for (let i = 0; i < 5; i++) logger.error('again');
    while (lost === 0) await clock.pass(50);
    await allow();
    await clock.pass(5_000);
    await settle();
    for (let i = 0; i < 7; i++) logger.error('again');
    await settle();
    assert.deepEqual(await counts(), { Pod: 6, Deployment: 7 });
    assert.ok(gate.lookups.length <= 8, `${gate.lookups.length} lookups`);
  });

  test('and while it cannot be found, what is known of it goes on', async (t) => {
    const { gate, clock, logger, counts, settle, transport } = await open(t, [EVENTS]);
    logger.error('again');
    await settle();
    await clock.pass(2_000);
    gate.hook = ({ method }) => (method === 'GET' ? 503 : undefined);
    for (let i = 0; i < 3; i++) {
      logger.error('again');
      logger.error('new', { reason: `Another${i}` });
      assert.equal(await transport.flush(), true);
    }
    assert.deepEqual(await counts(), { Pod: 7 });
  });
});

test('the uid of an object is asked for again after one garbled answer', async (t) => {
  const rules = [EVENTS, { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }];
  const { standIn, namespace, gate, clock, logger, settle } = await open(t, rules);
  const metadata = { name: 'settings', namespace };
  const { uid } = (await standIn.apply({ apiVersion: 'v1', kind: 'ConfigMap', metadata })).metadata;
  let answers = 0;
  gate.hook = ({ method }) => (method === 'GET' && answers++ === 0 ? 200 : undefined);
  const regarding = { kind: 'ConfigMap', name: 'settings' };
  logger.error('cannot be parsed', { regarding });
  await settle();
  await clock.pass(2_000);
  logger.error('cannot be used', { regarding, reason: 'Unusable' });
  await settle();
  const events = await standIn.events(namespace);
  assert.deepEqual(
    Object.fromEntries(events.map(({ message, involvedObject }) => [message, involvedObject.uid])),
    { 'cannot be parsed': undefined, 'cannot be used': uid },
  );
});
