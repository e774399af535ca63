import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { builtIn, groupVersion } from './kinds.ts';
import { type StandIn, startStandIn } from './stand-in.ts';
import type { Cause, Json } from './status.ts';

let standIn: StandIn;
let namespace: string;
before(async () => {
  standIn = await startStandIn();
  namespace = await standIn.createNamespace();
});
after(() => standIn.close());

const labels = { app: 'web' };
const selector = { matchLabels: labels };
const spec = { containers: [{ name: 'app', image: 'pause' }] };
const template = { metadata: { labels }, spec };
const ending = { template: { spec: { ...spec, restartPolicy: 'Never' } } };
const rule = { apiGroups: [''], resources: ['events'], verbs: ['create'] };
const roleRef = { kind: 'Role', name: 'web' };
const webhook = {
  name: 'pods.example.org',
  clientConfig: { url: 'https://127.0.0.1/' },
  sideEffects: 'None',
  admissionReviewVersions: ['v1'],
};
const schema = { openAPIV3Schema: { type: 'object' } };
const definition = {
  group: 'example.org',
  scope: 'Namespaced',
  names: { kind: 'Zone', plural: 'zones' },
  versions: [{ name: 'v1', served: true, storage: true, schema }],
};

/** Objects of each kind that are accepted. The names are valid for all kinds. */
const taken: [kind: string, body: Json, name?: string][] = [
  ['Namespace', {}, 'of-objects'],
  ['Node', {}],
  ['ServiceAccount', {}],
  ['Pod', { spec }],
  ['Pod', { spec: { ...spec, restartPolicy: 'OnFailure', initContainers: spec.containers } }, 'web.1'],
  ['ConfigMap', { data: { 'a.b-c_1': '' } }],
  ['Secret', { data: {} }],
  ['Service', { spec: { ports: [{ port: 80 }] } }],
  ['Service', { spec: { clusterIP: 'None' } }, 'headless'],
  ['Deployment', { spec: { selector, template } }],
  [
    'Deployment',
    { spec: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] }, template } },
    'by-expression',
  ],
  ['ReplicaSet', { spec: { replicas: 0, selector, template } }],
  ['DaemonSet', { spec: { selector, template } }],
  ['StatefulSet', { spec: { selector, template, serviceName: 'web' } }],
  ['Job', { spec: ending }],
  ['CronJob', { spec: { schedule: '*/5 * * * *', jobTemplate: { spec: ending } } }],
  ['CronJob', { spec: { schedule: '@daily', jobTemplate: { spec: ending } } }, 'daily'],
  ['Role', { rules: [rule] }, 'system:web'],
  ['ClusterRole', { rules: [rule, { verbs: ['get'], nonResourceURLs: ['/metrics'] }] }],
  ['RoleBinding', { roleRef, subjects: [{ kind: 'ServiceAccount', name: 'web' }] }],
  [
    'ClusterRoleBinding',
    { roleRef: { kind: 'ClusterRole', name: 'web' }, subjects: [{ kind: 'Group', name: 'web' }] },
  ],
  ['MutatingWebhookConfiguration', { webhooks: [webhook] }],
  ['CustomResourceDefinition', { spec: definition }, 'zones.example.org'],
];

const LABELS = 'FieldValueInvalid spec.template.metadata.labels';
const missing = (...paths: string[]) => paths.map((path) => `FieldValueRequired ${path}`);
const invalid = (...paths: string[]) => paths.map((path) => `FieldValueInvalid ${path}`);
const unsupported = (...paths: string[]) => paths.map((path) => `FieldValueNotSupported ${path}`);

