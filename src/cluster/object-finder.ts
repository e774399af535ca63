import type { Clock } from '../clock.ts';
import { KubernetesEventsError, type Report } from '../diagnostics.ts';
import { groupOf, isClusterScoped, pluralOf } from '../object/kinds.ts';
import {
  findController,
  type ObjectReference,
  type ResolvedReference,
  readReference,
} from '../object/reference.ts';
import type { Answer, ApiClient, JsonObject, Reply } from './client.ts';

/** The first write of an Event waits no longer for the uid of its object: shown late is worse than shown without. */
const LOOKUP_TIMEOUT_MS = 500;
/** After a lookup without an answer none is tried for so long: many objects must not each wait for a server that hangs. */
const LOOKUP_PAUSE_MS = 30_000;
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

/** What discovery says of a kind. */
interface Resource {
  plural: string;
  isNamespaced: boolean;
}

/** Finds out at the API server what a reference leaves open: the uid of an object, the workload that owns a pod. */
export class ObjectFinder {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #lookups = new WeakMap<ResolvedReference, Promise<void>>();
  /** Paths of collections that may not be read. */
  readonly #forbidden = new Set<string>();
  /** The kinds of each version of a group that was asked for; undefined: no answer. */
  readonly #kinds = new Map<string, Promise<ReadonlyMap<string, Resource> | undefined>>();
  #pausedUntil = 0;
  #workload: Promise<ObjectReference> | undefined;

  constructor(client: ApiClient, clock: Clock, report: Report) {
    this.#client = client;
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * Completes a reference in place; each is looked up once.
   * @throws KubernetesEventsError when the server could not be asked, so that it should be tried again later
   */
  complete(reference: ResolvedReference): Promise<void> {
    let lookup = this.#lookups.get(reference);
    if (lookup === undefined) {
      lookup = this.#complete(reference);
      this.#lookups.set(reference, lookup);
      lookup.catch(() => this.#lookups.delete(reference));
    }
    return lookup;
  }

  async #complete(reference: ResolvedReference): Promise<void> {
    if (reference.isInOwnNamespace) {
      const namespace = await this.#client.namespace(CREDENTIALS_TIMEOUT_MS);
      if (namespace !== undefined) Object.assign(reference, { namespace, eventNamespace: namespace });
    }
    if (reference.isWorkload) await this.#becomeWorkload(reference);
    else if (reference.uid === undefined && this.#clock.uptime() >= this.#pausedUntil)
      await this.#addUid(reference);
  }

  /** Without a uid the Event is written all the same, so what the server refuses or delays is given up quietly. */
  #addUid(reference: ResolvedReference): Promise<void> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const giveUp = () => {
        isLate = true;
        this.#pausedUntil = this.#clock.uptime() + LOOKUP_PAUSE_MS;
        resolve();
      };
      const cancel = this.#clock.setTimer(giveUp, LOOKUP_TIMEOUT_MS);
      void this.#find(reference, LOOKUP_TIMEOUT_MS).then(({ resource, answer }) => {
        // The Event may be on its way: what it is about, and so its name, does not change any more.
        if (isLate) return;
        cancel();
        // The write would fail as well.
        if (answer !== undefined && 'error' in answer) return reject(failureOf(answer));
        const uid = metadataOf(answer)?.['uid'];
        if (typeof uid === 'string') reference.uid = uid;
        if (resource?.isNamespaced === false && reference.isInOwnNamespace) {
          delete reference.namespace;
          reference.eventNamespace = 'default';
        }
        resolve();
      });
    });
  }

  async #becomeWorkload(reference: ResolvedReference): Promise<void> {
    this.#workload ??= this.#climb(reference);
    try {
      const workload = await this.#workload;
      delete reference.isWorkload;
      if (workload.kind !== reference.kind) delete reference.fieldPath;
      Object.assign(reference, workload);
    } catch (error) {
      this.#workload = undefined;
      throw error;
    }
  }

  /** From a pod up to its workload. */
  async #climb(pod: ResolvedReference): Promise<ObjectReference> {
    const { isWorkload: _, isInOwnNamespace: __, eventNamespace: namespace, ...start } = pod;
    let current: ObjectReference = start;
    let workload: ObjectReference = start;
    for (let i = 0; i < MAX_OWNERS && !TOP_KINDS.has(current.kind); i++) {
      const { resource, answer } = await this.#find(current, WORKLOAD_TIMEOUT_MS);
      const isRefused = answer !== undefined && 'status' in answer && answer.status === 403;
      // A custom controller whose API cannot be asked is good enough: it owns what we are in.
      if ((isRefused || !isUsable(answer)) && workload === current && !isBuiltIn(current)) break;
      if (!isUsable(answer)) throw failureOf(answer);
      if (isRefused) {
        this.#report(
          'KEVT_LOOKUP_FORBIDDEN',
          `get ${current.kind} ${current.name} in namespace ${namespace}: 403. Add to the Role: ` +
            `{apiGroups: ["${groupOf(current)}"], resources: ["${resource?.plural}"], verbs: ["get"]}`,
        );
        break;
      }
      const { uid } = metadataOf(answer) ?? {};
      if (current.uid === undefined && typeof uid === 'string') current.uid = uid;
      const owner = controllerOf(answer);
      if (owner === undefined) break;
      current = { ...owner, namespace };
      if (WORKLOAD_KINDS.has(owner.kind) || !isBuiltIn(owner)) workload = current;
    }
    return workload;
  }

  /** GETs an object. Without an answer the server could not be asked, or does not know the kind. */
  async #find(
    reference: ObjectReference,
    timeoutMs: number,
  ): Promise<{ resource?: Resource | undefined; answer?: Answer | undefined }> {
    const { apiVersion = 'v1', name, namespace } = reference;
    const resource = await this.#resourceOf(reference, timeoutMs);
    if (resource === undefined) return {};
    const { plural, isNamespaced } = resource;
    // In all namespaces there is no object to be found.
    if (isNamespaced && namespace === undefined) return { resource };
    const scope = isNamespaced ? `/namespaces/${encodeURIComponent(namespace as string)}` : '';
    const collection = `${pathOf(apiVersion)}${scope}/${plural}`;
    if (this.#forbidden.has(collection)) return { resource, answer: FORBIDDEN };
    const path = `${collection}/${encodeURIComponent(name)}`;
    const answer = await this.#get(path, timeoutMs);
    if ('status' in answer && answer.status === 403) {
      if (this.#forbidden.size >= MAX_REMEMBERED) this.#forbidden.clear();
      this.#forbidden.add(collection);
    }
    return { resource, answer };
  }

  async #get(path: string, timeoutMs: number): Promise<Answer> {
    const request = { method: 'GET', path, timeoutMs } as const;
    const answer = await this.#client.request(request);
    return 'error' in answer && answer.isStaleSocket ? this.#client.request(request) : answer;
  }

  async #resourceOf(
    { apiVersion = 'v1', kind }: ObjectReference,
    timeoutMs: number,
  ): Promise<Resource | undefined> {
    const plural = pluralOf(apiVersion, kind);
    if (plural !== undefined) return { plural, isNamespaced: !isClusterScoped({ apiVersion, kind }) };
    let kinds = this.#kinds.get(apiVersion);
    if (kinds === undefined) {
      if (this.#kinds.size >= MAX_REMEMBERED) this.#kinds.clear();
      kinds = this.#discover(apiVersion, timeoutMs);
      this.#kinds.set(apiVersion, kinds);
    }
    const known = await kinds;
    if (known === undefined) this.#kinds.delete(apiVersion);
    return known?.get(kind);
  }

  async #discover(apiVersion: string, timeoutMs: number): Promise<ReadonlyMap<string, Resource> | undefined> {
    const answer = await this.#get(pathOf(apiVersion), timeoutMs);
    if (!isUsable(answer)) return undefined;
    const { resources } = answer.body;
    if (!Array.isArray(resources)) return new Map();
    // `pods/status` and the like are parts of what has the plain name.
    const isResource = (resource: JsonObject | null) =>
      typeof resource?.['name'] === 'string' && /^[a-z0-9.-]+$/.test(resource['name']);
    return new Map(
      resources
        .filter(isResource)
        .map(({ kind, name, namespaced }) => [kind, { plural: name, isNamespaced: namespaced !== false }]),
    );
  }
}

