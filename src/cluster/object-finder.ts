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
import { codeOfError, codeOfStatus } from './answers.ts';
import { type Answer, type Api, get, type JsonObject, type Reply } from './client.ts';
import { Discovery, type Resource } from './discovery.ts';

/** The first write of an Event waits no longer for the uid of its object: shown late is worse than shown without. */
const LOOKUP_TIMEOUT_MS = 500;
/** After a lookup without an answer none is tried for so long: many objects must not each wait for a server that hangs. */
const LOOKUP_PAUSE_MS = 30_000;
/** What the server did not let us ask is asked for again after a second, doubling: Roles often come after the pods. */
const FIRST_LOOKUP_DELAY_MS = 1_000;
const LAST_LOOKUP_DELAY_MS = 60_000;
/** No Event is written before the workload is known, so there is time to ask. */
const WORKLOAD_TIMEOUT_MS = 2_500;
/** What programs get that fetch credentials. */
const CREDENTIALS_TIMEOUT_MS = 4_000;
/** Which kinds and namespaces may not be read is remembered, within bounds. */
const MAX_REMEMBERED = 256;
/** Owner chains have two or three links; more is a circle. */
const MAX_OWNERS = 8;
/** Controllers at the top of what Kubernetes itself runs; what owns them in turn is not the workload any more. */
const TOP_KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);
/** Kinds that are workloads although something may own them. */
const WORKLOAD_KINDS = new Set([...TOP_KINDS, 'Job']);

interface Lookup {
  readonly address: Promise<Address>;
  /** Something could not be asked. When it may be; infinity: everything is found. */
  askAgainAt: number;
  readonly failures: number;
}

/** What was found of an object. */
interface Found {
  readonly address: Address;
  readonly isComplete: boolean;
}

/** What the server says of an object, or of its kind when that is not known. */
interface Finding {
  readonly resource?: Pick<Resource, 'plural' | 'isNamespaced'> | undefined;
  readonly answer?: Answer;
}

/** Finds out at the API server what a reference leaves open: the uid of an object, the workload that owns a pod. */
export class ObjectFinder {
  readonly #api: Api;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #lookups = new WeakMap<Regarding, Lookup>();
  /** Collections that may not be read, and until when they are not asked for. */
  readonly #forbidden = new BoundedMap<string, { until: number; failures: number }>(MAX_REMEMBERED);
  readonly #discovery: Discovery;
  #pausedUntil = 0;

