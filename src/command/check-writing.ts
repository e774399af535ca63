import { systemClock } from '../clock.ts';
import { withPart } from '../cluster/account.ts';
import { EVENT_APIS } from '../cluster/event-api.ts';
import type { PodIdentity } from '../cluster/identity.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';
import { isDnsLabel } from '../object/names.ts';
import { type Asking, said } from './check-access.ts';
import { NAME } from './help.ts';
import { manifests, rbacCommand, type Subject } from './rbac.ts';

/** What the checks about one namespace need to know. */
export interface Writing extends Asking {
  api: 'v1' | 'events.k8s.io/v1';
  /** Who is to be allowed; undefined where nobody says. */
  subject: Subject | undefined;
  isForWorkload: boolean;
}

type Verb = 'create' | 'patch';
const VERBS: readonly Verb[] = ['create', 'patch'];
const REVIEW = 'SelfSubjectAccessReview';

/** Asks whether Events may be written in a namespace; where that is not required, a refusal is only a note. */
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

/** Asks for what the library looks up where it may. */
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
 * Writes an Event with `dryRun=All`, in the form in which the library writes them: past authorization, admission and
 * validation, and kept by nobody. There is then none to patch, so the right answer to the patch is 404: who may not
 * patch gets 403, because the API server asks for the permission first.
 */
export async function checkWrite(writing: Writing, namespace: string, identity: PodIdentity): Promise<void> {
  const { list, access, timeoutMs, api } = writing;
  const { client } = access;
  const codec = EVENT_APIS[api];
  const event = sampleEvent(identity, namespace);
  const write = { event, count: 1, account: withPart('', 'doctor', 1) };
  const path = codec.path(namespace);
  const about = { source: 'dryRun=All', namespace };
  const body = codec.create(write);
  const made = await client.request({ method: 'POST', path: `${path}?dryRun=All`, body, timeoutMs });
  if ('error' in made || made.status !== 201) {
    const detail = `create: ${'error' in made ? '' : `${made.status} `}${said(made)}`;
    const isUnproven = 'status' in made && made.status === 400 && /does not support dry run/i.test(detail);
    if (isUnproven) {
      list.add(
        'write',
        'note',
        `a dry run in namespace ${namespace} is not possible: an admission webhook takes none`,
        { ...about, detail },
      );
      return;
    }
    const value = `an Event in namespace ${namespace} is refused`;
    list.add('write', 'failed', value, {
      ...about,
      detail,
      fix: fixFor(writing, 'error' in made ? 0 : made.status, detail, namespace),
    });
    return;
  }
  const patch = codec.patch(
    { ...write, count: 2 },
    { uid: '', resourceVersion: '1', count: 1, account: '', instance: '', lastAt: 0 },
  );
  const changed = await client.request({
    method: 'PATCH',
    path: `${path}/${event.name}?dryRun=All`,
    body: patch,
    timeoutMs,
  });
  if ('status' in changed && changed.status === 404) {
    list.add(
      'write',
      'ok',
      `a dry run in namespace ${namespace} passes: create 201, patch 404 (allowed, with nothing to change)`,
      about,
    );
    return;
  }
  const status = 'error' in changed ? 0 : changed.status;
  const detail = `patch: ${status || ''} ${said(changed)}`;
  const fix = fixFor(writing, status, detail, namespace);
  list.add('write', 'failed', `a change of an Event in namespace ${namespace} is refused`, {
    ...about,
    detail,
    fix,
  });
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

/** The very manifests of `rbac`, as a command to paste. */
function grant(writing: Writing, namespace: string): string {
  const { subject, isForWorkload } = writing;
  if (subject === undefined || !isDnsLabel(namespace))
    return rbacCommand({ subject, namespace, isForWorkload });
  const yaml = manifests({ namespace, subject, isForWorkload });
  return `kubectl apply -f - <<'EOF'\n${yaml}EOF\n`;
}