/** Why a lookup is to be tried again later. */
function failureOf(answer: Answer | undefined): KubernetesEventsError {
  if (answer === undefined) return new KubernetesEventsError('KEVT_UNREACHABLE', 'no answer to discovery');
  if ('status' in answer) {
    const code = answer.status === 401 ? 'KEVT_UNAUTHORIZED' : 'KEVT_UNREACHABLE';
    return new KubernetesEventsError(
      code,
      `looking for an object: ${answer.status} ${answer.text.slice(0, 300)}`,
    );
  }
  const { error } = answer;
  if (error instanceof KubernetesEventsError) return error;
  return new KubernetesEventsError('KEVT_UNREACHABLE', error.message, { cause: error });
}

const FORBIDDEN: Answer = { status: 403, retryAfterMs: undefined, body: {}, text: '' };

/** False where asking again later may help. */
function isUsable(answer: Answer | undefined): answer is Reply {
  return answer !== undefined && 'status' in answer && answer.status !== 401 && answer.status < 429;
}

function isBuiltIn({ apiVersion, kind }: ObjectReference): boolean {
  return pluralOf(apiVersion, kind) !== undefined;
}

function pathOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function metadataOf(answer: Answer | undefined): JsonObject | undefined {
  if (answer === undefined || 'error' in answer || answer.status !== 200) return undefined;
  return answer.body['metadata'] as JsonObject | undefined;
}

function controllerOf(answer: Answer): ObjectReference | undefined {
  const reading = readReference(findController(metadataOf(answer)?.['ownerReferences']));
  return 'reference' in reading ? reading.reference : undefined;
}
