import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runApplication } from '../support/application.ts';
import type {
  KubernetesObject,
  OwnerReference,
  PolicyRule,
  TestCluster,
  TestPod,
} from '../support/cluster.ts';
import { definitionOf } from '../support/definition.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

const GROUP = 'wke-test.example.org';
const events: PolicyRule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch'],
};
const mayGet = (group: string, ...resources: string[]): PolicyRule => ({
  apiGroups: [group],
  resources,
  verbs: ['get'],
});
/** The permissions that the documentation requires. */
const WORKLOAD_RULES = [events, mayGet('', 'pods'), mayGet('apps', 'replicasets'), mayGet('batch', 'jobs')];

const labels = { app: 'web' };
const template = {
  metadata: { labels },
  spec: {
    restartPolicy: 'Never',
    containers: [{ name: 'app', image: 'pause' }],
  },
};
const always = { metadata: { labels }, spec: { ...template.spec, restartPolicy: 'Always' } };
const selector = { matchLabels: labels };
/** No replicas, because the tests create their pods themselves. */
const kinds: Record<string, { apiVersion: string; spec: object }> = {
  Deployment: { apiVersion: 'apps/v1', spec: { replicas: 0, selector, template: always } },
  ReplicaSet: { apiVersion: 'apps/v1', spec: { replicas: 0, selector, template: always } },
  StatefulSet: {
    apiVersion: 'apps/v1',
    spec: { replicas: 0, serviceName: 'web', selector, template: always },
  },
  DaemonSet: {
    apiVersion: 'apps/v1',
    spec: {
      selector,
      template: { ...always, spec: { ...always.spec, nodeSelector: { 'example.org/no': 'node' } } },
    },
  },
  Job: { apiVersion: 'batch/v1', spec: { suspend: true, template } },
  CronJob: {
    apiVersion: 'batch/v1',
    spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { suspend: true, template } } },
  },
};

type Reference = Omit<OwnerReference, 'controller'> & { namespace: string };

/** Creates an object that is owned by the one before. */
async function make(
  namespace: string,
  name: string,
  { apiVersion, kind, spec }: { apiVersion: string; kind: string; spec: object },
  owner?: Reference,
): Promise<Reference> {
  const object: KubernetesObject = {
    apiVersion,
    kind,
    metadata: { name, namespace, ...(owner && { ownerReferences: [owned(owner)] }) },
    spec,
  };
  const { uid } = (await cluster.apply(object)).metadata;
  return { apiVersion, kind, name, namespace, uid };
}

const builtIn = (kind: string) => ({ kind, ...kinds[kind]! });
const owned = ({ namespace: _, ...owner }: Reference): OwnerReference => ({ ...owner, controller: true });

async function report(pod: TestPod, records: object[], options: object = {}) {
  const { exited } = runApplication({
    script: new URL('../fixtures/report.mjs', import.meta.url),
    pod,
    args: [JSON.stringify(records), JSON.stringify(options)],
  });
  const { code, stderr } = await exited;
  assert.equal(code, 0, stderr);
  const all = await cluster.events(pod.namespace);
  // The controllers of a whole cluster report too.
  const ours = all.filter((event) => event.metadata.annotations?.['test'] === 'lookups');
  return { events: ours, stderr };
}

const record = (fields: object = {}) => ({
  level: 'error',
  message: 'out of disk',
  test: 'lookups',
  ...fields,
});
const forWorkload = { regarding: 'workload', annotations: ['test'] };

