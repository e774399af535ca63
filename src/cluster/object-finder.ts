import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../clock.ts';
import { KubernetesEventsError, type Report } from '../diagnostics.ts';
import { groupOf, isBuiltIn, isClusterScoped, pluralOf } from '../object/kinds.ts';
import { findController, uidOf } from '../object/metadata.ts';
import {
  type Address,
  addressOf,
  type ObjectReference,
  type Regarding,
  readReference,
} from '../object/reference.ts';
import { codeOfError, codeOfStatus, fixOfLookup } from './answers.ts';
import { type Answer, type Api, get, type JsonObject, type Reply } from './client.ts';
import { Discovery, type Resource } from './discovery.ts';

/**
 * The first write of an Event waits no longer than this for the uid of its object. An Event that comes late is worse than
 * one that `kubectl describe` does not show.
 */
const LOOKUP_TIMEOUT_MS = 500;
/**
 * After a lookup without an answer, there is none for this time, so that many objects do not each wait for a server that
 * hangs.
 */
const LOOKUP_PAUSE_MS = 30_000;
/** A lookup that failed is tried again after a second, then twice as long each time. Roles often come after the pods. */
const FIRST_LOOKUP_DELAY_MS = 1_000;
const LAST_LOOKUP_DELAY_MS = 60_000;
/** No Event is written before the workload is known, so this lookup may take longer. */
const WORKLOAD_TIMEOUT_MS = 2_500;
/** The time for programs that fetch credentials. */
const CREDENTIALS_TIMEOUT_MS = 4_000;
/** The number of kinds in namespaces of which it is remembered that they may not be read. */
const MAX_REMEMBERED = 256;
/** Owner chains have two or three links. A longer one is a circle. */
const MAX_OWNERS = 8;
/** Controllers of Kubernetes at the top of an owner chain. Their own owners are not the workload any more. */
const TOP_KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);
/** Kinds that are workloads even if something owns them. */
const WORKLOAD_KINDS = new Set([...TOP_KINDS, 'Job']);

interface Lookup {
  readonly address: Promise<Address>;
  /** When to ask again, if something could not be asked; infinity if everything is found. */
  askAgainAt: number;
  readonly failures: number;
}

/** What a lookup has found out about an object. */
interface Found {
  readonly address: Address;
  readonly isComplete: boolean;
}

/** The answer of the server about an object, or about its kind if the kind is not known. */
interface Finding {
  readonly resource?: Pick<Resource, 'plural' | 'isNamespaced'> | undefined;
  readonly answer?: Answer;
}

/** Asks the API server for what a reference does not contain: the uid of an object, the workload that owns a pod. */
export class ObjectFinder {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #timeoutMs: number;
  readonly #lookups = new WeakMap<Regarding, Lookup>();
  /** Collections that may not be read, and when to ask for them again. */
  readonly #forbidden = new BoundedMap<string, { until: number; failures: number }>(MAX_REMEMBERED);
  readonly #discovery: Discovery;
  #pausedUntil = 0;

  constructor(api: Api, clock: Clock, report: Report, timeoutMs: number = LOOKUP_TIMEOUT_MS) {
    this.#api = api;
    this.#discovery = new Discovery(api);
    this.#clock = clock;
    this.#report = report;
    this.#timeoutMs = timeoutMs;
  }

  /**
   * Finds out where an Event is and what it is about. Each object is looked up once. If something could not be asked, it is
   * asked again later. Until then, calls return the same address.
   * @throws KubernetesEventsError if the server could not be asked, so that the write should be tried again later
   */
  find(regarding: Regarding): Promise<Address> {
    const known = this.#lookups.get(regarding);
    if (known !== undefined && this.#clock.uptime() < known.askAgainAt) return known.address;
    const failures = (known?.failures ?? 0) + 1;
    const askAgain = () => {
      lookup.askAgainAt = this.#clock.uptime() + delayMsAfter(failures);
    };
    const address = this.#lookUp(regarding).then(
      (found) => {
        if (!found.isComplete) askAgain();
        return found.address;
      },
      (error) => {
        if (known === undefined) {
          this.#lookups.delete(regarding);
          throw error;
        }
        // The counts need not wait, because an address is known already.
        askAgain();
        return known.address;
      },
    );
    const lookup: Lookup = { address, askAgainAt: Number.POSITIVE_INFINITY, failures };
    this.#lookups.set(regarding, lookup);
    return address;
  }

