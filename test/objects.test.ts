import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import winston from 'winston';
import {
  EventRecorder,
  type KubernetesEventsError,
  KubernetesEventTransport,
  type KubernetesEventTransportOptions,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { type StandIn, startStandIn } from './stand-in/stand-in.ts';
import type { TestPod } from './support/cluster.ts';
import { definitionOf } from './support/definition.ts';

// Not imported by a literal, because its declarations need those of packages that it does not install.
const MODELS: string = '@kubernetes/client-node/dist/gen/models';
/** The classes from their files, because all of the package takes half a second. */
const [
  CoreV1Event,
  V1ConfigMap,
  V1CronJob,
  V1Deployment,
  V1HorizontalPodAutoscaler,
  V1Node,
  V1ObjectReference,
  V1OwnerReference,
  V1Pod,
  V1PodDisruptionBudget,
  V1StatefulSet,
  V2HorizontalPodAutoscaler,
] = await Promise.all(
  [
    'CoreV1Event',
    'V1ConfigMap',
    'V1CronJob',
    'V1Deployment',
    'V1HorizontalPodAutoscaler',
    'V1Node',
    'V1ObjectReference',
    'V1OwnerReference',
    'V1Pod',
    'V1PodDisruptionBudget',
    'V1StatefulSet',
    'V2HorizontalPodAutoscaler',
  ].map(async (name) => (await import(`${MODELS}/${name}.js`))[name]),
);

let standIn: StandIn;
let pod: TestPod;

before(async () => {
  standIn = await startStandIn();
  for (const name of ['shop', 'other'])
    await standIn.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  for (const [apiVersion, kind, scope] of [
    ['example.org/v2', 'Widget', 'Namespaced'],
    ['example.org/v1', 'Node', 'Namespaced'],
    ['cert-manager.io/v1', 'ClusterIssuer', 'Cluster'],
  ] as const)
    await standIn.apply(definitionOf(apiVersion, kind, scope));
  pod = await standIn.createPod({ namespace: 'shop', name: 'injector-0' });
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: 'events-everywhere' };
  const rules = [{ apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] }];
  await standIn.apply({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules });
  await standIn.apply({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace: 'shop', name: pod.serviceAccount }],
  });
});
after(() => standIn.close());

type Api = NonNullable<KubernetesEventTransportOptions['api']>;
let run = 0;

/** Logs one record about `regarding` and reads its Event from the server. */
async function report(api: Api, fields: object, options: KubernetesEventTransportOptions = {}) {
  const transport = new KubernetesEventTransport(
    { api, serviceAccountDir: pod.serviceAccountDir, ...options },
    { env: pod.env },
  );
  const diagnostics: KubernetesEventsError[] = [];
  transport.on('warn', (error) => diagnostics.push(error));
  // The default format of winston would read the object first.
  const format = winston.format((record) => record)();
  const logger = winston.createLogger({ format, transports: [transport] });
  const reason = `Report${++run}`;
  logger.warn('no policy matches', { reason, ...fields });
  await transport.flush();
  const all = await Promise.all(['default', 'shop', 'other'].map((namespace) => standIn.events(namespace)));
  const events = all.flat().filter((event) => event.reason === reason);
  const [event] = events;
  return {
    events: events.length,
    namespace: event?.metadata.namespace,
    involvedObject: event?.involvedObject,
    related: event?.related,
    codes: diagnostics.map(({ code }) => code),
    message: diagnostics[0]?.message ?? '',
    dropped: transport.stats.dropped,
  };
}

const uid = '5f0c9e3e-7d5f-4c53-8a57-5d0f3f3f5d11';
const metadata = { name: 'web', namespace: 'other', uid };
const deployment = { apiVersion: 'apps/v1', kind: 'Deployment', ...metadata };
const spec = { containers: [{ name: 'app' }] };
const owner = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  name: 'web-6c8b9',
  uid,
  controller: true,
  blockOwnerDeletion: true,
};
const replicaSet = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-6c8b9', namespace: 'other', uid };
const podType = { group: '', version: 'v1', kind: 'Pod' };
const admission = {
  uid: 'of-the-request',
  kind: podType,
  resource: { group: '', version: 'v1', resource: 'pods' },
  name: 'web-1',
  namespace: 'other',
  operation: 'CREATE',
  object: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web-1' }, spec },
};
const unnamed = {
  ...admission,
  name: '',
  object: { metadata: { generateName: 'web-6c8b9-', ownerReferences: [owner] }, spec },
};
const tenantType = { group: 'example.org', version: 'v1', kind: 'Tenant' };
const acme = { apiVersion: 'example.org/v1', kind: 'Tenant', name: 'acme', uid };
const tenant = { apiVersion: acme.apiVersion, kind: acme.kind, metadata: { name: 'acme', uid } };
/** In an admission request for a subresource, `kind` is the kind of the subresource. */
const ofPart = (resource: object, subResource: string, kind: object) => ({
  ...admission,
  kind,
  resource,
  subResource,
  object: { metadata: { name: 'web-1' } },
});
const inOther = (apiVersion: string, kind: string, name: string) => ({
  apiVersion,
  kind,
  name,
  namespace: 'other',
});

