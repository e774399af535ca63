import { systemClock } from '../clock.ts';
import { withPart } from '../cluster/account.ts';
import type { Answer } from '../cluster/client.ts';
import { EVENT_APIS } from '../cluster/event-api.ts';
import type { PodIdentity } from '../cluster/identity.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';
import { isDnsLabel } from '../object/names.ts';
import { type Asking, said } from './check-access.ts';
import { NAME } from './help.ts';
import { manifests, rbacCommand, type Subject } from './rbac.ts';

/** What the checks of one namespace need beside. */
export interface Writing extends Asking {
  api: 'v1' | 'events.k8s.io/v1';
  /** Who needs the permission; undefined when that is not known. */
  subject: Subject | undefined;
  isForWorkload: boolean;
}

type Verb = 'create' | 'patch';
const VERBS: readonly Verb[] = ['create', 'patch'];
const REVIEW = 'SelfSubjectAccessReview';
const DRY_RUN = 'dryRun=All';

/** Asks whether Events may be written in a namespace. If none need to be written there, a refusal is only a note. */
export async function checkPermission(
  writing: Writing,
  namespace: string,
  isRequired: boolean,
): Promise<void> {
  const { list, api } = writing;
  const group = api === 'v1' ? '' : 'events.k8s.io';
  const reviews = await Promise.all(
    VERBS.map((verb) => review(writing, { namespace, group, resource: 'events', verb })),
  );
  const refused = VERBS.filter((_, index) => reviews[index]?.isAllowed === false);
  const [silent] = reviews.filter(({ isAllowed }) => isAllowed === undefined);
  const what = `events${group === '' ? '' : `.${group}`} in namespace ${namespace}`;
  if (refused.length === 0) {
    const source = reviews.map(({ reason }) => reason).find((reason) => reason !== '') ?? REVIEW;
    if (silent === undefined)
      list.add('permission', 'ok', `may create and patch ${what}`, { source, namespace });
    else
      list.add('permission', 'note', `${what}: the API server does not say`, {
        source: REVIEW,
        detail: silent.reason,
        namespace,
      });
    return;
  }
  const value = `may ${refused.length === 2 ? 'neither create nor patch' : `not ${refused[0]}`} ${what}`;
  if (isRequired) {
    list.add('permission', 'failed', value, { source: REVIEW, fix: grant(writing, namespace), namespace });
    return;
  }
  const detail = 'only Events about cluster-scoped objects, such as nodes, need it';
  list.add('permission', 'note', value, {
    source: REVIEW,
    detail,
    fix: rbacCommand({ ...writing, namespace }),
    namespace,
  });
}

/** Asks whether the library may look up the uid of a pod and, with `isForWorkload`, the owners of the pod. */
export async function checkLookup(writing: Writing, namespace: string): Promise<void> {
  const { list, isForWorkload } = writing;
  const all = [
    { group: '', resource: 'pods' },
    { group: 'apps', resource: 'replicasets' },
    { group: 'batch', resource: 'jobs' },
  ];
  const wanted = isForWorkload ? all : all.slice(0, 1);
  const reviews = await Promise.all(
    wanted.map((each) => review(writing, { ...each, namespace, verb: 'get' })),
  );
  const refused = wanted
    .filter((_, index) => reviews[index]?.isAllowed !== true)
    .map(({ resource }) => resource);
  const names = wanted.map(({ resource }) => resource).join(', ');
  const about = { source: REVIEW, namespace };
  if (refused.length === 0) list.add('lookup', 'ok', `may get ${names} in namespace ${namespace}`, about);
  else if (isForWorkload) {
    const value = `may not get ${refused.join(', ')} in namespace ${namespace}`;
    const isSaid = list.hasFailed('permission', namespace);
    const advice = isSaid ? { detail: 'the Role above allows it too' } : { fix: grant(writing, namespace) };
    list.add('lookup', 'failed', value, { ...about, ...advice });
  } else {
    const detail = "not needed: it is for regarding: 'workload', and for uids that a record leaves out";
    list.add('lookup', 'note', `may not get ${names} in namespace ${namespace}`, { ...about, detail });
  }
}

/**
 * Writes an Event as the library would, with `dryRun=All`: it goes through authorization, admission and validation, and
 * is not stored. So there is nothing to patch, and the right answer to the patch is 404. Without the permission it would
 * be 403, which the API server answers before it looks for the Event.
 */
