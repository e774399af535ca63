import type { WrittenEvent } from '../delivery/verdict.ts';
import { groupOf, isBuiltIn, isClusterScoped } from '../object/kinds.ts';
import type { ObjectReference } from '../object/reference.ts';
import { type Asked, type Lookup, statusOf, workloadLookups } from './lookups.ts';
import { rbacCommand, type Subject } from './rbac.ts';

/** Kinds for which `kubectl describe` shows no Events (kubectl `pkg/describe/describe.go`). */
const SHOWN_WITHOUT_EVENTS = new Set([
  ...['Namespace', 'Secret', 'LimitRange', 'ResourceQuota', 'NetworkPolicy'],
  ...['Role', 'RoleBinding', 'ClusterRole', 'ClusterRoleBinding'],
]);

interface Written {
  event: WrittenEvent;
  asked: readonly Asked[];
  /** Who wrote it, if that is known. */
  subject: Subject | undefined;
}

/** Why `kubectl describe` does not show the Event, and what to do; undefined if it does. */
export function whyNotDescribed({ event, asked, subject }: Written): string | undefined {
  const { regarding, namespace } = event;
  const { kind, name, uid } = regarding;
  const type = typeOf(regarding);
  const start = `kubectl describe ${type} ${name} does not show this Event`;
  if (SHOWN_WITHOUT_EVENTS.has(kind) && isBuiltIn(regarding))
    return `${start}, nor any other Event about a ${kind}; use kubectl events --namespace ${namespace} --for ${type}/${name}`;
  if (isClusterScoped(regarding) && regarding.namespace !== undefined)
    return `${start}: it looks for Events about a ${kind} in no namespace; leave out --namespace`;
  if (uid !== undefined) return undefined;
  const last = asked.at(-1);
  const status = statusOf(last?.answer);
  const where = regarding.namespace === undefined ? '' : ` in namespace ${regarding.namespace}`;
  const noUid = `${start}, because it has no uid`;
  if (last === undefined) return `${noUid}: the API server does not say what a ${kind} is`;
  if (status === 404) return `${noUid}: there is no ${type} ${name}${where}`;
  if (status === 403)
    return `${noUid}: ${last.resource} may not be looked up${where} (403). ${adviceFor([last], namespace, subject)}`;
  return `${noUid}: the API server ${status === 0 ? 'did not answer in time' : `answered ${status}`}. The next Event may have the uid`;
}

/** Why the Event is not about the workload, and what to do. */
export function whyNotWorkload({ event, asked, subject }: Written, pod: string): string {
  const { regarding, namespace } = event;
  const last = asked.at(-1);
  return (
    `this Event is about ${typeOf(regarding)} ${regarding.name}, not about what owns it: ` +
    `${last?.resource} may not be looked up in namespace ${namespace} (403). ` +
    adviceFor(workloadLookups(asked, pod), namespace, subject)
  );
}

function adviceFor(lookups: readonly Lookup[], namespace: string, subject: Subject | undefined): string {
  const rules = lookups
    .map(({ group, resource }) => `{apiGroups: ["${group}"], resources: ["${resource}"], verbs: ["get"]}`)
    .join(', ');
  return `Add to the Role: ${rules}, or replace it, with --workload and --lookup as before: ${rbacCommand(namespace, subject, lookups)}`;
}

/** The type as kubectl takes it. */
function typeOf(object: ObjectReference): string {
  const kind = object.kind.toLowerCase();
  return isBuiltIn(object) ? kind : `${kind}.${groupOf(object)}`;
}
