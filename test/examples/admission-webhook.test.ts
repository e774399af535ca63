import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, type TestContext, test } from 'node:test';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import type { KubernetesObject, OwnerReference, TestPod } from '../support/cluster.ts';
import { controller, EVENTS_RULE, maker, mayRead, podSpec, replicated } from './objects.ts';
import { patched, startWebhook } from './webhook.ts';

const RULES = [
  { matchLabels: { tier: 'web' }, name: 'REGION', value: 'eu-west-1' },
  { name: 'STAGE', value: 'production' },
];

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.close());

const READS = mayRead('apps', ['replicasets']);

async function open(rules = [EVENTS_RULE, READS]) {
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'env-injector-1', rules });
  return { namespace, pod, make: maker(standIn, namespace) };
}

interface Container {
  name: string;
  env?: { name: string; value: string }[];
}

const podOf = (
  namespace: string,
  owner?: OwnerReference,
  containers: Container[] = [{ name: 'app' }],
  initContainers?: Container[],
): KubernetesObject & { spec: { containers: Container[]; initContainers?: Container[] } } => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: 'web-7d9c5b8f6d-x2x7k',
    namespace,
    labels: { tier: 'web' },
    ...(owner && { ownerReferences: [owner] }),
  },
  spec: { containers, ...(initContainers && { initContainers }) },
});