export async function checkWrite(writing: Writing, namespace: string, identity: PodIdentity): Promise<void> {
  const { list, access, timeoutMs, api } = writing;
  const { client } = access;
  const codec = EVENT_APIS[api];
  const event = sampleEvent(identity, namespace);
  const write = { event, count: 1, account: withPart('', 'doctor', 1) };
  const collection = codec.path(namespace);
  const made = await client.request({
    method: 'POST',
    path: `${collection}?dryRun=All`,
    body: codec.create(write),
    timeoutMs,
  });
  if (statusOf(made) !== 201) return addRefusal(writing, namespace, 'create', made);
  const stored = { uid: '', resourceVersion: '1', count: 1, account: '', instance: '', lastAt: 0 };
  const changed = await client.request({
    method: 'PATCH',
    path: `${collection}/${event.name}?dryRun=All`,
    body: codec.patch({ ...write, count: 2 }, stored),
    timeoutMs,
  });
  if (statusOf(changed) !== 404) return addRefusal(writing, namespace, 'patch', changed);
  const value = `a dry run in namespace ${namespace} passes: create 201, patch 404 (allowed, with nothing to change)`;
  list.add('write', 'ok', value, { source: DRY_RUN, namespace });
}

function addRefusal(writing: Writing, namespace: string, verb: Verb, answer: Answer): void {
  const { list } = writing;
  const status = statusOf(answer);
  const detail = `${verb}: ${status === 0 ? '' : `${status} `}${said(answer)}`;
  const about = { source: DRY_RUN, namespace, detail };
  if (status === 400 && /does not support dry run/i.test(detail)) {
    const value = `a dry run in namespace ${namespace} is not possible: an admission webhook takes none`;
    list.add('write', 'note', value, about);
    return;
  }
  const what = verb === 'create' ? 'an Event' : 'a change of an Event';
  const fix = fixFor(writing, status, detail, namespace);
  list.add('write', 'failed', `${what} in namespace ${namespace} is refused`, { ...about, fix });
}

/** 0 without an answer. */
function statusOf(answer: Answer): number {
  return 'error' in answer ? 0 : answer.status;
}

/** An Event about this pod, as the library would write it. */
function sampleEvent(identity: PodIdentity, namespace: string): RecordedEvent {
  const { name = 'unknown', uid, nodeName, component } = identity;
  const now = new Date(systemClock.now());
  return {
    name: `${NAME}-doctor`,
    namespace,
    type: 'Normal',
    regarding: { apiVersion: 'v1', kind: 'Pod', name, namespace, ...(uid !== undefined && { uid }) },
    reason: 'Checked',
    action: 'Check',
    message: 'a dry run: whether Events can be written',
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    reportingComponent: component,
    reportingInstance: name,
    ...(nodeName !== undefined && { host: nodeName }),
  };
}

function fixFor(writing: Writing, status: number, detail: string, namespace: string): string {
  if (status === 404)
    return `create the namespace, or name another one: kubectl get namespace ${isDnsLabel(namespace) ? namespace : 'NAME'}`;
  if (/being terminated/.test(detail))
    return 'wait until the namespace is gone, and use another one: nothing new is taken in it';
  if (status === 403 && /cannot (create|patch) resource/.test(detail)) return grant(writing, namespace);
  if (status === 0 || status === 429 || status >= 500)
    return 'try again: the API server did not do what it was asked for';
  return 'read what the API server says: a webhook, a policy or its validation refuses the Event';
}

interface ReviewResult {
  /** undefined: no usable answer. */
  isAllowed: boolean | undefined;
  reason: string;
}

async function review({ access, timeoutMs }: Asking, resourceAttributes: object): Promise<ReviewResult> {
  const answer = await access.client.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: REVIEW, spec: { resourceAttributes } },
    timeoutMs,
  });
  if ('error' in answer || answer.status !== 201) return { isAllowed: undefined, reason: said(answer) };
  const { allowed, reason } = (answer.body['status'] ?? {}) as { allowed?: unknown; reason?: unknown };
  return { isAllowed: allowed === true, reason: typeof reason === 'string' ? reason : '' };
}

/** The manifests that `rbac` prints, in a command to paste. */
function grant(writing: Writing, namespace: string): string {
  const { subject, isForWorkload } = writing;
  if (subject === undefined || !isDnsLabel(namespace))
    return rbacCommand({ subject, namespace, isForWorkload });
  const yaml = manifests({ namespace, subject, isForWorkload });
  return `kubectl apply -f - <<'EOF'\n${yaml}EOF\n`;
}