/** The values that callers pass, and the objects of their Events. */
const accepted: Record<string, [given: unknown, involvedObject: object]> = {
  'a full object': [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: {}, status: { replicas: 2 } },
    deployment,
  ],
  'a watch event': [
    { type: 'MODIFIED', object: { apiVersion: 'apps/v1', kind: 'Deployment', metadata } },
    deployment,
  ],
  'an admission request': [admission, inOther('v1', 'Pod', 'web-1')],
  'an admission request for an object of a group': [
    {
      ...admission,
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      name: 'web',
      object: { metadata },
    },
    deployment,
  ],
  'an admission request to delete': [
    { ...admission, object: null, oldObject: { metadata: { name: 'web-1', uid } } },
    { ...inOther('v1', 'Pod', 'web-1'), uid },
  ],
  'an admission request for a custom object of the cluster': [
    { ...admission, kind: tenantType, name: 'acme', namespace: '', object: { metadata: { uid } } },
    acme,
  ],
  'an admission request for a custom object of a namespace': [
    { ...admission, kind: { ...tenantType, kind: 'Widget' }, name: 'web', object: { metadata } },
    { ...inOther('example.org/v1', 'Widget', 'web'), uid },
  ],
  'an admission request that leaves the version to the object': [
    {
      ...admission,
      kind: { group: 'example.org', kind: 'Widget' },
      object: { apiVersion: 'example.org/v2' },
    },
    inOther('example.org/v2', 'Widget', 'web-1'),
  ],
  'an admission request to evict a pod: the pod': [
    ofPart(admission.resource, 'eviction', { group: 'policy', version: 'v1', kind: 'Eviction' }),
    inOther('v1', 'Pod', 'web-1'),
  ],
  'an admission request to scale a Deployment: the Deployment': [
    ofPart({ group: 'apps', version: 'v1', resource: 'deployments' }, 'scale', {
      group: 'autoscaling',
      version: 'v1',
      kind: 'Scale',
    }),
    inOther('apps/v1', 'Deployment', 'web-1'),
  ],
  'an admission review': [
    { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: admission },
    inOther('v1', 'Pod', 'web-1'),
  ],
  'an admission request for a pod that is to be named: its controller': [unnamed, replicaSet],
  'a pod that is to be named: its controller': [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { generateName: 'web-', namespace: 'other', ownerReferences: [owner] },
    },
    replicaSet,
  ],
  'a V1Pod of a list': [Object.assign(new V1Pod(), { metadata }), { ...inOther('v1', 'Pod', 'web'), uid }],
  'a mirror pod, by the uid that kubectl looks for': [
    {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { ...metadata, annotations: { 'kubernetes.io/config.mirror': 'f8c5f2b1e6a7' } },
    },
    { ...inOther('v1', 'Pod', 'web'), uid: 'f8c5f2b1e6a7' },
  ],
  'a pod whose annotation of a mirror pod is empty': [
    { kind: 'Pod', metadata: { ...metadata, annotations: { 'kubernetes.io/config.mirror': '' } } },
    { ...inOther('v1', 'Pod', 'web'), uid },
  ],
  'another object with the annotation of a mirror pod': [
    { kind: 'Deployment', metadata: { ...metadata, annotations: { 'kubernetes.io/config.mirror': 'f8' } } },
    deployment,
  ],
  'a V1Deployment': [Object.assign(new V1Deployment(), { metadata }), deployment],
  'a V1StatefulSet': [
    Object.assign(new V1StatefulSet(), { metadata }),
    { ...inOther('apps/v1', 'StatefulSet', 'web'), uid },
  ],
  'a V1CronJob': [
    Object.assign(new V1CronJob(), { metadata }),
    { ...inOther('batch/v1', 'CronJob', 'web'), uid },
  ],
  'a V1ConfigMap': [
    Object.assign(new V1ConfigMap(), { metadata }),
    { ...inOther('v1', 'ConfigMap', 'web'), uid },
  ],
  'a V1PodDisruptionBudget': [
    Object.assign(new V1PodDisruptionBudget(), { metadata }),
    { ...inOther('policy/v1', 'PodDisruptionBudget', 'web'), uid },
  ],
  'a V1HorizontalPodAutoscaler': [
    Object.assign(new V1HorizontalPodAutoscaler(), { metadata }),
    { ...inOther('autoscaling/v1', 'HorizontalPodAutoscaler', 'web'), uid },
  ],
  'a V2HorizontalPodAutoscaler': [
    Object.assign(new V2HorizontalPodAutoscaler(), { metadata }),
    { ...inOther('autoscaling/v2', 'HorizontalPodAutoscaler', 'web'), uid },
  ],
  'a V1Node': [
    Object.assign(new V1Node(), { metadata: { name: 'node-a', uid } }),
    { apiVersion: 'v1', kind: 'Node', name: 'node-a', uid },
  ],
  'a V1ObjectReference with a part of the object': [
    Object.assign(new V1ObjectReference(), {
      ...inOther('v1', 'Pod', 'web-1'),
      fieldPath: 'spec.containers{app}',
    }),
    { ...inOther('v1', 'Pod', 'web-1'), fieldPath: 'spec.containers{app}' },
  ],
  'a V1OwnerReference: in the namespace of this pod': [
    Object.assign(new V1OwnerReference(), owner),
    { ...replicaSet, namespace: 'shop' },
  ],
  'an item of a list in JSON that can only be a pod': [
    { metadata, spec },
    { ...inOther('v1', 'Pod', 'web'), uid },
  ],
  'an item of a list in JSON that can only be a node': [
    { metadata: { name: 'node-a' }, status: { nodeInfo: {} } },
    { apiVersion: 'v1', kind: 'Node', name: 'node-a' },
  ],
  'a reference': [inOther('apps/v1', 'Deployment', 'web'), inOther('apps/v1', 'Deployment', 'web')],
  'a reference without a version': [
    { kind: 'CronJob', name: 'web', namespace: 'other' },
    inOther('batch/v1', 'CronJob', 'web'),
  ],
  'fields that are absent as YAML writes it': [
    { apiVersion: '', kind: 'Pod', name: 'web', namespace: '', uid: null, fieldPath: null },
    { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace: 'shop' },
  ],
  'deployment/web': ['deployment/web', { ...inOther('apps/v1', 'Deployment', 'web'), namespace: 'shop' }],
  'deploy/web': ['deploy/web', { ...inOther('apps/v1', 'Deployment', 'web'), namespace: 'shop' }],
  'deployments.apps/web': [
    'deployments.apps/web',
    { ...inOther('apps/v1', 'Deployment', 'web'), namespace: 'shop' },
  ],
  'deployments.v1.apps/web': [
    'deployments.v1.apps/web',
    { ...inOther('apps/v1', 'Deployment', 'web'), namespace: 'shop' },
  ],
  'pods/x': ['pods/x', { ...inOther('v1', 'Pod', 'x'), namespace: 'shop' }],
  'netpol by its plural': [
    'networkpolicies/x',
    { ...inOther('networking.k8s.io/v1', 'NetworkPolicy', 'x'), namespace: 'shop' },
  ],
  'node/node-a: the Event is in default': ['node/node-a', { apiVersion: 'v1', kind: 'Node', name: 'node-a' }],
  'a cluster-scoped object with a namespace that it cannot have': [
    { kind: 'Node', name: 'node-a', namespace: 'other' },
    { apiVersion: 'v1', kind: 'Node', name: 'node-a' },
  ],
  'a custom resource': [
    { apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', metadata },
    { ...inOther('argoproj.io/v1alpha1', 'Rollout', 'web'), uid },
  ],
  'a custom resource whose kind is named like a built-in one': [
    { apiVersion: 'example.org/v1', kind: 'Node', metadata: { name: 'a', namespace: 'other' } },
    inOther('example.org/v1', 'Node', 'a'),
  ],
  'a custom resource that is cluster-scoped by its name': [
    { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', metadata: { name: 'letsencrypt' } },
    { apiVersion: 'cert-manager.io/v1', kind: 'ClusterIssuer', name: 'letsencrypt' },
  ],
  'a custom object of the cluster as the API server has it': [tenant, acme],
  'a watch event of a custom object of the cluster': [{ type: 'ADDED', object: tenant }, acme],
  'a watch event of a custom object of a namespace': [
    { type: 'DELETED', object: { apiVersion: 'example.org/v1', kind: 'Widget', metadata } },
    { ...inOther('example.org/v1', 'Widget', 'web'), uid },
  ],
  'a role with colons in its name': [
    { kind: 'ClusterRole', name: 'system:node' },
    { apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:node' },
  ],
  'the longest name': [
    { kind: 'Pod', name: 'a'.repeat(253) },
    { ...inOther('v1', 'Pod', 'a'.repeat(253)), namespace: 'shop' },
  ],
  'a frozen object whose prototype is null': [
    Object.freeze(Object.assign(Object.create(null), inOther('v1', 'Pod', 'web'))),
    inOther('v1', 'Pod', 'web'),
  ],
  'a uid and a path of the wrong type, which are left out': [
    { ...inOther('v1', 'Pod', 'web'), uid: 7, fieldPath: ['spec'] },
    inOther('v1', 'Pod', 'web'),
  ],
};

const cyclic: Record<string, unknown> = { type: 'ADDED' };
cyclic['object'] = cyclic;

/** Values that are not objects, and the diagnostics for them. */
const refused: Record<string, [given: unknown, says: RegExp]> = {
  'a number': [
    7,
    /expected a Kubernetes object, an object reference or a text such as 'deployment\/web', got 7 \(number\)/,
  ],
  'an array': [[deployment], /got an array/],
  'an empty object': [{}, /kind is missing/],
  'a kind that is no string': [{ kind: 7, name: 'web' }, /kind: expected .*, got 7/],
  'no name': [{ apiVersion: 'v1', kind: 'Pod', metadata: {} }, /name is missing/],
  'metadata that is null': [{ kind: 'Pod', metadata: null }, /name is missing/],
  'a name that is to be generated for an object without a controller': [
    { kind: 'Pod', metadata: { generateName: 'web-' } },
    /name is missing/,
  ],
  'a name that leads elsewhere': [{ kind: 'Pod', name: '../../secrets/x' }, /name: expected/],
  'a name of two dots': [{ kind: 'Pod', name: '..' }, /name: expected/],
  'an encoded slash': [{ kind: 'Pod', name: '..%2Fsecrets' }, /name: expected/],
  'a name with a line end': [{ kind: 'Pod', name: 'a\nb' }, /name: expected/],
  'a name that turns the direction of text': [{ kind: 'Pod', name: 'a\u202eb' }, /name: expected/],
  'a name that is too long': [{ kind: 'Pod', name: 'a'.repeat(254) }, /at most 253 characters/],
  'a namespace that leads elsewhere': [
    { kind: 'Pod', name: 'x', namespace: '../kube-system' },
    /namespace: expected a DNS label/,
  ],
  'a version that leads elsewhere': [
    { apiVersion: '../../v1', kind: 'Pod', name: 'x' },
    /apiVersion: expected a version such as apps\/v1/,
  ],
  'a kind that leads elsewhere': [{ kind: '../Pod', name: 'x' }, /kind: expected/],
  'a type that is not built in': ['rollouts/web', /expected TYPE\/NAME with a built-in type/],
  'a type of another group': ['deployments.example.org/web', /expected TYPE\/NAME/],
  'a word': ['web', /expected TYPE\/NAME/],
  'a client-node class whose kind is not sure': [
    Object.assign(new CoreV1Event(), { metadata }),
    /kind is missing/,
  ],
  'an item of a list in JSON of any kind': [{ metadata }, /kind is missing/],
  'a custom resource without a kind that looks like a pod': [
    { apiVersion: 'example.org/v1', metadata, spec },
    /kind is missing/,
  ],
  'a bookmark of a watch that failed': [
    { type: 'ERROR', object: { kind: 'Status', apiVersion: 'v1', metadata: {} } },
    /name is missing/,
  ],
  'a watch event of itself': [cyclic, /reading it threw RangeError/],
  'an object that throws': [
    {
      get kind() {
        throw new Error('not now');
      },
    },
    /reading it threw Error: not now/,
  ],
};

for (const api of ['v1', 'events.k8s.io/v1'] as const) {
  describe(`with ${api} an Event is about`, () => {
    for (const [name, [given, involvedObject]] of Object.entries(accepted)) {
      test(name, async () => {
        const result = await report(api, { regarding: given });
        assert.deepEqual(result.codes, []);
        assert.equal(result.events, 1);
        assert.deepEqual(result.involvedObject, involvedObject);
        assert.equal(result.namespace, (involvedObject as { namespace?: string }).namespace ?? 'default');
      });
    }
  });

  describe(`with ${api} an Event is about the pod, with one diagnostic, for`, () => {
    for (const [name, [given, says]] of Object.entries(refused)) {
      test(name, async () => {
        const result = await report(api, { regarding: given });
        assert.equal(result.events, 1);
        const { name: podName, namespace } = pod;
        assert.deepEqual(result.involvedObject, {
          apiVersion: 'v1',
          kind: 'Pod',
          name: podName,
          namespace,
          uid: pod.uid,
        });
        assert.deepEqual(result.codes, ['KEVT_BAD_OBJECT']);
        assert.match(result.message, says);
      });
    }
  });

  test(`with ${api} a related object has the same forms, and a wrong one is left out with a diagnostic`, async () => {
    const whole = Object.assign(new V1Deployment(), { metadata });
    assert.deepEqual((await report(api, { related: whole })).related, deployment);
    const result = await report(api, { related: { kind: 'Pod', name: '..' } });
    assert.equal(result.events, 1);
    assert.equal(result.related, undefined);
    assert.deepEqual(result.codes, ['KEVT_BAD_OBJECT']);
    assert.match(result.message, /related: name: expected/);
  });

  test(`with ${api} the option namespace is for objects that have none`, async () => {
    const options = { namespace: 'other' };
    const node = await report(api, { regarding: 'node/node-a' }, options);
    assert.equal(node.namespace, 'other');
    assert.deepEqual(node.dropped, { rejected: 0, namespace: 0 });
    const web = await report(api, { regarding: 'deploy/web' }, options);
    assert.equal(web.namespace, 'other');
    const own = await report(api, { regarding: { ...deployment, namespace: 'shop' } }, options);
    assert.equal(own.namespace, 'shop');
  });
}

test('a malformed object is reported about the default object of the transport', async () => {
  const wrong = { regarding: { kind: 'Pod' } };
  const aboutDeployment = await report('v1', wrong, { regarding: deployment });
  assert.deepEqual(aboutDeployment.involvedObject, deployment);
  const aboutPod = await report('v1', wrong, { regarding: null });
  assert.equal(aboutPod.involvedObject?.['name'], pod.name);
  const fromFunction = await report('v1', {}, { regarding: () => ({ kind: 'Pod' }) });
  assert.equal(fromFunction.involvedObject?.['name'], pod.name);
  assert.deepEqual(fromFunction.codes, ['KEVT_BAD_OBJECT']);
});

test('a record and a recorder may say pod where an object is expected', async () => {
  const { involvedObject, codes } = await report('v1', { regarding: 'pod' }, { regarding: deployment });
  assert.equal(involvedObject?.['uid'], pod.uid);
  assert.deepEqual(codes, []);
});

test('a thousand records about objects that are none are one diagnostic', async (t) => {
  const transport = new KubernetesEventTransport(
    { serviceAccountDir: pod.serviceAccountDir },
    { env: pod.env },
  );
  t.after(() => transport.flush());
  const codes: string[] = [];
  transport.on('warn', ({ code }) => codes.push(code));
  const logger = winston.createLogger({ transports: [transport] });
  for (let i = 0; i < 1000; i++) logger.warn('no policy matches', { regarding: { kind: 'Pod' } });
  assert.equal(await transport.flush(), true);
  assert.deepEqual(codes, ['KEVT_BAD_OBJECT']);
});

describe('an object that is changed between two records is another one', () => {
  const object = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop', uid: 'a' };
  const changes = { apiVersion: 'v1', kind: 'Pod', name: 'api', namespace: 'other', uid: 'b' };
  for (const form of ['a reference', 'a full object'])
    for (const [field, value] of Object.entries(changes))
      test(`${form}, whose ${field} changes`, async () => {
        const sink = new MemorySink();
        const recorder = new EventRecorder({ local: sink }, { env: {} });
        const { apiVersion, kind, ...metadata } = object;
        const regarding = form === 'a reference' ? { ...object } : { apiVersion, kind, metadata };
        recorder.warning(regarding, 'Degraded', 'one replica is gone');
        Object.assign(field in regarding ? regarding : metadata, { [field]: value });
        recorder.warning(regarding, 'Degraded', 'one replica is gone');
        await recorder.flush();
        assert.deepEqual(
          sink.events.map(({ regarding }) => regarding),
          [object, { ...object, [field]: value }],
        );
      });
});