  async #lookUp(regarding: Regarding): Promise<Found> {
    let address = addressOf(regarding);
    if (regarding.isInOwnNamespace) {
      const namespace = await this.#api.namespace(CREDENTIALS_TIMEOUT_MS);
      if (namespace !== undefined)
        address = { ...address, namespace, regarding: { ...address.regarding, namespace } };
    }
    if (regarding.isWorkload) return this.#climb(address);
    // The namespace of this process is only a guess for a kind that may have no namespaces.
    const isScopeKnown = !regarding.isInOwnNamespace || isBuiltIn(regarding);
    if (regarding.uid !== undefined && isScopeKnown) return { address, isComplete: true };
    if (this.#clock.uptime() < this.#pausedUntil) return { address, isComplete: false };
    return this.#findRest(address, regarding.isInOwnNamespace);
  }

  /**
   * Looks up the uid, and whether the kind has namespaces. The Event is written without them too. So a lookup that is
   * refused or takes too long is given up without a diagnostic.
   */
  #findRest(address: Address, isInOwnNamespace: boolean): Promise<Found> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#pausedUntil = this.#clock.uptime() + LOOKUP_PAUSE_MS;
        resolve({ address, isComplete: false });
      };
      const cancel = this.#clock.setTimer(giveUp, this.#timeoutMs);
      const isUidKnown = address.regarding.uid !== undefined;
      const finding = this.#find(address.regarding, this.#timeoutMs, isUidKnown);
      void finding.then(({ resource, answer }) => {
        cancel();
        if (answer !== undefined && 'error' in answer) {
          // The timer of the request may come before the one above.
          if ((answer.error as NodeJS.ErrnoException).code === 'ETIMEDOUT') return giveUp();
          // The write would fail too.
          return reject(failureOf(answer));
        }
        if (resource === undefined) this.#reportUnknown(address.regarding, answer);
        const isComplete = answer === undefined || isUsable(answer, address.regarding);
        const regarding: ObjectReference = { ...address.regarding };
        const uid = uidIn(answer, regarding.kind);
        if (uid !== undefined) regarding.uid = uid;
        const isOfCluster = resource?.isNamespaced === false && isInOwnNamespace;
        if (isOfCluster) delete regarding.namespace;
        const namespace = isOfCluster ? 'default' : address.namespace;
        resolve({ address: { namespace, regarding }, isComplete });
      });
    });
  }

  /** Follows the owners from a pod up to its workload. */
  async #climb({ namespace, regarding: pod }: Address): Promise<Found> {
    let current: ObjectReference = { ...pod };
    let workload = current;
    for (let i = 0; i < MAX_OWNERS && !TOP_KINDS.has(current.kind); i++) {
      const finding = await this.#find(current, WORKLOAD_TIMEOUT_MS);
      const { resource, answer } = finding;
      if (resource?.isNamespaced === false) delete current.namespace;
      const isRefused = answer !== undefined && 'status' in answer && answer.status === 403;
      // A custom controller that may not be read is used anyway, because it owns the pod.
      if ((isRefused || !isUsable(answer, current)) && workload === current && !isBuiltIn(current)) break;
      if (isRefused) {
        this.#reportForbidden(current, namespace, finding);
        return { address: addressIn(namespace, workload), isComplete: false };
      }
      if (!isUsable(answer, current)) throw failureOf(answer);
      const uid = uidIn(answer, current.kind);
      if (uid !== undefined) current.uid = uid;
      const owner = controllerOf(answer);
      // The owner of a mirror pod is its node.
      if (owner === undefined || isClusterScoped(owner)) break;
      current = { ...owner, namespace };
      if (WORKLOAD_KINDS.has(owner.kind) || !isBuiltIn(owner)) workload = current;
    }
    return { address: addressIn(namespace, workload), isComplete: true };
  }

  #reportUnknown({ apiVersion, kind, name }: ObjectReference, answer: Answer | undefined): void {
    // Another status says nothing about the kind.
    if (answer !== undefined && 'status' in answer && answer.status !== 404) return;
    const type =
      apiVersion === undefined ? `${kind} ${name} without an apiVersion` : `${kind} ${name} of ${apiVersion}`;
    const got = answer === undefined ? 'other kinds' : 404;
    this.#report('KEVT_UNKNOWN_KIND', `${type}: expected the kind at ${pathOf(apiVersion)}, got ${got}`, {
      subject: `${apiVersion} ${kind}`,
    });
  }

  #reportForbidden(object: ObjectReference, namespace: string, { resource, answer }: Finding): void {
    const plural = `${resource?.plural}`;
    const detail =
      `get ${object.kind} ${object.name} in namespace ${namespace}: 403. Add to the Role: ` +
      `{apiGroups: ["${groupOf(object)}"], resources: ["${plural}"], verbs: ["get"]}`;
    this.#report('KEVT_LOOKUP_FORBIDDEN', detail, { fix: fixOfLookup(namespace, plural, answer as Reply) });
  }

  /** Gets an object, or only its kind. Without a known kind there is nothing to get. */
  async #find(reference: ObjectReference, timeoutMs: number, isKindEnough = false): Promise<Finding> {
    const { apiVersion, name, namespace } = reference;
    const finding = await this.#resourceOf(reference, timeoutMs);
    const { resource } = finding;
    if (resource === undefined || isKindEnough) return finding;
    const { plural, isNamespaced } = resource;
    // Without a namespace, a namespaced object cannot be found.
    if (isNamespaced && namespace === undefined) return { resource };
    const scope = isNamespaced ? `/namespaces/${encodeURIComponent(namespace as string)}` : '';
    const collection = `${pathOf(apiVersion)}${scope}/${plural}`;
    const now = this.#clock.uptime();
    const known = this.#forbidden.get(collection);
    if (known !== undefined && now < known.until) return { resource, answer: FORBIDDEN };
    const path = `${collection}/${encodeURIComponent(name)}`;
    const answer = await get(this.#api, path, timeoutMs);
    const isForbidden = 'status' in answer && answer.status === 403;
    if (!isForbidden) this.#forbidden.delete(collection);
    else {
      const failures = (known?.failures ?? 0) + 1;
      this.#forbidden.set(collection, { until: now + delayMsAfter(failures), failures });
    }
    return { resource, answer };
  }

  async #resourceOf({ apiVersion = 'v1', kind }: ObjectReference, timeoutMs: number): Promise<Finding> {
    const plural = pluralOf(apiVersion, kind);
    if (plural !== undefined)
      return { resource: { plural, isNamespaced: !isClusterScoped({ apiVersion, kind }) } };
    const listing = await this.#discovery.resourcesOf(apiVersion, timeoutMs);
    if ('failure' in listing) return { answer: listing.failure };
    const resource = listing.resources.find((one) => one.kind === kind);
    // The kind may be defined when the next object is looked up.
    if (resource === undefined) this.#discovery.forget(apiVersion);
    return { resource };
  }
}

