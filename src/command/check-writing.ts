import { systemClock } from '../clock.ts';
import { withPart } from '../cluster/account.ts';
import { interpret } from '../cluster/answers.ts';
import type { Answer, ApiRequest, JsonObject } from '../cluster/client.ts';
import { NOT_OURS } from '../cluster/complaints.ts';
import { EVENT_APIS } from '../cluster/event-api.ts';
import type { PodIdentity } from '../cluster/identity.ts';
import { ObjectFinder } from '../cluster/object-finder.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';
import type { WriteVerb } from '../delivery/verdict.ts';
import { DIAGNOSTICS, type KubernetesEventsError } from '../diagnostics.ts';
import { isDnsLabel } from '../object/names.ts';
import { type ObjectReference, resolveReference } from '../object/reference.ts';
import { WAITING_CLOCK } from './access.ts';
import { said, type Way } from './check-access.ts';
import { type Finding, failed } from './checks.ts';
import { NAME } from './io.ts';
import { type Asked, type Lookup, observe, statusOf, workloadLookups } from './lookups.ts';
import { manifests, rbacCommand, type Subject, subjectOf } from './rbac.ts';

export interface Wanted {
  api: 'v1' | 'events.k8s.io/v1';
  identity: PodIdentity;
  /** The namespace of the pod, or of the kubeconfig. */
  own: string;
  isForWorkload: boolean;
  lookups: readonly Lookup[];
}

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

const REVIEW = 'SelfSubjectAccessReview';
const DRY_RUN = 'dryRun=All';
const DROP_FIXES = {
  namespace: 'use another namespace: this one is being deleted and accepts no new objects',
  rejected: 'read the answer of the API server: a webhook, a policy or its validation refuses the Event',
} as const;

interface Search {
  found: ObjectReference;
  asked: readonly Asked[];
  /** A lookup was refused. */
  isRefused: boolean;
}

/** The checks whether Events can be written. They need the checks of {@link Way}. */
export class Writing {
  readonly #way: Way;
  readonly #wanted: Wanted;
  readonly #group: '' | 'events.k8s.io';
  #climbed: Promise<Search> | undefined;

  constructor(way: Way, wanted: Wanted) {
    this.#way = way;
    this.#wanted = wanted;
    this.#group = wanted.api === 'v1' ? '' : 'events.k8s.io';
  }

  async permission(namespace: string): Promise<Finding> {
    const group = this.#group;
    const what = `events${group === '' ? '' : `.${group}`} in namespace ${namespace}`;
    const rights = ['create', 'patch'].map((verb) => ({ namespace, group, resource: 'events', verb }));
    const { refused, ...finding } = await this.#review(rights);
    if (refused.length === 0) return { value: `may create and patch ${what}`, ...finding };
    const verbs = refused.length === 2 ? 'neither create nor patch' : `not ${refused[0]?.verb}`;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    const status = statusOf(await this.#way.ask({ method: 'GET', path }));
    if (status === 404) return missing(namespace);
    const isThere = status === 200 || namespace === this.#wanted.identity.namespace;
    const detail = `the API server says the same when namespace ${namespace} does not exist`;
    return failed(`may ${verbs} ${what}`, await this.#grant(namespace), {
      source: REVIEW,
      detail: isThere ? undefined : detail,
    });
  }