  constructor(api: Api, clock: Clock, report: Report) {
    this.#api = api;
    this.#discovery = new Discovery(api);
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * Where an Event is and what it is about. Each object is looked up once; what could not be asked is asked again later.
   * Until something else is found it is the same object.
   * @throws KubernetesEventsError when the server could not be asked, so that it should be tried again later
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
        // Counts do not wait for more than is known already.
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
    // The namespace of our own is a guess for a kind that may have none.
    const isScopeKnown = !regarding.isInOwnNamespace || isBuiltIn(regarding);
    if (regarding.uid !== undefined && isScopeKnown) return { address, isComplete: true };
    if (this.#clock.uptime() < this.#pausedUntil) return { address, isComplete: false };
    return this.#findRest(address, regarding.isInOwnNamespace);
  }

  /**
   * The uid, and whether there are such objects in namespaces. Without both the Event is written all the same, so what
   * the server refuses or delays is given up quietly.
   */
  #findRest(address: Address, isInOwnNamespace: boolean): Promise<Found> {
    return new Promise((resolve, reject) => {
      const giveUp = () => {
        this.#pausedUntil = this.#clock.uptime() + LOOKUP_PAUSE_MS;
        resolve({ address, isComplete: false });
      };
      const cancel = this.#clock.setTimer(giveUp, LOOKUP_TIMEOUT_MS);
      const isUidKnown = address.regarding.uid !== undefined;
      const finding = this.#find(address.regarding, LOOKUP_TIMEOUT_MS, isUidKnown);
      void finding.then(({ resource, answer }) => {
        cancel();
        // The write would fail as well.
        if (answer !== undefined && 'error' in answer) return reject(failureOf(answer));
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

  /** From a pod up to its workload. */
  async #climb({ namespace, regarding: pod }: Address): Promise<Found> {
    let current: ObjectReference = { ...pod };
    let workload = current;
    for (let i = 0; i < MAX_OWNERS && !TOP_KINDS.has(current.kind); i++) {
      const { resource, answer } = await this.#find(current, WORKLOAD_TIMEOUT_MS);
      if (resource?.isNamespaced === false) delete current.namespace;
      const isRefused = answer !== undefined && 'status' in answer && answer.status === 403;
      // A custom controller whose API cannot be asked is good enough: it owns what we are in.
      if ((isRefused || !isUsable(answer, current)) && workload === current && !isBuiltIn(current)) break;
      if (isRefused) {
        this.#reportForbidden(current, namespace, resource?.plural);
        return { address: addressIn(namespace, workload), isComplete: false };
      }
      if (!isUsable(answer, current)) throw failureOf(answer);
      const uid = uidIn(answer, current.kind);
      if (uid !== undefined) current.uid = uid;
      const owner = controllerOf(answer);
      // A node owns its mirror pods.
      if (owner === undefined || isClusterScoped(owner)) break;
      current = { ...owner, namespace };
      if (WORKLOAD_KINDS.has(owner.kind) || !isBuiltIn(owner)) workload = current;
    }
    return { address: addressIn(namespace, workload), isComplete: true };
  }

  #reportUnknown({ apiVersion, kind, name }: ObjectReference, answer: Answer | undefined): void {
    // Any other status says nothing about the kind.
    if (answer !== undefined && 'status' in answer && answer.status !== 404) return;
    const type =
      apiVersion === undefined ? `${kind} ${name} without an apiVersion` : `${kind} ${name} of ${apiVersion}`;
    const got = answer === undefined ? 'other kinds' : 404;
    this.#report('KEVT_UNKNOWN_KIND', `${type}: expected the kind at ${pathOf(apiVersion)}, got ${got}`, {
      subject: `${apiVersion} ${kind}`,
    });
  }

  #reportForbidden(object: ObjectReference, namespace: string, plural: string | undefined): void {
    this.#report(
      'KEVT_LOOKUP_FORBIDDEN',
      `get ${object.kind} ${object.name} in namespace ${namespace}: 403. Add to the Role: ` +
        `{apiGroups: ["${groupOf(object)}"], resources: ["${plural}"], verbs: ["get"]}`,
    );
  }

  /** GETs an object, or no more than its kind. Without an answer there is nothing to ask for. */
  async #find(reference: ObjectReference, timeoutMs: number, isKindEnough = false): Promise<Finding> {
    const { apiVersion, name, namespace } = reference;
    const finding = await this.#resourceOf(reference, timeoutMs);
    const { resource } = finding;
    if (resource === undefined || isKindEnough) return finding;
    const { plural, isNamespaced } = resource;
    // In all namespaces there is no object to be found.
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
    // It may be defined by the time of the next object.
    if (resource === undefined) this.#discovery.forget(apiVersion);
    return { resource };
  }
}

function delayMsAfter(failures: number): number {
  return Math.min(FIRST_LOOKUP_DELAY_MS * 2 ** (failures - 1), LAST_LOOKUP_DELAY_MS);
}

/** Why a lookup is to be tried again later. */
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

/** The object itself, or the word of an API server that there is none. Otherwise asking again later may help. */
function isUsable(answer: Answer | undefined, { name }: ObjectReference): answer is Reply {
  if (answer === undefined || !('status' in answer)) return false;
  if (answer.status === 404) return answer.body['kind'] === 'Status';
  return answer.status === 200 && metadataOf(answer)?.['name'] === name;
}

/** The workload of a pod in this namespace: in it as well, or in none. */
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
