import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { parse, parseAllDocuments } from 'yaml';
import { WORKLOAD_LOOKUPS } from '../../src/command/lookups.ts';
import { manifests } from '../../src/command/rbac.ts';
import { byKind, readManifests } from './read-manifests.ts';

// biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object
type Json = any;

const EXAMPLES = join(import.meta.dirname, '../../examples');

/** The permissions that an example needs in addition to those that the command `rbac` prints. */
const EXTRA_RULES: Record<string, { isForWorkload?: boolean; rules?: object[] }> = {
  'cron-job/manifest.yaml': { isForWorkload: true },
  'http-service/manifest.yaml': {
    rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get'] }],
  },
  'operator/manifest.yaml': {
    rules: [{ apiGroups: ['apps'], resources: ['deployments'], verbs: ['get', 'list', 'watch'] }],
  },
  'admission-webhook/manifest.yaml': {
    rules: [
      { apiGroups: [''], resources: ['pods'], verbs: ['get'] },
      { apiGroups: ['apps'], resources: ['replicasets'], verbs: ['get'] },
    ],
  },
};

const podTemplateOf = ({ kind, spec }: Json): Json =>
  kind === 'CronJob' ? spec.jobTemplate.spec.template : spec.template;

/** Every name that an object refers to is the name of another object in the same folder. */
function checkNames(objects: Json[]): void {
  const [account, ...otherAccounts] = byKind(objects, 'ServiceAccount');
  const [role, ...otherRoles] = byKind(objects, 'Role', 'ClusterRole');
  const [binding, ...otherBindings] = byKind(objects, 'RoleBinding', 'ClusterRoleBinding');
  const [workload, ...otherWorkloads] = byKind(objects, 'Deployment', 'CronJob');
  assert.deepEqual([otherAccounts, otherRoles, otherBindings, otherWorkloads], [[], [], [], []]);

  const { name, namespace } = account.metadata;
  assert.deepEqual(binding.roleRef, {
    apiGroup: 'rbac.authorization.k8s.io',
    kind: role.kind,
    name: role.metadata.name,
  });
  assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name, ...(namespace && { namespace }) }]);

  const template = podTemplateOf(workload);
  assert.equal(template.spec.serviceAccountName, name);
  if (workload.kind === 'Deployment')
    assert.deepEqual(workload.spec.selector.matchLabels, template.metadata.labels);
  const configMaps = byKind(objects, 'ConfigMap').map(({ metadata }) => metadata.name);
  for (const { configMap } of template.spec.volumes ?? [])
    if (configMap) assert.ok(configMaps.includes(configMap.name), configMap.name);
  for (const { spec } of byKind(objects, 'Service')) {
    for (const [key, value] of Object.entries(spec.selector))
      assert.equal(template.metadata.labels[key], value);
    const ports = template.spec.containers.flatMap(({ ports = [] }: Json) => ports);
    for (const { targetPort } of spec.ports)
      assert.ok(
        ports.some((port: Json) => port.name === targetPort),
        targetPort,
      );
  }
}

