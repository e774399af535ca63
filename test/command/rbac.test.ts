import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { manifests as toManifests } from '../../src/command/rbac.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { inPod, run } from './run.ts';

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.close());

async function manifests(...args: string[]) {
  const { status, stdout, stderr } = await run(['rbac', ...args]);
  assert.deepEqual([status, stderr], [0, '']);
  const [role, binding] = parseAllDocuments(stdout).map((document) => {
    assert.deepEqual(document.errors, []);
    return document.toJS();
  });
  return { role, binding, text: stdout };
}

const EVENTS = { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] };
const mayGet = (group: string, ...resources: string[]) => ({ apiGroups: [group], resources, verbs: ['get'] });

test('it is a Role with two verbs, and its binding', async () => {
  const { role, binding } = await manifests('--namespace', 'shop', '--service-account', 'web');
  const metadata = { name: 'web-events', namespace: 'shop' };
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  assert.deepEqual(role, { apiVersion, kind: 'Role', metadata, rules: [EVENTS] });
  assert.deepEqual(binding, {
    apiVersion,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'web-events' },
    subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }],
  });
});

test('the README shows it as it is', async () => {
  const readme = await readFile(join(import.meta.dirname, '../../README.md'), 'utf8');
  const [, shown] = /```yaml\n(apiVersion: rbac[\s\S]*?)```/.exec(readme) ?? [];
  const { text } = await manifests('--namespace', 'shop', '--service-account', 'web');
  assert.equal(shown, text);
});

test('--workload adds what the owners of a pod are looked up with', async () => {
  const { role } = await manifests('-n', 'shop', '--service-account', 'web', '--workload');
  assert.deepEqual(role.rules, [
    EVENTS,
    mayGet('', 'pods'),
    mayGet('apps', 'replicasets'),
    mayGet('batch', 'jobs'),
  ]);
});

test('--lookup adds get on what records are about, by any name that kubectl takes', async () => {
  const grant = (...args: string[]) => manifests('-n', 'shop', '--service-account', 'web', ...args);
  const { role } = await grant('--lookup', 'cronjobs,deployments', '--lookup', 'sts,rollouts.argoproj.io');
  assert.deepEqual(role.rules, [
    EVENTS,
    mayGet('batch', 'cronjobs'),
    mayGet('apps', 'deployments', 'statefulsets'),
    mayGet('argoproj.io', 'rollouts'),
  ]);
  assert.deepEqual((await grant('--lookup', 'CronJob , deployment.apps,deploy')).role.rules, [
    EVENTS,
    mayGet('batch', 'cronjobs'),
    mayGet('apps', 'deployments'),
  ]);
  const both = await grant('--workload', '--lookup', 'jobs,cronjobs,pods');
  assert.deepEqual(both.role.rules, [
    EVENTS,
    mayGet('', 'pods'),
    mayGet('apps', 'replicasets'),
    mayGet('batch', 'jobs', 'cronjobs'),
  ]);
});

test('--cluster is a ClusterRole and its binding, for the objects of all namespaces', async () => {
  const { role, binding } = await manifests(
    ...['-n', 'shop', '--service-account', 'web', '--cluster', '--lookup', 'nodes'],
  );
  const apiVersion = 'rbac.authorization.k8s.io/v1';
  // The namespace is named, because other namespaces may have a service account with this name.
  const metadata = { name: 'shop:web-events' };
  assert.deepEqual(role, { apiVersion, kind: 'ClusterRole', metadata, rules: [EVENTS, mayGet('', 'nodes')] });
  assert.deepEqual(binding, {
    apiVersion,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'shop:web-events' },
    subjects: [{ kind: 'ServiceAccount', name: 'web', namespace: 'shop' }],
  });
  // The service account says its namespace, and there is no other one.
  assert.equal(
    (await manifests('--cluster', '--service-account', 'shop:web')).role.metadata.name,
    metadata.name,
  );
});

test('service accounts of the same name do not overwrite each other', async () => {
  const own = await manifests('-n', 'shop', '--service-account', 'web');
  const foreign = await manifests('-n', 'shop', '--service-account', 'sales:web');
  assert.deepEqual(foreign.binding.subjects, [{ kind: 'ServiceAccount', name: 'web', namespace: 'sales' }]);
  assert.notEqual(own.role.metadata.name, foreign.role.metadata.name);
  assert.equal(foreign.binding.roleRef.name, foreign.role.metadata.name);
  const named = await manifests('-n', 'shop', '--service-account', 'web', '--name', 'event-writer');
  assert.equal(named.role.metadata.name, 'event-writer');
});

test('names that YAML takes for something else stay names', async () => {
  for (const name of ['true', 'no', 'null', '123', '1e3', '0x1f', '10.10']) {
    const { role, binding } = await manifests('-n', name.replace('.', '-'), '--service-account', name);
    assert.equal(role.metadata.namespace, name.replace('.', '-'));
    assert.equal(binding.subjects[0].name, name);
    assert.equal(binding.roleRef.name, `${name}-events`);
  }
});

test('doctor has them for users too', () => {
  const subject = { kind: 'User', name: 'jane doe: "x"\nEOF' } as const;
  const text = toManifests({ namespace: 'shop', subject, lookups: [] });
  const binding = parseAllDocuments(text)[1]?.toJS();
  const apiGroup = 'rbac.authorization.k8s.io';
  assert.deepEqual(binding.subjects, [{ kind: 'User', name: subject.name, apiGroup }]);
  // It is part of a here-document.
  assert.doesNotMatch(text, /^EOF$/m);
  assert.doesNotMatch(binding.metadata.name, /[/%]/);
});

test('in a pod the names are its own', async () => {
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'web-1' });
  const { status, stdout } = await inPod(pod, ['rbac']);
  assert.equal(status, 0);
  const [, binding] = parseAllDocuments(stdout).map((document) => document.toJS());
  assert.deepEqual(binding.subjects, [{ kind: 'ServiceAccount', name: pod.serviceAccount, namespace }]);
});