/** Objects of each kind that are refused, and the errors. */
const refused: [kind: string, body: Json, causes: string[], name?: string][] = [
  ['Namespace', {}, invalid('metadata.name'), 'a.b'],
  ['Namespace', {}, invalid('metadata.name'), 'a'.repeat(64)],
  ['ConfigMap', {}, invalid('metadata.name'), 'Web'],
  ['ConfigMap', {}, missing('metadata.name'), ''],
  ['ConfigMap', { data: { 'a b': '' } }, invalid('data[a b]')],
  ['Pod', {}, missing('spec.containers')],
  ['Pod', { spec: { containers: [{}] } }, missing('spec.containers[0].name', 'spec.containers[0].image')],
  ['Pod', { spec: { ...spec, restartPolicy: 'Sometimes' } }, unsupported('spec.restartPolicy')],
  ['Service', {}, missing('spec.ports')],
  ['Service', { spec: { ports: [{ port: 0 }] } }, invalid('spec.ports[0].port')],
  ['Deployment', {}, [...missing('spec.selector'), LABELS, ...missing('spec.template.spec.containers')]],
  ['ReplicaSet', { spec: { selector: {}, template: { spec } } }, invalid('spec.selector')],
  ['ReplicaSet', { spec: { selector, template: { metadata: { labels: { app: 'api' } }, spec } } }, [LABELS]],
  ['DaemonSet', { spec: { template } }, [LABELS]],
  [
    'StatefulSet',
    { spec: { selector, template: { ...template, spec: { ...spec, restartPolicy: 'Never' } } } },
    unsupported('spec.template.spec.restartPolicy'),
  ],
  ['StatefulSet', { spec: { selector, template } }, invalid('metadata.name'), 'web.1'],
  ['Job', {}, missing('spec.template.spec.containers', 'spec.template.spec.restartPolicy')],
  ['Job', { spec: { ...ending, selector } }, invalid('spec.selector')],
  ['CronJob', { spec: { jobTemplate: { spec: ending } } }, missing('spec.schedule')],
  [
    'CronJob',
    { spec: { schedule: '5 4 * *', jobTemplate: { spec: { template } } } },
    [...invalid('spec.schedule'), ...missing('spec.jobTemplate.spec.template.spec.restartPolicy')],
  ],
  [
    'CronJob',
    { spec: { schedule: '@daily', jobTemplate: { spec: ending } } },
    invalid('metadata.name'),
    'a'.repeat(53),
  ],
  ['Role', { rules: [{}] }, missing('rules[0].verbs', 'rules[0].apiGroups', 'rules[0].resources')],
  ['Role', { rules: [{ verbs: ['get'], nonResourceURLs: ['/'] }] }, invalid('rules[0].nonResourceURLs')],
  ['Role', { rules: [rule] }, invalid('metadata.name'), 'a%b'],
  ['RoleBinding', {}, [...unsupported('roleRef.kind'), ...missing('roleRef.name')]],
  ['RoleBinding', { roleRef, subjects: [{ name: 'web' }] }, unsupported('subjects[0].kind')],
  [
    'RoleBinding',
    { roleRef, subjects: [{ kind: 'ServiceAccount', apiGroup: 'v1' }] },
    [...missing('subjects[0].name'), ...unsupported('subjects[0].apiGroup')],
  ],
  [
    'ClusterRoleBinding',
    { roleRef, subjects: [{ kind: 'ServiceAccount', name: 'web' }] },
    [...unsupported('roleRef.kind'), ...missing('subjects[0].namespace')],
  ],
  [
    'MutatingWebhookConfiguration',
    { webhooks: [{ name: 'pods', rules: [{}], timeoutSeconds: 31 }] },
    [
      ...invalid('webhooks[0].name'),
      ...missing(
        ...['operations', 'apiGroups', 'apiVersions', 'resources'].map(
          (field) => `webhooks[0].rules[0].${field}`,
        ),
        'webhooks[0].sideEffects',
      ),
      ...invalid('webhooks[0].timeoutSeconds'),
      ...missing('webhooks[0].clientConfig', 'webhooks[0].admissionReviewVersions'),
    ],
  ],
  [
    'MutatingWebhookConfiguration',
    { webhooks: [{ ...webhook, clientConfig: { url: 'http://127.0.0.1/' } }] },
    invalid('webhooks[0].clientConfig.url'),
  ],
  [
    'CustomResourceDefinition',
    { spec: { ...definition, versions: [{ name: 'v1', served: true, storage: true }] } },
    missing('spec.versions[0].schema.openAPIV3Schema'),
    'zones.example.org',
  ],
  ['CustomResourceDefinition', { spec: definition }, invalid('metadata.name'), 'zones'],
  ['ConfigMap', { metadata: { labels: { 'a b': '-' } } }, invalid('metadata.labels', 'metadata.labels')],
  [
    'ConfigMap',
    { metadata: { ownerReferences: [{ kind: 'Pod', name: 'web' }] } },
    invalid('metadata.ownerReferences.apiVersion', 'metadata.ownerReferences.uid'),
  ],
];

const nameOf = (name = 'web') => ({ ...(name && { name }) });

function collectionOf(kindName: string) {
  const kind = builtIn.find(({ kind }) => kind === kindName)!;
  const root = `${kind.group ? '/apis' : '/api'}/${groupVersion(kind)}`;
  return `${root}${kind.namespaced ? `/namespaces/${namespace}` : ''}/${kind.resource}`;
}

const create = (kind: string, { metadata, ...body }: Json, name?: string) =>
  standIn.request('POST', collectionOf(kind), { ...body, metadata: { ...nameOf(name), ...metadata } });

