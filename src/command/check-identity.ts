import type { PodIdentity } from '../cluster/identity.ts';
import type { Access } from './access.ts';
import type { CheckList } from './checks.ts';

const DOWNWARD_FIX = `# in the container of the pod template
env:
  - name: POD_NAME
    valueFrom: { fieldRef: { fieldPath: metadata.name } }
  - name: POD_NAMESPACE
    valueFrom: { fieldRef: { fieldPath: metadata.namespace } }
  - name: POD_UID
    valueFrom: { fieldRef: { fieldPath: metadata.uid } }
  - name: NODE_NAME
    valueFrom: { fieldRef: { fieldPath: spec.nodeName } }
`;

/**
 * Who this process is and which source says so.
 * @param context the namespace of the kubeconfig's context
 * @returns the namespace that Events without one of their own are in
 */
export function checkIdentity(
  list: CheckList,
  identity: PodIdentity,
  access: Access | undefined,
  context: string | undefined,
): string {
  const { name, uid, nodeName, component, sources } = identity;
  const isPod = access?.kind === 'cluster';
  const isGuessed = sources.name === 'host name';
  if (name === undefined) list.add('pod', 'note', 'not known');
  else if (!isGuessed) list.add('pod', 'ok', name, { source: sources.name });
  else if (isPod) {
    const detail =
      'the token does not name the pod, so the host name has to do: on the host network that of the node';
    list.add('pod', 'note', name, { source: sources.name, detail, fix: DOWNWARD_FIX });
  } else list.add('pod', 'note', `${name}, this host, stands for a pod`, { source: sources.name });

  const namespace = context ?? identity.namespace ?? 'default';
  const source = context !== undefined ? 'kubeconfig' : (sources.namespace ?? 'nothing says another one');
  list.add('namespace', 'ok', namespace, { source });

  if (uid !== undefined) list.add('uid', 'ok', uid, { source: sources.uid });
  else if (isPod) {
    const detail =
      'kubectl describe pod shows only Events with the uid; it is looked up where the service account may get pods';
    // Where the name is guessed, these lines stand above already.
    list.add('uid', 'note', 'not known', {
      detail,
      ...(!isGuessed && name !== undefined && { fix: DOWNWARD_FIX }),
    });
  }
  if (nodeName !== undefined) list.add('node', 'ok', nodeName, { source: sources.nodeName });
  list.add('component', 'ok', component, { source: sources.component });
  return namespace;
}
