import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import winston from 'winston';
import { type KubernetesEventsError, KubernetesEventTransport } from 'winston-kubernetes-events';
import { replicated } from './examples/objects.ts';
import { Gate } from './fixtures/gate.ts';
import { type StandIn, startStandIn } from './stand-in/stand-in.ts';
import type { KubernetesObject, PodRequest, PolicyRule, TestPod } from './support/cluster.ts';
import { definitionOf } from './support/definition.ts';
import { FastClock } from './support/fast-clock.ts';

const EVENTS = { apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] };
const mayGet = (group: string, ...resources: string[]) => ({ apiGroups: [group], resources, verbs: ['get'] });

/** A clock that can skip time. */
class SkippingClock extends FastClock {
  #skippedMs = 0;

  override uptime(): number {
    return super.uptime() + this.#skippedMs;
  }

  skip(durationMs: number): void {
    this.#skippedMs += durationMs;
  }
}

/** A logger in a pod whose API server is behind a gate. */
async function open(
  t: TestContext,
  forPod: Partial<PodRequest> = {},
  options: { regarding?: 'workload'; speed?: number } = {},
) {
  const { speed = 1, ...more } = options;
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const gate = await Gate.open(t, standIn);
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ name: 'web-x', rules: [EVENTS], ...forPod, namespace });
  await writeFile(join(pod.serviceAccountDir, 'ca.crt'), gate.ca);
  const { hostname, port } = new URL(gate.url);
  const clock = new SkippingClock(speed);
  const transport = new KubernetesEventTransport(
    { serviceAccountDir: pod.serviceAccountDir, ...more },
    { clock, env: { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port } },
  );
  t.after(() => transport.flush());
  const warnings: KubernetesEventsError[] = [];
  transport.on('warn', (warning) => warnings.push(warning));
  const logger = winston.createLogger({ transports: [transport] });
  const make = async (object: KubernetesObject) =>
    (await standIn.apply({ ...object, metadata: { ...object.metadata, namespace } })).metadata.uid;
  const codes = () => warnings.map(({ code }) => code);
  return { standIn, gate, namespace, pod, clock, transport, logger, warnings, codes, make };
}

const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name } });

test('10,000 records about 100 objects are at most 100 lookups, four at a time, and all Events have their uid', async (t) => {
  const { standIn, gate, namespace, transport, logger, make, codes } = await open(t, {
    rules: [EVENTS, mayGet('', 'configmaps')],
  });
  const uids = new Map<string, string>();
  for (let i = 0; i < 100; i++) uids.set(`map-${i}`, await make(configMap(`map-${i}`)));
  for (let i = 0; i < 10_000; i++) {
    const regarding = { kind: 'ConfigMap', name: `map-${i % 100}` };
    logger.warn('cannot be parsed', { regarding, reason: i % 200 < 100 ? 'Unreadable' : 'Unusable' });
    // Not all in one burst, so that later records use the lookups of earlier ones.
    if (i % 1000 === 999) await new Promise(setImmediate);
  }
  assert.equal(await transport.flush(), true);
  const events = await standIn.events(namespace);
  assert.equal(events.length, 200);
  assert.equal(
    events.reduce((sum, { count = 0 }) => sum + count, 0),
    10_000,
  );
  for (const { involvedObject } of events)
    assert.equal(involvedObject['uid'], uids.get(involvedObject['name']!));
  t.diagnostic(`${gate.lookups.length} lookups, ${gate.peak} at a time`);
  assert.equal(gate.lookups.length, 100);
  assert.ok(gate.peak <= 4, `${gate.peak} at a time`);
  assert.deepEqual(codes(), []);
});

test('lookups without permission are few and quiet', async (t) => {
  const { standIn, gate, namespace, transport, logger, codes } = await open(t);
  for (let i = 0; i < 50; i++) logger.warn('broken', { regarding: { kind: 'ConfigMap', name: `map-${i}` } });
  assert.equal(await transport.flush(), true);
  const events = await standIn.events(namespace);
  assert.equal(events.length, 50);
  assert.ok(events.every(({ involvedObject }) => involvedObject['uid'] === undefined));
  // Only the requests that were open when the first one was refused.
  assert.ok(gate.lookups.length <= 4, `${gate.lookups.length} lookups`);
  assert.deepEqual(codes(), []);
});