const causesOf = ({ details }: Json) =>
  details.causes.map(({ reason, field }: Cause) => `${reason} ${field}`);

for (const [kind, body, name] of taken) {
  test(`a ${kind} is taken: ${JSON.stringify(body)}`, async () => {
    const answer = await create(kind, body, name);
    assert.equal(answer.status, 201, answer.body.message);
  });
}

for (const [kind, body, causes, name] of refused) {
  test(`a ${kind} is refused: ${name ?? ''} ${JSON.stringify(body)}`, async () => {
    const { status, body: said } = await create(kind, body, name);
    assert.equal(status, 422, JSON.stringify(said));
    assert.deepEqual(causesOf(said), causes);
    assert.equal(said.details.kind, kind);
  });
}

test('a Deployment without selector and containers is refused in the words of an API server', async () => {
  const { body } = await create('Deployment', {}, 'bare');
  assert.equal(
    body.message,
    'Deployment.apps "bare" is invalid: [spec.selector: Required value, ' +
      'spec.template.metadata.labels: Invalid value: `selector` does not match template `labels`, ' +
      'spec.template.spec.containers: Required value]',
  );
  assert.equal(body.details.group, 'apps');
});

test('a body of the wrong type, or of another kind than the path, is a bad request', async () => {
  const wrong: [string, Json][] = [
    ['Pod', { spec: { containers: {} } }],
    ['Pod', { spec: 'web' }],
    ['Pod', { spec: { containers: [{ name: 5, image: 'pause' }] } }],
    ['Deployment', { kind: 'ReplicaSet', spec: { selector, template } }],
    ['Deployment', { apiVersion: 'apps/v1beta1', spec: { selector, template } }],
    ['ConfigMap', { metadata: { labels: { version: 2 } } }],
    ['ConfigMap', { data: { count: 2 } }],
  ];
  for (const [kind, body] of wrong) {
    const { status, body: said } = await create(kind, body, 'wrong');
    assert.equal(status, 400, JSON.stringify([body, said]));
    assert.equal(said.reason, 'BadRequest');
  }
});

const updates: [kind: string, body: Json, patch: Json, causes?: string[]][] = [
  [
    'Deployment',
    { spec: { selector, template } },
    { spec: { replicas: 2, template: { spec: { containers: [{ name: 'app', image: 'pause:2' }] } } } },
  ],
  [
    'Deployment',
    { spec: { selector, template } },
    {
      spec: { selector: { matchLabels: { app: 'api' } }, template: { metadata: { labels: { app: 'api' } } } },
    },
    invalid('spec.selector'),
  ],
  [
    'Deployment',
    { spec: { selector, template } },
    { spec: { template: null } },
    [LABELS, ...missing('spec.template.spec.containers')],
  ],
  ['Pod', { spec }, { spec: { containers: [{ name: 'app', image: 'pause:2' }] } }],
  ['Pod', { spec }, { spec: { nodeName: 'node-a' } }, ['FieldValueForbidden spec']],
  ['StatefulSet', { spec: { selector, template } }, { spec: { replicas: 2 } }],
  [
    'StatefulSet',
    { spec: { selector, template } },
    { spec: { serviceName: 'api' } },
    ['FieldValueForbidden spec'],
  ],
  ['Job', { spec: ending }, { spec: { suspend: true } }],
  [
    'Job',
    { spec: ending },
    { spec: { template: { spec: { nodeName: 'node-a' } } } },
    invalid('spec.template'),
  ],
  ['RoleBinding', { roleRef }, { subjects: [{ kind: 'User', name: 'web' }] }],
  ['RoleBinding', { roleRef }, { roleRef: { name: 'other' } }, invalid('roleRef')],
  ['ConfigMap', {}, { data: { a: 'b' }, metadata: { labels: { a: 'b' } } }],
  ['ConfigMap', {}, { metadata: { uid: 'other' } }, invalid('metadata.uid')],
];

for (const [index, [kind, body, patch, causes]] of updates.entries()) {
  test(`an update of a ${kind} is ${causes ? 'refused' : 'taken'}: ${JSON.stringify(patch)}`, async () => {
    const name = `updated-${index}`;
    assert.equal((await create(kind, body, name)).status, 201);
    const path = `${collectionOf(kind)}/${name}`;
    const { status, body: said } = await standIn.request('PATCH', path, patch);
    assert.equal(status, causes ? 422 : 200, JSON.stringify(said));
    if (causes) assert.deepEqual(causesOf(said), causes);
  });
}