async function eventsOf({ namespace }: TestPod) {
  return (await standIn.events(namespace)).map(
    ({ type, reason, involvedObject: { kind, name, uid }, message, count }) => ({
      ...{ type, reason, object: `${kind}/${name}`, uid, message, count },
    }),
  );
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/policy`;
}

test('the variables of the policy are added to the containers that do not have them', async (t) => {
  const { namespace, pod } = await open();
  const webhook = await startWebhook(t, pod);
  await webhook.setPolicy({ rules: RULES });
  const own = { name: 'STAGE', value: 'test' };
  const object = podOf(
    namespace,
    undefined,
    [{ name: 'app' }, { name: 'side', env: [own] }],
    [{ name: 'init' }],
  );
  const response = await webhook.review(object);
  assert.deepEqual(
    [response.uid, response.allowed, response.patchType, response.warnings],
    ['705ab4f5-6393-11e8-b7cc-42010a800002', true, 'JSONPatch', []],
  );
  const [region, stage] = RULES.map(({ name, value }) => ({ name, value }));
  const { spec } = patched(object, response);
  assert.deepEqual(spec, {
    containers: [
      { name: 'app', env: [region, stage] },
      { name: 'side', env: [own, region] },
    ],
    initContainers: [{ name: 'init', env: [region, stage] }],
  });

  const other = { ...object, metadata: { ...object.metadata, labels: {} } };
  const forOther = patched(other, await webhook.review(other));
  assert.deepEqual(forOther.spec.containers, [
    { name: 'app', env: [stage] },
    { name: 'side', env: [own] },
  ]);
  assert.equal((await webhook.stop()).code, 0);
  assert.deepEqual(await eventsOf(pod), []);
});

test('the policy may be at a URL, and when it fails the pod is let in and its Deployment says why', async (t) => {
  const { namespace, pod, make } = await open();
  const deployment = await make('apps/v1', 'Deployment', 'web', replicated());
  const owner = await make('apps/v1', 'ReplicaSet', 'web-7d9c5b8f6d', replicated(), deployment);
  const answers = [200, 503, 503, 503, 200];
  const policy = await serve(t, (_request, response) => {
    response.writeHead(answers.shift()!).end(JSON.stringify({ rules: RULES }));
  });
  const webhook = await startWebhook(t, pod, { POLICY: policy });
  const object = podOf(namespace, owner);
  assert.ok((await webhook.review(object)).patch);
  const message = `pods start without the variables of the policy: ${policy}: HTTP 503`;
  const { uid } = await webhook.review(object);
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(await webhook.review(object), { uid, allowed: true, warnings: [message] });
  }
  assert.ok((await webhook.review(object)).patch);
  assert.equal((await webhook.stop()).code, 0);
  assert.deepEqual(await eventsOf(pod), [
    {
      type: 'Warning',
      reason: 'PolicyUnavailable',
      object: 'Deployment/web',
      uid: deployment.uid,
      message,
      count: 3,
    },
  ]);
});

test('a policy source that does not answer costs the pod its time limit and no more', async (t) => {
  const { namespace, pod, make } = await open();
  const owner = await make('apps/v1', 'StatefulSet', 'db', { ...replicated(), serviceName: 'db' });
  const policy = await serve(t, () => {});
  const webhook = await startWebhook(t, pod, { POLICY: policy, POLICY_TIMEOUT_MS: '100' });
  const { allowed, patch, warnings } = await webhook.review(podOf(namespace, owner));
  assert.deepEqual([allowed, patch], [true, undefined]);
  assert.match(warnings[0], /no answer within 100 ms$/);
  await webhook.stop();
  const [event] = await eventsOf(pod);
  assert.deepEqual([event?.object, event?.uid, event?.count], ['StatefulSet/db', owner.uid, 1]);
});

test('an invalid policy is treated like one that cannot be read', async (t) => {
  const { namespace, pod, make } = await open();
  const owner = await make('apps/v1', 'DaemonSet', 'agent', controller());
  const webhook = await startWebhook(t, pod);
  for (const policy of [undefined, { rules: [{ name: 'REGION' }] }, null]) {
    if (policy !== undefined) await webhook.setPolicy(policy);
    const { allowed, patch } = await webhook.review(podOf(namespace, owner));
    assert.deepEqual([allowed, patch], [true, undefined]);
  }
  await webhook.stop();
  const counts = (await eventsOf(pod)).map(({ object, count }) => `${object} x${count}`);
  assert.deepEqual(counts.sort(), ['DaemonSet/agent x1', 'DaemonSet/agent x2']);
});

test('a dry run makes no Event', async (t) => {
  const { namespace, pod, make } = await open();
  const owner = await make('apps/v1', 'DaemonSet', 'agent', controller());
  const webhook = await startWebhook(t, pod);
  const { allowed, warnings } = await webhook.review(podOf(namespace, owner), { dryRun: true });
  assert.deepEqual([allowed, warnings.length], [true, 1]);
  await webhook.stop();
  assert.deepEqual(await eventsOf(pod), []);
});

test('what is not a review of a pod is refused, makes no Event, and the next review is answered', async (t) => {
  const { namespace, pod } = await open();
  const webhook = await startWebhook(t, pod);
  await webhook.setPolicy({ rules: RULES });
  const review = (request: unknown, apiVersion = 'admission.k8s.io/v1') =>
    JSON.stringify({ apiVersion, kind: 'AdmissionReview', request });
  const object = podOf(namespace);
  const kind = { group: '', version: 'v1', kind: 'Pod' };
  for (const [text, expected] of [
    ['', /JSON/],
    ['null', /expected an AdmissionReview/],
    [review({ uid: '1', kind, object }, 'admission.k8s.io/v1beta1'), /v1beta1/],
    [review(undefined), /request.uid/],
    [review({ uid: '1', kind: { ...kind, kind: 'Service' }, object }), /expected a Pod/],
    [review({ uid: '1', kind, object: null }), /expected a Pod/],
    ['x'.repeat(8 * 1024 * 1024), /at most/],
  ] as const) {
    const answer = await webhook.post(text);
    assert.equal(answer.status, 400, text.slice(0, 200));
    assert.match(answer.text, expected);
  }
  assert.ok((await webhook.review(object)).patch);
  const { code, stdout } = await webhook.stop();
  assert.equal(code, 0);
  assert.equal(stdout.match(/not a review/g)?.length, 7);
  assert.deepEqual(await eventsOf(pod), []);
});

test('without the right to read ReplicaSets the Event is about the ReplicaSet', async (t) => {
  const { namespace, pod, make } = await open([EVENTS_RULE]);
  const owner = await make('apps/v1', 'ReplicaSet', 'web-7d9c5b8f6d', replicated());
  const webhook = await startWebhook(t, pod);
  await webhook.review(podOf(namespace, owner));
  await webhook.stop();
  const [event] = await eventsOf(pod);
  assert.deepEqual([event?.object, event?.uid], ['ReplicaSet/web-7d9c5b8f6d', owner.uid]);
});

test('a pod that nobody owns is itself what the Event is about, with the uid that it gets afterwards', async (t) => {
  const { namespace, pod } = await open([EVENTS_RULE, mayRead('', ['pods'])]);
  const webhook = await startWebhook(t, pod);
  const object = podOf(namespace);
  await webhook.review(object);
  const { uid } = (await standIn.apply({ ...object, spec: podSpec() })).metadata;
  // Another webhook may refuse it.
  const refused = { ...object, metadata: { ...object.metadata, name: 'web-7d9c5b8f6d-b8c2d' } };
  await webhook.review(refused);
  assert.equal((await webhook.stop()).code, 0);
  const events = (await eventsOf(pod)).map((event) => [event.object, event.uid]);
  assert.deepEqual(events.sort(), [
    ['Pod/web-7d9c5b8f6d-b8c2d', undefined],
    ['Pod/web-7d9c5b8f6d-x2x7k', uid],
  ]);
});