describe('the workload of a pod is', { concurrency: 3 }, () => {
  const chains: Record<string, string[]> = {
    'the Deployment that owns its ReplicaSet': ['Deployment', 'ReplicaSet'],
    'its StatefulSet': ['StatefulSet'],
    'its DaemonSet': ['DaemonSet'],
    'its Job': ['Job'],
    'the CronJob that owns its Job': ['CronJob', 'Job'],
  };
  for (const [name, chain] of Object.entries(chains)) {
    test(name, async () => {
      const namespace = await cluster.createNamespace();
      const made: Reference[] = [];
      for (const [index, kind] of chain.entries())
        made.push(await make(namespace, `web-${index}`, builtIn(kind), made.at(-1)));
      const ownerReferences = [owned(made.at(-1)!)];
      const pod = await cluster.createPod({
        namespace,
        name: 'web-x',
        ownerReferences,
        rules: WORKLOAD_RULES,
      });
      const { events, stderr } = await report(pod, [record({ times: 3 })], forWorkload);
      assert.equal(stderr, '');
      assert.deepEqual(
        events.map(({ involvedObject, count }) => ({ involvedObject, count })),
        [{ involvedObject: made[0], count: 3 }],
      );
    });
  }

  test('the custom resource that owns its ReplicaSet', async () => {
    const rollout = await defineKind('Rollout');
    const namespace = await cluster.createNamespace();
    const top = await make(namespace, 'web', rollout);
    const replicaSet = await make(namespace, 'web-1', builtIn('ReplicaSet'), top);
    const pod = await cluster.createPod({
      namespace,
      name: 'web-x',
      ownerReferences: [owned(replicaSet)],
      rules: WORKLOAD_RULES,
    });
    const { events, stderr } = await report(pod, [record()], forWorkload);
    // No permission to read the object itself is needed.
    assert.equal(stderr, '');
    assert.deepEqual(
      events.map(({ involvedObject }) => involvedObject),
      [top],
    );
  });

  test('the custom resource at the top, when those below it may be read', async () => {
    const [rollout, fleet] = [await defineKind('Rollout'), await defineKind('Fleet')];
    const namespace = await cluster.createNamespace();
    const top = await make(namespace, 'all', fleet);
    const middle = await make(namespace, 'web', rollout, top);
    const pod = await cluster.createPod({
      namespace,
      name: 'web-x',
      ownerReferences: [owned(middle)],
      rules: [...WORKLOAD_RULES, mayGet(GROUP, 'rollouts')],
    });
    const { events } = await report(pod, [record()], forWorkload);
    assert.deepEqual(
      events.map(({ involvedObject }) => involvedObject),
      [top],
    );
  });

  test('the pod itself when nothing owns it', async () => {
    const namespace = await cluster.createNamespace();
    const pod = await cluster.createPod({ namespace, name: 'web-x', rules: WORKLOAD_RULES });
    const { events, stderr } = await report(pod, [record()], forWorkload);
    assert.equal(stderr, '');
    assert.deepEqual(
      events.map(({ involvedObject }) => involvedObject['uid']),
      [pod.uid],
    );
  });

  test('the pod itself without permission, and one warning says which is missing', async () => {
    const namespace = await cluster.createNamespace();
    const replicaSet = await make(namespace, 'web-1', builtIn('ReplicaSet'));
    const pod = await cluster.createPod({
      namespace,
      name: 'web-x',
      ownerReferences: [owned(replicaSet)],
      rules: [events, mayGet('', 'pods')],
    });
    const records = [record({ times: 5 }), record({ reason: 'Other' })];
    const { events: written, stderr } = await report(pod, records, forWorkload);
    assert.deepEqual([...new Set(written.map(({ involvedObject }) => involvedObject['uid']))], [pod.uid]);
    assert.equal(stderr.match(/KEVT_LOOKUP_FORBIDDEN/g)?.length, 1, stderr);
    assert.ok(stderr.includes('{apiGroups: ["apps"], resources: ["replicasets"], verbs: ["get"]}'), stderr);
  });
});

describe('a missing uid is', { concurrency: 3 }, () => {
  test('looked up for built-in and custom kinds where the pod may read them', async () => {
    const rollout = await defineKind('Rollout');
    const namespace = await cluster.createNamespace();
    const made = [
      await make(namespace, 'web', builtIn('StatefulSet')),
      await make(namespace, 'web', rollout),
    ];
    const pod = await cluster.createPod({
      namespace,
      name: 'web-x',
      rules: [events, mayGet('apps', 'statefulsets'), mayGet(GROUP, 'rollouts')],
    });
    const records = made.map(({ uid: _, ...regarding }) => record({ regarding }));
    const { events: written } = await report(pod, records, { annotations: ['test'] });
    const about = written.map(({ involvedObject }) => involvedObject);
    assert.deepEqual(
      new Set(about.map((each) => JSON.stringify(sorted(each)))),
      new Set(made.map((each) => JSON.stringify(sorted(each)))),
    );
  });

  test('a missing uid that may not be looked up is left out without a diagnostic', async () => {
    const namespace = await cluster.createNamespace();
    const { uid: _, ...regarding } = await make(namespace, 'web', builtIn('StatefulSet'));
    const pod = await cluster.createPod({ namespace, name: 'web-x' });
    const { events: written, stderr } = await report(pod, [record({ regarding })], { annotations: ['test'] });
    assert.equal(stderr, '');
    assert.deepEqual(
      written.map(({ involvedObject }) => involvedObject),
      [regarding],
    );
  });
});

const sorted = (fields: object) => Object.entries(fields).sort();

async function defineKind(kind: string) {
  const apiVersion = `${GROUP}/v1`;
  await cluster.apply(definitionOf(apiVersion, kind, 'Namespaced'));
  return { apiVersion, kind, spec: {} };
}
