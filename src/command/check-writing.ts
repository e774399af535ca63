import { systemClock } from '../clock.ts';
import { withPart } from '../cluster/account.ts';
import { interpret, type Meaning } from '../cluster/answers.ts';
import type { ApiRequest } from '../cluster/client.ts';
import { EVENT_APIS } from '../cluster/event-api.ts';
import type { PodIdentity } from '../cluster/identity.ts';
import { ObjectFinder } from '../cluster/object-finder.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';
import type { WriteVerb } from '../delivery/verdict.ts';
import { isDnsLabel } from '../object/names.ts';
import { type ObjectReference, resolveReference } from '../object/reference.ts';
import { WAITING_CLOCK } from './access.ts';
import { said, type Way } from './check-access.ts';
import { DOWNWARD_FIX } from './check-identity.ts';
import { type Finding, once } from './checks.ts';
import { NAME } from './help.ts';
import { CommandError, type CommandErrorDetails } from './io.ts';
import { type Asked, type Lookup, observe, statusOf, workloadLookups } from './lookups.ts';
import { manifests, rbacCommand, type Subject, subjectOf } from './rbac.ts';

/** What the application writes, and what it looks up. */
export interface Wanted {
  api: 'v1' | 'events.k8s.io/v1';
  identity: PodIdentity;
  /** The namespace of the pod, or of the kubeconfig. */
  own: string;
  isForWorkload: boolean;
  /** The types of objects that records are about. */
  lookups: readonly Lookup[];
}

const VERBS: readonly WriteVerb[] = ['create', 'patch'];
const REVIEW = 'SelfSubjectAccessReview';
const DRY_RUN = 'dryRun=All';

/** What was found of the pod, or of what owns it. */
interface Search {
  found: ObjectReference;
  asked: readonly Asked[];
  /** Something on the way may not be looked up. */
  isRefused: boolean;
}

/** Asks whether Events can be written as they are wanted. */
export class Writing {
  readonly #way: Way;
  readonly #wanted: Wanted;
  readonly #permissions = new Map<string, () => Promise<Finding>>();

  constructor(way: Way, wanted: Wanted) {
    this.#way = way;
    this.#wanted = wanted;
  }

  /** Whether Events may be written in the namespace. */
  permission(namespace: string): Promise<Finding> {
    const ask = this.#permissions.get(namespace) ?? once(() => this.#askPermission(namespace));
    this.#permissions.set(namespace, ask);
    return ask();
  }