  async lookup(namespace: string): Promise<Finding> {
    const rights = this.#wanted.lookups.map(({ group, resource, isOfCluster }) => {
      return { ...(!isOfCluster && { namespace }), group, resource, verb: 'get' };
    });
    const { refused, ...finding } = await this.#review(rights);
    const isAllowed = refused.length === 0;
    const resources = (isAllowed ? rights : refused).map(({ resource }) => resource).join(', ');
    const what = `get ${resources} in namespace ${namespace}`;
    if (isAllowed) return { value: `may ${what}`, ...finding };
    const detail = 'without it, kubectl describe does not show Events about objects whose uid is not given';
    return failed(`may not ${what}`, await this.#grant(namespace), { source: REVIEW, detail });
  }

  /** Finds the workload of this pod in the same way as the library. */
  async workload(): Promise<Finding> {
    const { own, identity } = this.#wanted;
    let search: Search;
    try {
      search = await this.#climb();
    } catch (error) {
      const { detail, fix } = error as KubernetesEventsError;
      return failed('the API server cannot be asked about this pod', fix, { detail });
    }
    const { found, asked, isRefused } = search;
    if (isRefused) {
      const { resource, name } = asked.at(-1) as Asked;
      const detail = `get ${resource} ${name}: 403; without it, Events are about ${found.kind} ${found.name}`;
      return failed(`may not get ${resource} in namespace ${own}`, await this.#grant(own), { detail });
    }
    const source = 'owner references';
    if (found.kind !== 'Pod') return { value: `${found.kind} ${found.name}`, source };
    if (found.uid !== undefined) return { value: `none: nothing owns pod ${found.name}`, source };
    return failed(`there is no pod ${identity.name} in namespace ${own}`, DOWNWARD_FIX);
  }

  /** Looks up the uid of this pod, if no source in the pod has it. */
  async uid(): Promise<Finding> {
    const { found, asked } = await this.#find(false);
    if (found.uid !== undefined) return { value: found.uid, source: 'looked up' };
    const status = statusOf(asked.at(-1)?.answer);
    const why = status === 0 ? 'there was no answer' : `get pods ${found.name}: ${status}`;
    const detail = `without it, kubectl describe pod does not show the Events; ${why}`;
    const isShown = this.#wanted.identity.sources.name === 'host name';
    return { status: 'note', value: 'not known', detail, fix: isShown ? undefined : DOWNWARD_FIX };
  }

  #climb(): Promise<Search> {
    this.#climbed ??= this.#find(true);
    return this.#climbed;
  }

  /** @throws KubernetesEventsError when the API server could not be asked */
  async #find(isWorkload: boolean): Promise<Search> {
    const { identity, own } = this.#wanted;
    const api = observe(this.#way.access.client);
    let isRefused = false;
    const finder = new ObjectFinder(api, WAITING_CLOCK, (code) => {
      isRefused ||= code === 'KEVT_LOOKUP_FORBIDDEN';
    });
    const { regarding } = await finder.find(
      resolveReference(podOf(identity, own), undefined, own, { isWorkload }),
    );
    return { found: regarding, asked: api.asked, isRefused };
  }

  /**
   * Sends the Event that the library would write, with `dryRun=All`. The API server authorizes, admits and validates it,
   * but does not store it. So the right answer to the patch is 404. Without the permission it is 403.
   */
  async write(namespace: string): Promise<Finding> {
    const { api, identity } = this.#wanted;
    const codec = EVENT_APIS[api];
    const event = sampleEvent(identity, namespace);
    const write = { event, count: 1, account: withPart('', 'doctor', 1) };
    const stored = { uid: '', resourceVersion: '1', count: 1, account: '', instance: '', lastAt: 0 };
    const path = codec.path(namespace);
    const create = { method: 'POST', path: `${path}?${DRY_RUN}`, body: codec.create(write) } as const;
    const body = codec.patch({ ...write, count: 2 }, stored);
    const patch = { method: 'PATCH', path: `${path}/${event.name}?${DRY_RUN}`, body } as const;
    const value = `a dry run in namespace ${namespace} passes: create and patch are allowed`;
    return (
      (await this.#try('create', create, event)) ??
      (await this.#try('patch', patch, event)) ?? { value, source: DRY_RUN }
    );
  }

  /** @returns undefined if the library could have written the Event */
  async #try(
    verb: WriteVerb,
    request: Pick<ApiRequest, 'method' | 'path' | 'body'>,
    { name, namespace }: RecordedEvent,
  ): Promise<Finding | undefined> {
    const answer = await this.#way.ask(request);
    const status = statusOf(answer);
    let meaning = interpret(answer, { verb, namespace, apiGroup: this.#group });
    if (meaning.is === 'stored' && !isNamed(answer, name))
      meaning = { is: 'retry', code: 'KEVT_SERVER_ERROR', detail: NOT_OURS, fate: 'unknown' };
    if (!('detail' in meaning)) return undefined;
    const { detail } = meaning;
    const source = DRY_RUN;
    // The Event is well-formed, and an invalid one gets 422. So this comes from a webhook that does not support a dry run.
    if (status === 400) {
      const value = `a dry run in namespace ${namespace} is not possible, because an admission webhook does not support it`;
      return { status: 'note', value, source, detail };
    }
    if (status === 404 && meaning.is === 'drop') return missing(namespace);
    const what = `${verb === 'create' ? 'an Event' : 'a change of an Event'} in namespace ${namespace} is`;
    if (meaning.is === 'retry') {
      const outcome = status === 0 ? 'not answered' : 'not written';
      return failed(`${what} ${outcome}`, DIAGNOSTICS[meaning.code].fix, { source, detail });
    }
    const fix = meaning.is === 'drop' ? DROP_FIXES[meaning.reason] : await this.#grant(namespace);
    return failed(`${what} refused`, fix, { source, detail });
  }

  /** Asks which of the permissions are missing. The API server may not say. */
  async #review<T extends object>(rights: readonly T[]): Promise<{ refused: T[] } & Partial<Finding>> {
    const answers = await Promise.all(rights.map((right) => this.#reviewOne(right)));
    const refused = rights.filter((_, index) => answers[index]?.isAllowed === false);
    const silent = answers.find(({ isAllowed }) => isAllowed === undefined);
    if (silent === undefined)
      return { refused, source: answers.find(({ reason }) => reason !== '')?.reason ?? REVIEW };
    const detail = `the API server does not say: ${silent.reason}`;
    return { refused, status: 'note', source: REVIEW, detail };
  }

  async #reviewOne(resourceAttributes: object): Promise<{ isAllowed: boolean | undefined; reason: string }> {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: REVIEW, spec: { resourceAttributes } };
    const answer = await this.#way.ask({ method: 'POST', path, body });
    if ('error' in answer || answer.status !== 201) return { isAllowed: undefined, reason: said(answer) };
    const { allowed, reason } = (answer.body['status'] ?? {}) as { allowed?: unknown; reason?: unknown };
    return { isAllowed: allowed === true, reason: typeof reason === 'string' ? reason : '' };
  }

  /** A command to paste, with the manifests that `rbac` prints. */
  async #grant(namespace: string): Promise<string> {
    const { identity, isForWorkload, own } = this.#wanted;
    const lookups = [...this.#wanted.lookups];
    if (isForWorkload && namespace === own) {
      const { asked } = await this.#climb().catch(() => ({ asked: [] }));
      lookups.unshift(...workloadLookups(asked, identity.name ?? ''));
    }
    const subject = bindTo(this.#way.user, identity);
    if (subject === undefined || !isDnsLabel(namespace)) return rbacCommand(namespace, subject, lookups);
    const isForCluster = lookups.some(({ isOfCluster }) => isOfCluster);
    const yaml = manifests({ namespace: isForCluster ? undefined : namespace, subject, lookups });
    return `kubectl apply -f - <<'EOF'\n${yaml}EOF\n`;
  }
}

function bindTo(user: string | undefined, identity: PodIdentity): Subject | undefined {
  if (user === undefined) return subjectOf(identity);
  const [, namespace, serviceAccountName] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace === undefined || serviceAccountName === undefined) return { kind: 'User', name: user };
  return subjectOf({ namespace, serviceAccountName });
}

/** The answer is the object with this name. The answer to a dry run may have no resourceVersion. */
function isNamed(answer: Answer, name: string): boolean {
  return 'body' in answer && (answer.body['metadata'] as JsonObject | null | undefined)?.['name'] === name;
}

function missing(namespace: string): Finding {
  const fix = `create it, or name another namespace: kubectl create namespace ${isDnsLabel(namespace) ? namespace : 'NAME'}`;
  return failed(`namespace ${namespace} does not exist`, fix);
}

function podOf({ name = 'unknown', uid }: PodIdentity, namespace: string): ObjectReference {
  return { apiVersion: 'v1', kind: 'Pod', name, namespace, ...(uid !== undefined && { uid }) };
}

function sampleEvent(identity: PodIdentity, namespace: string): RecordedEvent {
  const { name: reportingInstance = 'unknown', nodeName: host, component: reportingComponent } = identity;
  const now = new Date(systemClock.now());
  return {
    name: `${NAME}-doctor`,
    namespace,
    type: 'Normal',
    regarding: podOf(identity, namespace),
    reason: 'Checked',
    action: 'Check',
    message: 'a dry run: whether Events can be written',
    count: 1,
    firstTimestamp: now,
    lastTimestamp: now,
    reportingComponent,
    reportingInstance,
    ...(host !== undefined && { host }),
  };
}