test('an object that is not there is looked up once and quietly', async (t) => {
  const rules = [EVENTS, mayGet('', 'configmaps')];
  const { standIn, gate, namespace, transport, logger, codes } = await open(t, { rules });
  for (let i = 0; i < 3; i++) {
    logger.warn('broken', { regarding: { kind: 'ConfigMap', name: 'gone' }, reason: `Broken${i}` });
    assert.equal(await transport.flush(), true);
  }
  assert.equal((await standIn.events(namespace)).length, 3);
  assert.deepEqual(gate.lookups, [`/api/v1/namespaces/${namespace}/configmaps/gone`]);
  assert.deepEqual(codes(), []);
});

test('a kind that nobody defined is looked up once, one diagnostic names it, and all Events are written', async (t) => {
  const { standIn, gate, namespace, transport, logger, warnings } = await open(t);
  const regarding = { apiVersion: 'example.org/v1', kind: 'Zone', name: 'north' };
  for (let i = 0; i < 3; i++) {
    logger.warn('broken', { regarding, reason: `Broken${i}` });
    assert.equal(await transport.flush(), true);
  }
  const events = await standIn.events(namespace);
  assert.equal(events.length, 3);
  for (const { involvedObject } of events) assert.deepEqual(involvedObject, { ...regarding, namespace });
  assert.deepEqual(gate.lookups, ['/apis/example.org/v1']);
  assert.deepEqual(
    warnings.map(({ code, detail }) => [code, detail]),
    [
      [
        'KEVT_UNKNOWN_KIND',
        'Zone north of example.org/v1: expected the kind at /apis/example.org/v1, got 404',
      ],
    ],
  );
  assert.match(warnings[0]!.fix, /CustomResourceDefinition/);
});

test('a kind without its version is looked for among those of v1, and the diagnostic asks for the version', async (t) => {
  const { standIn, gate, namespace, transport, logger, warnings } = await open(t);
  logger.warn('broken', { regarding: { kind: 'Zone', name: 'north' } });
  assert.equal(await transport.flush(), true);
  assert.equal((await standIn.events(namespace)).length, 1);
  assert.deepEqual(gate.lookups, ['/api/v1']);
  assert.equal(
    warnings[0]?.detail,
    'Zone north without an apiVersion: expected the kind at /api/v1, got other kinds',
  );
});

test('a kind that is defined later is found for the next object', async (t) => {
  const { standIn, gate, pod, transport, logger, codes } = await open(t);
  await allowInCluster(standIn, pod, [EVENTS]);
  await standIn.apply(definitionOf('example.org/v1', 'Region', 'Cluster'));
  const zone = (name: string) => ({ apiVersion: 'example.org/v1', kind: 'Zone', name });
  logger.warn('no capacity', { regarding: zone('north') });
  assert.equal(await transport.flush(), true);
  await standIn.apply(definitionOf('example.org/v1', 'Zone', 'Cluster'));
  logger.warn('no capacity', { regarding: zone('south') });
  assert.equal(await transport.flush(), true);
  assert.deepEqual(
    (await standIn.events('default')).map(({ involvedObject }) => involvedObject),
    [zone('south')],
  );
  assert.deepEqual(codes(), ['KEVT_UNKNOWN_KIND']);
  assert.ok(gate.lookups.includes('/apis/example.org/v1/zones/south'));
});

test('lookups without an answer delay no first write by more than 500 ms, however many there are', async (t) => {
  const { standIn, gate, namespace, clock, transport, logger, codes } = await open(t);
  const loggedAt = clock.uptime();
  const delays: number[] = [];
  gate.hook = ({ method }) => {
    if (method === 'GET') return 'hang';
    delays.push(clock.uptime() - loggedAt);
    return undefined;
  };
  for (let i = 0; i < 20; i++) logger.warn('broken', { regarding: { kind: 'ConfigMap', name: `map-${i}` } });
  assert.equal(await transport.flush(), true);
  assert.equal((await standIn.events(namespace)).length, 20);
  t.diagnostic(`first write after ${delays[0]} ms, last after ${delays.at(-1)} ms`);
  // A lookup was awaited. The limit allows 20 round trips.
  assert.ok(delays[0]! >= 450, `${delays[0]} ms`);
  assert.ok(delays.at(-1)! < 1_000, `${delays.at(-1)} ms`);
  assert.deepEqual(codes(), []);
});

