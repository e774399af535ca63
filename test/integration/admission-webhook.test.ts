import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, type TestContext, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { EVENTS_RULE, maker, mayRead, podSpec, replicated } from '../examples/objects.ts';
import { patched, startWebhook, type Webhook } from '../examples/webhook.ts';
import type { KubernetesObject, TestCluster } from '../support/cluster.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

type Pod = KubernetesObject & { spec: ReturnType<typeof podSpec> };
/** Creates a pod through the webhook, or only sends a dry run. */
type Admit = (pod: Pod, options?: { dryRun: boolean }) => Promise<Pod>;

/** The stand-in does not call webhooks, so the test calls it as the API server would. */
function askWebhook(webhook: Webhook): Admit {
  return async (pod, { dryRun } = { dryRun: false }) => {
    const admitted = patched(pod, await webhook.review(pod, { dryRun }));
    return dryRun ? admitted : cluster.apply(admitted);
  };
}

/** Registers the webhook of its manifest, for one namespace. */
async function registerWebhook(webhook: Webhook, namespace: string): Promise<Admit> {
  const manifest = new URL('../../examples/admission-webhook/manifest.yaml', import.meta.url);
  const objects = parseAllDocuments(await readFile(manifest, 'utf8')).map((document) => document.toJS());
  const configuration = objects.find(({ kind }) => kind === 'MutatingWebhookConfiguration');
  const caBundle = Buffer.from(webhook.ca).toString('base64');
  const webhooks = configuration.webhooks.map((each: object) => ({
    ...each,
    clientConfig: { url: webhook.url, caBundle },
    namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': namespace } },
  }));
  await cluster.apply({ ...configuration, metadata: { name: `env-injector-${namespace}` }, webhooks });
  return async (pod, { dryRun } = { dryRun: false }) => {
    const path = `/api/v1/namespaces/${namespace}/pods${dryRun ? '?dryRun=All' : ''}`;
    const { status, body } = await cluster.request('POST', path, pod);
    assert.equal(status, 201, JSON.stringify(body));
    return body;
  };
}

/** A control plane that runs on this machine reaches the webhook; a cluster elsewhere does not. */
function whyUnreachable(): string | undefined {
  const { TEST_CLUSTER, KUBEBUILDER_ASSETS } = process.env;
  if (TEST_CLUSTER !== 'real' || KUBEBUILDER_ASSETS) return undefined;
  return `${cluster.url} cannot be expected to reach a webhook on this machine: set KUBEBUILDER_ASSETS`;
}

async function open(t: TestContext) {
  const namespace = await cluster.createNamespace();
  const make = maker(cluster, namespace);
  const deployment = await make('apps/v1', 'Deployment', 'web', replicated());
  const replicaSet = await make('apps/v1', 'ReplicaSet', 'web-7d9c5b8f6d', replicated(), deployment);
  const rules = [EVENTS_RULE, mayRead('apps', ['replicasets'])];
  const injector = await cluster.createPod({ namespace, name: 'env-injector-1', rules });
  const webhook = await startWebhook(t, injector);
  const admit = cluster.kind === 'stand-in' ? askWebhook(webhook) : await registerWebhook(webhook, namespace);
  const podNamed = (name: string): Pod => ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace, labels: { tier: 'web' }, ownerReferences: [replicaSet] },
    spec: { ...podSpec(), automountServiceAccountToken: false } as Pod['spec'],
  });
  return { namespace, deployment, webhook, admit, podNamed };
}

const VARIABLE = { name: 'REGION', value: 'eu-west-1' };
const POLICY = { rules: [{ matchLabels: { tier: 'web' }, ...VARIABLE }] };

test('admission-webhook: a pod has the variable, or its Deployment says why not', async (t) => {
  const unreachable = whyUnreachable();
  if (unreachable !== undefined) {
    t.skip(unreachable);
    return;
  }
  const { namespace, deployment, webhook, admit, podNamed } = await open(t);
  const envOf = ({ spec }: Pod) => spec.containers.map((container) => (container as { env?: unknown }).env);

  await webhook.setPolicy(POLICY);
  // The API server uses a new webhook only a moment after its registration.
  while (envOf(await admit(podNamed('web-7d9c5b8f6d-probe'), { dryRun: true }))[0] === undefined);
  assert.deepEqual(envOf(await admit(podNamed('web-7d9c5b8f6d-x2x7k'))), [[VARIABLE]]);

  await webhook.setPolicy(undefined);
  await admit(podNamed('web-7d9c5b8f6d-probe'), { dryRun: true });
  for (const name of ['web-7d9c5b8f6d-b8c2d', 'web-7d9c5b8f6d-k4w9z'])
    assert.deepEqual(envOf(await admit(podNamed(name))), [undefined]);
  for (const name of ['web-7d9c5b8f6d-x2x7k', 'web-7d9c5b8f6d-b8c2d', 'web-7d9c5b8f6d-k4w9z']) {
    const { status } = await cluster.request('GET', `/api/v1/namespaces/${namespace}/pods/${name}`);
    assert.equal(status, 200);
  }

  assert.equal((await webhook.stop()).code, 0);
  const events = await cluster.events(namespace);
  assert.deepEqual(
    events.map(({ type, reason, count, involvedObject, source }) => ({
      ...{ type, reason, count, from: source.component },
      object: `${involvedObject['apiVersion']} ${involvedObject['kind']} ${involvedObject['name']}`,
      uid: involvedObject['uid'],
    })),
    [
      {
        ...{ type: 'Warning', reason: 'PolicyUnavailable', count: 2, from: 'env-injector' },
        object: 'apps/v1 Deployment web',
        uid: deployment.uid,
      },
    ],
  );
  assert.match(events[0]?.message ?? '', /^pods start without the variables of the policy: .*policy\.json/);
});
