import type { PodIdentity } from '../cluster/identity.ts';
import type { Access } from './access.ts';
import type { Checks, Finding } from './checks.ts';

export const DOWNWARD_FIX = `# in the container of the pod template
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
 * Who this process is, and which source says so.
 * @param namespace that of Events without one of their own
 * @param access undefined when there is none
 * @param findUid where nothing in the pod says it
 */
export function identityChecks(
  { name, uid, nodeName, component, sources }: PodIdentity,
  namespace: Finding,
  access: Access | undefined,
  findUid: () => Promise<Finding>,
): Checks {
  return {
    pod() {
      const source = sources.name;
      if (name === undefined) return { status: 'note', value: 'not known' };
      if (source !== 'host name') return { value: name, source };
      if (access?.kind !== 'cluster')
        return {
          status: 'note',
          value: `this process is not in a pod; the name of this host is used: ${name}`,
          source,
        };
      const detail =
        'the token does not name the pod, so the host name is used; on the host network it is the name of the node';
      return { status: 'note', value: name, source, detail, fix: DOWNWARD_FIX };
    },
    namespace: () => namespace,
    uid() {
      if (uid !== undefined) return { value: uid, source: sources.uid };
      return access?.kind === 'cluster' ? findUid() : undefined;
    },
    node: () => (nodeName === undefined ? undefined : { value: nodeName, source: sources.nodeName }),
    component: () => ({ value: component, source: sources.component }),
  };
}