test('a lookup without an answer is given up, whichever of its timers comes first', async (t) => {
  const { gate, clock, namespace, standIn, transport, logger, codes } = await open(t, {}, { speed: 10 });
  gate.hook = ({ method }) => (method === 'GET' ? 'hang' : undefined);
  let isFirst = true;
  const setTimer = clock.setTimer.bind(clock);
  clock.setTimer = (callback, delayMs, ...more) => {
    const isOfLookup = delayMs === 500 && isFirst;
    if (isOfLookup) isFirst = false;
    return setTimer(callback, isOfLookup ? delayMs + 1_000 : delayMs, ...more);
  };
  logger.warn('broken', { regarding: { kind: 'ConfigMap', name: 'first' } });
  assert.equal(await transport.flush(), true);
  assert.equal(isFirst, false);
  assert.equal((await standIn.events(namespace)).length, 1);
  assert.deepEqual(codes(), []);
});

test('after a lookup that hung others are tried again', async (t) => {
  const rules = [EVENTS, mayGet('', 'configmaps')];
  const { standIn, gate, namespace, clock, transport, logger, make } = await open(
    t,
    { rules },
    { speed: 10 },
  );
  const uid = await make(configMap('second'));
  gate.hook = ({ method }) => (method === 'GET' ? 'hang' : undefined);
  logger.warn('broken', { regarding: { kind: 'ConfigMap', name: 'first' } });
  await transport.flush();
  gate.hook = undefined;
  clock.skip(31_000);
  logger.warn('broken', { regarding: { kind: 'ConfigMap', name: 'second' } });
  await transport.flush();
  const about = (await standIn.events(namespace)).map(({ involvedObject: { name, uid } }) => [name, uid]);
  assert.deepEqual(about, [
    ['first', undefined],
    ['second', uid],
  ]);
});

test('an object is looked up when the API server that was away at first is back', async (t) => {
  const rules = [EVENTS, mayGet('', 'configmaps')];
  const { standIn, gate, namespace, transport, logger, make } = await open(t, { rules }, { speed: 4 });
  const uid = await make(configMap('map'));
  await standIn.stopListening();
  logger.warn('broken', { regarding: { kind: 'ConfigMap', name: 'map' } });
  assert.equal(await transport.flush(), false);
  await standIn.resumeListening();
  assert.equal(await transport.flush(), true);
  const [event, ...others] = await standIn.events(namespace);
  assert.deepEqual(others, []);
  assert.equal(event?.involvedObject['uid'], uid);
  assert.ok(gate.lookups.length >= 2, 'it was tried before');
});

async function allowInCluster(standIn: StandIn, pod: TestPod, rules: PolicyRule[]): Promise<void> {
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: pod.name };
  await standIn.apply({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules });
  await standIn.apply({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: pod.name },
    subjects: [{ kind: 'ServiceAccount', namespace: pod.namespace, name: pod.serviceAccount }],
  });
}

test('an Event about a cluster-scoped custom object is in the namespace default, also when its uid is known', async (t) => {
  const { standIn, gate, transport, logger, pod, codes } = await open(t);
  await standIn.apply(definitionOf('example.org/v1', 'Zone', 'Cluster'));
  await allowInCluster(standIn, pod, [EVENTS, mayGet('example.org', 'zones')]);
  const type = { apiVersion: 'example.org/v1', kind: 'Zone' };
  const { uid } = (await standIn.apply({ ...type, metadata: { name: 'north' } })).metadata;
  const north = { ...type, name: 'north', uid };
  const asked: string[][] = [];
  for (const regarding of [
    { ...type, name: 'north' },
    north,
    { ...type, metadata: { name: 'north', uid } },
  ]) {
    const before = gate.lookups.length;
    logger.warn('no capacity', { regarding });
    assert.equal(await transport.flush(), true);
    asked.push(gate.lookups.slice(before));
  }
  const [event, ...others] = await standIn.events('default');
  assert.deepEqual([event?.involvedObject, event?.count, others], [north, 3, []]);
  // The whole object shows that it has no namespace.
  assert.deepEqual(asked, [['/apis/example.org/v1', '/apis/example.org/v1/zones/north'], [], []]);
  assert.deepEqual(codes(), []);
});