function delayMsAfter(failures: number): number {
  return Math.min(FIRST_LOOKUP_DELAY_MS * 2 ** (failures - 1), LAST_LOOKUP_DELAY_MS);
}

/** The reason for which a lookup must be tried again later. */
function failureOf(answer: Answer | undefined): KubernetesEventsError {
  if (answer === undefined) return new KubernetesEventsError('KEVT_SERVER_ERROR', 'no answer to discovery');
  if ('status' in answer) {
    const { status, text } = answer;
    const detail = `looking for an object: ${status} ${text.slice(0, 300)}`;
    return new KubernetesEventsError(codeOfStatus(status), detail);
  }
  const { error, isSent } = answer;
  if (error instanceof KubernetesEventsError) return error;
  return new KubernetesEventsError(codeOfError(error, isSent), error.message, { cause: error });
}

const FORBIDDEN: Answer = { status: 403, retryAfterMs: undefined, body: {}, text: '' };

/**
 * True for the object itself, or for the answer of an API server that it does not exist. Otherwise a later attempt may
 * succeed.
 */
function isUsable(answer: Answer | undefined, { name }: ObjectReference): answer is Reply {
  if (answer === undefined || !('status' in answer)) return false;
  if (answer.status === 404) return answer.body['kind'] === 'Status';
  return answer.status === 200 && metadataOf(answer)?.['name'] === name;
}

/** The address of a workload in this namespace, or of a workload without a namespace. */
function addressIn(namespace: string, workload: ObjectReference): Address {
  return { namespace: workload.namespace === undefined ? 'default' : namespace, regarding: workload };
}

function pathOf(apiVersion = 'v1'): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function metadataOf(answer: Answer | undefined): JsonObject | undefined {
  if (answer === undefined || 'error' in answer || answer.status !== 200) return undefined;
  return answer.body['metadata'] as JsonObject | undefined;
}

function uidIn(answer: Answer | undefined, kind: string): string | undefined {
  const uid = uidOf(kind, metadataOf(answer) ?? {});
  return typeof uid === 'string' ? uid : undefined;
}

function controllerOf(answer: Answer): ObjectReference | undefined {
  const reading = readReference(findController(metadataOf(answer)?.['ownerReferences']));
  return 'reference' in reading ? reading.reference : undefined;
}
