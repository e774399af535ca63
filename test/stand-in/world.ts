import type { OwnerReference } from '../support/cluster.ts';
import type { StandIn } from './stand-in.ts';

/** Creates the objects and identities of the transcripts, and returns the token of each identity. */
export async function createWorld(standIn: StandIn): Promise<Record<string, string | undefined>> {
  const namespace = 'shop';
  for (const name of [namespace, 'other']) {
    await standIn.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  const held = { name: 'closing', finalizers: ['example.com/hold'] };
  await standIn.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: held });
  await standIn.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });

  for (const name of ['writer', 'reader', 'nobody']) {
    await standIn.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: { name, namespace } });
  }
  const grant = async (where: string, account: string, verbs: string[]) => {
    const group = 'rbac.authorization.k8s.io';
    const apiVersion = `${group}/v1`;
    const metadata = { name: `events-${account}`, namespace: where };
    const rules = [{ apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs }];
    await standIn.apply({ apiVersion, kind: 'Role', metadata, rules });
    const subjects = [{ kind: 'ServiceAccount', name: account, namespace }];
    const roleRef = { apiGroup: group, kind: 'Role', name: metadata.name };
    await standIn.apply({ apiVersion, kind: 'RoleBinding', metadata, roleRef, subjects });
  };
  await grant(namespace, 'writer', ['create', 'patch']);
  await grant('closing', 'writer', ['create', 'patch']);
  await grant(namespace, 'reader', ['get', 'list', 'watch']);

  const labels = { app: 'web' };
  const containers = [{ name: 'app', image: 'pause' }];
  const template = { metadata: { labels }, spec: { containers } };
  const spec = { replicas: 0, selector: { matchLabels: labels }, template };
  const owned = async (apiVersion: string, kind: string, name: string, owner?: OwnerReference, more = {}) => {
    const ownerReferences = owner && [{ ...owner, controller: true, blockOwnerDeletion: true }];
    const metadata = { name, namespace, labels, ...(ownerReferences && { ownerReferences }) };
    const { uid } = (await standIn.apply({ apiVersion, kind, metadata, ...more })).metadata;
    return { apiVersion, kind, name, uid };
  };
  const deployment = await owned('apps/v1', 'Deployment', 'web', undefined, { spec });
  const replicaSet = await owned('apps/v1', 'ReplicaSet', 'web-6c8b9', deployment, { spec });
  const pod = { containers, serviceAccountName: 'writer', nodeName: 'node-a' };
  await owned('v1', 'Pod', 'web-6c8b9-xk2lp', replicaSet, { spec: pod });
  await owned('v1', 'Pod', 'web-6c8b9-gone', replicaSet, { spec: pod });

  const writer = standIn.createToken(namespace, 'writer', { pod: 'web-6c8b9-xk2lp' });
  const deletedPod = standIn.createToken(namespace, 'writer', { pod: 'web-6c8b9-gone' });
  await standIn.request('DELETE', `/api/v1/namespaces/${namespace}/pods/web-6c8b9-gone`);
  await standIn.request('DELETE', '/api/v1/namespaces/closing');
  return {
    writer,
    reader: standIn.createToken(namespace, 'reader'),
    nobody: standIn.createToken(namespace, 'nobody'),
    admin: standIn.adminToken,
    'no-token': undefined,
    'bad-token': 'not-a-token',
    'forged-token': writer.replace(/[^.]+$/, (signature) => [...signature].reverse().join('')),
    'expired-token': standIn.createToken(namespace, 'writer', { seconds: -60 }),
    'wrong-audience': standIn.createToken(namespace, 'writer', { audiences: ['https://example.com'] }),
    'deleted-pod': deletedPod,
  };
}