test('the uid of a mirror pod is the one that kubectl looks for', async (t) => {
  const { standIn, namespace, transport, logger, make } = await open(t, {
    rules: [EVENTS, mayGet('', 'pods')],
  });
  const annotations = { 'kubernetes.io/config.mirror': 'f8c5f2b1e6a7' };
  const spec = { containers: [{ name: 'etcd', image: 'etcd' }] };
  await make({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'etcd-node-a', annotations }, spec });
  logger.warn('slow disk', { regarding: 'pod/etcd-node-a' });
  assert.equal(await transport.flush(), true);
  assert.deepEqual(
    (await standIn.events(namespace)).map(({ involvedObject }) => involvedObject['uid']),
    ['f8c5f2b1e6a7'],
  );
});

const WORKLOAD_RULES = [EVENTS, mayGet('', 'pods'), mayGet('apps', 'replicasets')];

test('the workload is found once for many records, through an outage at first, and no Event is about the pod', async (t) => {
  const opened = await open(t, { rules: WORKLOAD_RULES }, { regarding: 'workload', speed: 4 });
  const { standIn, gate, namespace, pod, transport, logger, make } = opened;
  const owner = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
  const { apiVersion, kind } = owner;
  const uid = await make({ apiVersion, kind, metadata: { name: 'web' }, spec: replicated() });
  const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1' };
  const ownedBy = (reference: object, uid: string) => [{ ...reference, uid, controller: true }];
  const ownerReferences = ownedBy(owner, uid) as never;
  const metadata = { name: 'web-1', ownerReferences };
  const ofReplicaSet = await make({ apiVersion, kind: 'ReplicaSet', metadata, spec: replicated() });
  const path = `/api/v1/namespaces/${namespace}/pods/${pod.name}`;
  await standIn.request('PATCH', path, { metadata: { ownerReferences: ownedBy(replicaSet, ofReplicaSet) } });

  await standIn.stopListening();
  for (let i = 0; i < 100; i++) logger.error('out of disk', { reason: `Reason${i % 10}` });
  assert.equal(await transport.flush(), false);
  assert.equal(gate.passed.filter(({ method }) => method === 'POST').length, 0);
  await standIn.resumeListening();
  gate.passed.length = 0;
  assert.equal(await transport.flush(), true);
  logger.error('out of memory');
  assert.equal(await transport.flush(), true);
  const events = await standIn.events(namespace);
  for (const { involvedObject } of events) assert.deepEqual(involvedObject, { ...owner, namespace, uid });
  assert.equal(
    events.reduce((sum, { count = 0 }) => sum + count, 0),
    101,
  );
  assert.deepEqual(gate.lookups, [path, `/apis/apps/v1/namespaces/${namespace}/replicasets/web-1`]);
});

test('a controller whose API is not served is the workload all the same', async (t) => {
  const owner = { apiVersion: 'gone.example.org/v1', kind: 'Fleet', name: 'all', uid: 'u', controller: true };
  const forPod = { rules: WORKLOAD_RULES, ownerReferences: [owner] };
  const { standIn, namespace, transport, logger, codes } = await open(t, forPod, { regarding: 'workload' });
  logger.error('out of disk');
  assert.equal(await transport.flush(), true);
  const { controller: _, ...reference } = owner;
  assert.deepEqual(
    (await standIn.events(namespace)).map(({ involvedObject }) => involvedObject),
    [{ ...reference, namespace }],
  );
  assert.deepEqual(codes(), []);
});

test('a node that owns a mirror pod is not its workload', async (t) => {
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid: 'u', controller: true };
  const forPod = { rules: WORKLOAD_RULES, ownerReferences: [owner] };
  const { standIn, gate, namespace, pod, transport, logger, codes } = await open(t, forPod, {
    regarding: 'workload',
  });
  logger.error('out of disk');
  assert.equal(await transport.flush(), true);
  assert.equal((await standIn.events(namespace))[0]?.involvedObject['uid'], pod.uid);
  assert.deepEqual(gate.lookups, [`/api/v1/namespaces/${namespace}/pods/${pod.name}`]);
  assert.deepEqual(codes(), []);
});