  async #askPermission(namespace: string): Promise<Finding> {
    const group = this.#wanted.api === 'v1' ? '' : 'events.k8s.io';
    const what = `events${group === '' ? '' : `.${group}`} in namespace ${namespace}`;
    const rights = VERBS.map((verb) => ({ namespace, group, resource: 'events', verb }));
    const { refused, finding } = await this.#review(rights);
    if (refused.length === 0) return { value: `may create and patch ${what}`, ...finding };
    const verbs = refused.length === 2 ? 'neither create nor patch' : `not ${refused[0]?.verb}`;
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}`;
    const status = statusOf(await this.#way.ask({ method: 'GET', path }));
    if (status === 404) throw missing(namespace);
    const isThere = status === 200 || namespace === this.#wanted.identity.namespace;
    throw new CommandError(`may ${verbs} ${what}`, await this.#grant(namespace), {
      source: REVIEW,
      ...(!isThere && { detail: `the API server says the same when namespace ${namespace} does not exist` }),
    });
  }

  /** Which objects of the types that records are about may be looked up. */
  async lookup(namespace: string): Promise<Finding> {
    const rights = this.#wanted.lookups.map(({ group, resource, isOfCluster }) => {
      return { ...(!isOfCluster && { namespace }), group, resource, verb: 'get' };
    });
    const { refused, finding } = await this.#review(rights);
    const what = (refused.length === 0 ? rights : refused).map(({ resource }) => resource).join(', ');
    if (refused.length === 0) return { value: `may get ${what} in namespace ${namespace}`, ...finding };
    const detail = 'without it, kubectl describe does not show Events about objects whose uid is not given';
    throw await this.#refusal(`may not get ${what} in namespace ${namespace}`, namespace, {
      source: REVIEW,
      detail,
    });
  }

  /** The workload of this pod, looked up as the library does it. */
  async workload(): Promise<Finding> {
    const { own, identity } = this.#wanted;
    const { found, asked, isRefused } = await this.#climb();
    if (isRefused) {
      const { resource, name } = asked.at(-1) as Asked;
      const detail = `get ${resource} ${name}: 403; without it, Events are about ${found.kind} ${found.name}`;
      throw await this.#refusal(`may not get ${resource} in namespace ${own}`, own, { detail });
    }
    const source = 'owner references';
    if (found.kind !== 'Pod') return { value: `${found.kind} ${found.name}`, source };
    if (found.uid !== undefined) return { value: `none: nothing owns pod ${found.name}`, source };
    throw new CommandError(`there is no pod ${identity.name} in namespace ${own}`, DOWNWARD_FIX);
  }

  /** The uid of this pod, where nothing in the pod says it. */
  async uid(): Promise<Finding> {
    const { found, asked } = await this.#find(false);
    if (found.uid !== undefined) return { value: found.uid, source: 'looked up' };
    const status = statusOf(asked.at(-1)?.answer);
    const why = status === 0 ? 'there was no answer' : `get pods ${found.name}: ${status}`;
    const detail = `without it, kubectl describe pod does not show the Events; ${why}`;
    const isShown = this.#wanted.identity.sources.name === 'host name';
    return { status: 'note', value: 'not known', detail, fix: isShown ? undefined : DOWNWARD_FIX };
  }

  readonly #climb: () => Promise<Search> = once(() => this.#find(true));

  async #find(isWorkload: boolean): Promise<Search> {
    await this.#way.user();
    const { identity, own } = this.#wanted;
    const { name = 'unknown', uid } = identity;
    const pod = { apiVersion: 'v1', kind: 'Pod', name, namespace: own, ...(uid !== undefined && { uid }) };
    const api = observe((await this.#way.access()).client);
    let isRefused = false;
    const finder = new ObjectFinder(api, WAITING_CLOCK, (code) => {
      isRefused ||= code === 'KEVT_LOOKUP_FORBIDDEN';
    });
    try {
      const { regarding } = await finder.find(resolveReference(pod, undefined, own, { isWorkload }));
      return { found: regarding, asked: api.asked, isRefused };
    } catch (error) {
      const detail = (error as Error).message;
      throw new CommandError('the API server does not say what it knows of this pod', 'try again', {
        detail,
      });
    }
  }

  /**
   * Writes an Event as the library would, with `dryRun=All`: it goes through authorization, admission and validation, and
   * is not stored. So there is nothing to patch, and the right answer to the patch is 404. Without the permission it would
   * be 403, which the API server answers before it looks for the Event.
   */
  async write(namespace: string): Promise<Finding> {
    await this.permission(namespace);
    const codec = EVENT_APIS[this.#wanted.api];
    const event = sampleEvent(this.#wanted.identity, namespace);
    const write = { event, count: 1, account: withPart('', 'doctor', 1) };
    const stored = { uid: '', resourceVersion: '1', count: 1, account: '', instance: '', lastAt: 0 };
    const path = codec.path(namespace);
    const create = { method: 'POST', path: `${path}?${DRY_RUN}`, body: codec.create(write) } as const;
    const body = codec.patch({ ...write, count: 2 }, stored);
    const patch = { method: 'PATCH', path: `${path}/${event.name}?${DRY_RUN}`, body } as const;
    return (
      (await this.#try('create', create, namespace)) ??
      (await this.#try('patch', patch, namespace)) ?? {
        value: `a dry run in namespace ${namespace} passes: create and patch are allowed`,
        source: DRY_RUN,
      }
    );
  }

  /** What the library would make of the answer; undefined: all is well. */
  async #try(
    verb: WriteVerb,
    request: Pick<ApiRequest, 'method' | 'path' | 'body'>,
    namespace: string,
  ): Promise<Finding | undefined> {
    const apiGroup = this.#wanted.api === 'v1' ? '' : 'events.k8s.io';
    const answer = await this.#way.ask(request);
    const status = statusOf(answer);
    const meaning = interpret(answer, { verb, namespace, apiGroup });
    if (!('detail' in meaning)) return undefined;
    const { detail } = meaning;
    // The Event is well-formed, and its validation answers 422: what is left is a webhook that takes no dry run.
    if (status === 400) {
      const value = `a dry run in namespace ${namespace} is not possible, because an admission webhook does not support it`;
      return { status: 'note', value, source: DRY_RUN, detail };
    }
    if (status === 404 && meaning.is === 'drop') throw missing(namespace);
    const fix = meaning.is === 'forbidden' ? await this.#grant(namespace) : FIXES[fixOf(meaning)];
    const what = verb === 'create' ? 'an Event' : 'a change of an Event';
    throw new CommandError(`${what} in namespace ${namespace} is refused`, fix, { source: DRY_RUN, detail });
  }

  /** Asks for rights. What is not refused may be allowed, or nobody says. */
  async #review<T extends object>(
    rights: readonly T[],
  ): Promise<{ refused: T[]; finding: Partial<Finding> }> {
    await this.#way.user();
    const answers = await Promise.all(rights.map((right) => this.#reviewOne(right)));
    const refused = rights.filter((_, index) => answers[index]?.isAllowed === false);
    const silent = answers.find(({ isAllowed }) => isAllowed === undefined);
    if (silent !== undefined)
      return {
        refused,
        finding: { status: 'note', source: REVIEW, detail: `the API server does not say: ${silent.reason}` },
      };
    return { refused, finding: { source: answers.find(({ reason }) => reason !== '')?.reason ?? REVIEW } };
  }

  async #reviewOne(resourceAttributes: object): Promise<{ isAllowed: boolean | undefined; reason: string }> {
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const body = { apiVersion: 'authorization.k8s.io/v1', kind: REVIEW, spec: { resourceAttributes } };
    const answer = await this.#way.ask({ method: 'POST', path, body });
    if ('error' in answer || answer.status !== 201) return { isAllowed: undefined, reason: said(answer) };
    const { allowed, reason } = (answer.body['status'] ?? {}) as { allowed?: unknown; reason?: unknown };
    return { isAllowed: allowed === true, reason: typeof reason === 'string' ? reason : '' };
  }

  /** Of a lookup; the Role is printed once. */
  async #refusal(what: string, namespace: string, more: CommandErrorDetails): Promise<CommandError> {
    const fix = await this.permission(namespace).then(
      () => this.#grant(namespace),
      () => 'apply the Role above: it allows this too',
    );
    return new CommandError(what, fix, more);
  }

  /** The manifests that `rbac` prints, in a command to paste. */
  async #grant(namespace: string): Promise<string> {
    const { identity, isForWorkload, own } = this.#wanted;
    const lookups = [...this.#wanted.lookups];
    if (isForWorkload && namespace === own) {
      const asked = await this.#climb().then(
        (search) => search.asked,
        () => [],
      );
      lookups.unshift(...workloadLookups(asked, identity.name ?? ''));
    }
    const subject = bindTo((await this.#way.user()).name, identity);
    if (subject === undefined || !isDnsLabel(namespace)) return rbacCommand({ subject, namespace, lookups });
    const isForCluster = lookups.some(({ isOfCluster }) => isOfCluster);
    const yaml = manifests({ namespace: isForCluster ? undefined : namespace, subject, lookups });
    return `kubectl apply -f - <<'EOF'\n${yaml}EOF\n`;
  }
}

/** Whom a Role is to be bound to. */
function bindTo(user: string | undefined, identity: PodIdentity): Subject | undefined {
  if (user === undefined) return subjectOf(identity);
  const [, namespace, serviceAccountName] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace === undefined || serviceAccountName === undefined) return { kind: 'User', name: user };
  return subjectOf({ namespace, serviceAccountName });
}

function missing(namespace: string): CommandError {
  const fix = `create it, or name another namespace: kubectl create namespace ${isDnsLabel(namespace) ? namespace : 'NAME'}`;
  return new CommandError(`namespace ${namespace} does not exist`, fix);
}

const FIXES = {
  retry: 'try again: the API server could not process the request',
  namespace: 'use another namespace: this one is being deleted and takes nothing new',
  rejected: 'read the answer of the API server: a webhook, a policy or its validation refuses the Event',
} as const;

function fixOf(meaning: Meaning): keyof typeof FIXES {
  return meaning.is === 'drop' ? meaning.reason : 'retry';
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