/** The requirements of the Pod Security Standard `restricted`, and the limits that protect a node. */
function checkSecurity({ spec }: Json): void {
  assert.equal(spec.securityContext.runAsNonRoot, true);
  assert.equal(spec.securityContext.seccompProfile.type, 'RuntimeDefault');
  for (const { image, securityContext, resources } of spec.containers) {
    assert.deepEqual(securityContext, {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    assert.match(image, /:\d+\.\d+\.\d+$/);
    assert.ok(resources.requests.cpu && resources.requests.memory && resources.limits.memory);
  }
}

for (const [path, objects] of await readManifests()) {
  test(`${path}: names fit together, and its pods are restricted`, () => {
    checkNames(objects);
    for (const workload of byKind(objects, 'Deployment', 'CronJob')) checkSecurity(podTemplateOf(workload));
  });

  test(`${path}: may do what the command rbac prints, and nothing that it does not need`, () => {
    const { isForWorkload = false, rules = [] } = EXTRA_RULES[path] ?? {};
    const subject = { kind: 'ServiceAccount', namespace: 'shop', name: 'web' } as const;
    const [printed] = parseAllDocuments(
      manifests({ namespace: 'shop', subject, lookups: isForWorkload ? WORKLOAD_LOOKUPS : [] }),
    );
    const [role] = byKind(objects, 'Role', 'ClusterRole');
    assert.deepEqual(role.rules, [...printed!.toJS().rules, ...rules]);
  });

  test(`${path}: is for any namespace, or brings its own`, () => {
    const [own] = byKind(objects, 'Namespace');
    const isClusterScoped = ({ kind }: Json) => /^Cluster|^Namespace$|WebhookConfiguration$/.test(kind);
    for (const object of objects.filter((object) => !isClusterScoped(object)))
      assert.equal(object.metadata.namespace, own?.metadata.name, object.kind);
  });
}

test('the webhook answers before the API server gives up, and its Service is the one that is called', async () => {
  const objects = (await readManifests()).get('admission-webhook/manifest.yaml')!;
  const source = await readFile(join(EXAMPLES, 'admission-webhook/server.mjs'), 'utf8');
  const [, timeoutMs = ''] = /POLICY_TIMEOUT_MS \?\? ([\d_]+)/.exec(source) ?? [];
  const [service] = byKind(objects, 'Service');
  const [configuration] = byKind(objects, 'MutatingWebhookConfiguration');
  for (const { timeoutSeconds, failurePolicy, sideEffects, clientConfig } of configuration.webhooks) {
    assert.ok(Number(timeoutMs.replace('_', '')) < timeoutSeconds * 1000);
    assert.deepEqual([failurePolicy, sideEffects], ['Ignore', 'NoneOnDryRun']);
    assert.equal(clientConfig.service.name, service.metadata.name);
    assert.equal(clientConfig.service.namespace, service.metadata.namespace);
  }
  const certificates = await readFile(join(EXAMPLES, 'admission-webhook/certificate.yaml'), 'utf8');
  const [issuer, certificate] = parseAllDocuments(certificates).map((document) => document.toJS());
  const { name, namespace } = certificate.metadata;
  assert.equal(certificate.spec.issuerRef.name, issuer.metadata.name);
  assert.deepEqual(certificate.spec.dnsNames, [`${service.metadata.name}.${service.metadata.namespace}.svc`]);
  assert.equal(configuration.metadata.annotations['cert-manager.io/inject-ca-from'], `${namespace}/${name}`);
  const { volumes } = podTemplateOf(byKind(objects, 'Deployment')[0]).spec;
  assert.ok(volumes.some(({ secret }: Json) => secret?.secretName === certificate.spec.secretName));
});

test('the resources of the kustomizations are there', async () => {
  for (const folder of ['base', 'overlay']) {
    const path = join(EXAMPLES, 'manifests', folder);
    const { kind, resources } = parse(await readFile(join(path, 'kustomization.yaml'), 'utf8'));
    assert.equal(kind, 'Kustomization');
    for (const resource of resources) {
      const found = join(path, resource);
      await (resource.endsWith('.yaml') ? readFile(found) : readdir(found));
    }
  }
});

test('the overlay is a manifest of its own: kubectl kustomize', async (t) => {
  const run = promisify(execFile);
  const { KUBEBUILDER_ASSETS, PATH } = process.env;
  const env = { ...process.env, PATH: KUBEBUILDER_ASSETS ? `${KUBEBUILDER_ASSETS}:${PATH}` : PATH };
  const built = await run('kubectl', ['kustomize', join(EXAMPLES, 'manifests/overlay')], { env }).catch(
    (error) => {
      if (error.code !== 'ENOENT') throw error;
    },
  );
  if (!built) {
    t.skip('there is no kubectl in PATH or KUBEBUILDER_ASSETS');
    return;
  }
  const objects = parseAllDocuments(built.stdout).map((document) => document.toJS());
  checkNames(objects);
  const [deployment] = byKind(objects, 'Deployment');
  checkSecurity(podTemplateOf(deployment));
  for (const { metadata } of objects) {
    assert.equal(metadata.namespace, 'shop');
    assert.match(metadata.name, /^checkout-/);
  }
  assert.equal(deployment.spec.replicas, 3);
  assert.equal(podTemplateOf(deployment).spec.containers[0].image, 'registry.example.org/checkout:2.1.0');
});