test('the workload may be a custom object of the cluster', async (t) => {
  const owner = { apiVersion: 'example.org/v1', kind: 'Fleet', name: 'all', uid: 'u' };
  const forPod = { rules: WORKLOAD_RULES, ownerReferences: [{ ...owner, controller: true }] };
  const { standIn, namespace, pod, transport, logger, codes } = await open(t, forPod, {
    regarding: 'workload',
  });
  await standIn.apply(definitionOf('example.org/v1', 'Fleet', 'Cluster'));
  await allowInCluster(standIn, pod, [EVENTS]);
  logger.error('out of disk');
  assert.equal(await transport.flush(), true);
  assert.deepEqual(
    (await standIn.events('default')).map(({ involvedObject }) => involvedObject),
    [owner],
  );
  assert.deepEqual(await standIn.events(namespace), []);
  assert.deepEqual(codes(), []);
});

test('a circle of owners has an end', async (t) => {
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'ring', uid: 'u', controller: true };
  const forPod = { rules: WORKLOAD_RULES, ownerReferences: [owner] };
  const { standIn, namespace, pod, transport, logger, make, gate } = await open(t, forPod, {
    regarding: 'workload',
  });
  await make({
    apiVersion: 'apps/v1',
    kind: 'ReplicaSet',
    metadata: { name: 'ring', ownerReferences: [owner] },
    spec: replicated(),
  });
  logger.error('out of disk');
  assert.equal(await transport.flush(), true);
  assert.equal((await standIn.events(namespace))[0]?.involvedObject['uid'], pod.uid);
  assert.ok(gate.lookups.length < 10);
});

test('without permission the Event is about the pod, and one diagnostic names the permission', async (t) => {
  const { standIn, namespace, pod, transport, logger, warnings, codes } = await open(
    t,
    {},
    { regarding: 'workload' },
  );
  for (let i = 0; i < 20; i++) logger.error('out of disk', { reason: `Reason${i}` });
  assert.equal(await transport.flush(), true);
  for (const { involvedObject } of await standIn.events(namespace))
    assert.equal(involvedObject['uid'], pod.uid);
  assert.deepEqual(codes(), ['KEVT_LOOKUP_FORBIDDEN']);
  assert.match(
    warnings[0]?.message ?? '',
    /get Pod web-x .*\{apiGroups: \[""\], resources: \["pods"\], verbs: \["get"\]\}/,
  );
});

test('the diagnostic has the command that allows all that is looked up', async (t) => {
  const controller = {
    apiVersion: 'v1',
    kind: 'ReplicationController',
    name: 'old',
    uid: 'u',
    controller: true,
  };
  const cases: [Partial<PodRequest>, string][] = [
    [{}, '--workload'],
    [
      { rules: [EVENTS, mayGet('', 'pods')], ownerReferences: [controller] },
      '--workload --lookup replicationcontrollers',
    ],
  ];
  for (const [forPod, flags] of cases) {
    const { namespace, pod, transport, logger, warnings } = await open(t, forPod, { regarding: 'workload' });
    logger.error('out of disk');
    assert.equal(await transport.flush(), true);
    const call = `npx winston-kubernetes-events rbac --namespace ${namespace} --service-account ${pod.serviceAccount}`;
    assert.equal(
      warnings[0]?.fix,
      `Allow all that is looked up: ${call} ${flags} | kubectl apply -f -. ` +
        `If there is a Role ${pod.serviceAccount}-events, this replaces its rules, so give --workload and --lookup as before. ` +
        'Or set regarding to another value. Until then Events are about the pod',
    );
  }
});

test('a refused token while looking for the workload is told as such, and counts wait', async (t) => {
  const { standIn, gate, namespace, transport, logger, codes } = await open(
    t,
    { rules: WORKLOAD_RULES },
    { regarding: 'workload', speed: 4 },
  );
  gate.hook = () => 401;
  logger.error('out of disk');
  assert.equal(await transport.flush(), false);
  assert.equal(codes()[0], 'KEVT_UNAUTHORIZED');
  gate.hook = undefined;
  assert.equal(await transport.flush(), true);
  assert.equal((await standIn.events(namespace))[0]?.count, 1);
});
