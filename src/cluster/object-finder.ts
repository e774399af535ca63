import type { Clock } from '../clock.ts';
import type { Report } from '../diagnostics.ts';
import {
  type ObjectReference,
  pluralOf,
  type ResolvedReference,
  readReference,
} from '../record/object-reference.ts';
import type { Answer, ApiClient, JsonObject } from './client.ts';

/** The first write of an Event waits no longer for the uid of its object: shown late is worse than shown without. */
const LOOKUP_TIMEOUT_MS = 500;
/** Which kinds and namespaces may not be read is remembered, within bounds. */
const MAX_REMEMBERED = 256;
/** Owner chains have two or three links; more is a circle. */
const MAX_OWNERS = 8;
/** Controllers at the top of what Kubernetes itself runs; what owns them in turn is not the workload any more. */
const TOP_KINDS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob']);
/** Kinds that are workloads although something may own them. */
const WORKLOAD_KINDS = new Set([...TOP_KINDS, 'Job']);

/** Finds out at the API server what a reference leaves open: the uid of an object, the workload that owns a pod. */
export class ObjectFinder {
  readonly #client: ApiClient;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #lookups = new WeakMap<ResolvedReference, Promise<boolean>>();
  /** Paths of collections that may not be read, and the kinds of an API group by its path. */
  readonly #forbidden = new Set<string>();
  readonly #plurals = new Map<string, Promise<ReadonlyMap<string, string> | undefined>>();
  #workload: Promise<ObjectReference | undefined> | undefined;

  constructor(client: ApiClient, clock: Clock, report: Report) {
    this.#client = client;
    this.#clock = clock;
    this.#report = report;
  }

  /**
   * Completes a reference in place; each is looked up once.
   * @returns false when the server could not be asked, so that it should be tried again later
   */
  complete(reference: ResolvedReference): Promise<boolean> {
    let lookup = this.#lookups.get(reference);
    if (lookup === undefined) {
      lookup = this.#complete(reference);
      this.#lookups.set(reference, lookup);
      const forget = () => this.#lookups.delete(reference);
      lookup.then((isDone) => isDone || forget(), forget);
    }
    return lookup;
  }

  async #complete(reference: ResolvedReference): Promise<boolean> {
    if (reference.isInOwnNamespace) {
      const namespace = await this.#client.connection.namespace?.();
      if (namespace !== undefined) Object.assign(reference, { namespace, eventNamespace: namespace });
    }
    if (reference.isWorkload) return this.#becomeWorkload(reference);
    return reference.uid !== undefined || this.#addUid(reference);
  }

  /** Without a uid the Event is written all the same, so whatever goes wrong is given up quietly. */
  #addUid(reference: ResolvedReference): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#clock.setTimer(() => resolve(true), LOOKUP_TIMEOUT_MS);
      void this.#get(reference).then((answer) => {
        const uid = metadataOf(answer)?.['uid'];
        if (typeof uid === 'string') reference.uid = uid;
        cancel();
        resolve(true);
      });
    });
  }

  async #becomeWorkload(reference: ResolvedReference): Promise<boolean> {
    this.#workload ??= this.#climb(reference);
    const workload = await this.#workload;
    if (workload === undefined) {
      this.#workload = undefined;
      return false;
    }
    delete reference.isWorkload;
    if (workload.kind !== reference.kind) delete reference.fieldPath;
    Object.assign(reference, workload);
    return true;
  }

  /** From a pod up to its workload; undefined when the server could not be asked. */
  async #climb(pod: ResolvedReference): Promise<ObjectReference | undefined> {
    const { isWorkload: _, isInOwnNamespace: __, eventNamespace: namespace, ...start } = pod;
    let current: ObjectReference = start;
    let workload: ObjectReference = start;
    for (let i = 0; i < MAX_OWNERS && !TOP_KINDS.has(current.kind); i++) {
      const answer = await this.#get(current);
      if (answer === undefined || 'error' in answer || answer.status === 401 || answer.status >= 429)
        return undefined;
      if (answer.status === 403) {
        // A custom controller that may not be read is good enough: it owns what we are in.
        if (workload === current) break;
        this.#report(
          'KEVT_LOOKUP_FORBIDDEN',
          `get ${current.kind} ${current.name} in namespace ${namespace}: 403. Add to the Role: ` +
            `{apiGroups: ["${groupOf(current)}"], resources: ["${await this.#pluralOf(current)}"], verbs: ["get"]}`,
        );
        break;
      }
      const owner = controllerOf(answer);
      if (owner === undefined) break;
      current = { ...owner, namespace };
      if (WORKLOAD_KINDS.has(owner.kind) || pluralOf(owner.apiVersion ?? '', owner.kind) === undefined)
        workload = current;
    }
    return workload;
  }

  /** GETs an object; undefined when it is not known where, or not allowed. */
  async #get(reference: ObjectReference): Promise<Answer | undefined> {
    const { apiVersion = 'v1', name, namespace } = reference;
    const plural = await this.#pluralOf(reference);
    if (plural === undefined) return undefined;
    const scope = namespace === undefined ? '' : `/namespaces/${encodeURIComponent(namespace)}`;
    const collection = `${pathOf(apiVersion)}${scope}/${plural}`;
    if (this.#forbidden.has(collection)) return { status: 403, retryAfterMs: undefined, body: {}, text: '' };
    const path = `${collection}/${encodeURIComponent(name)}`;
    const answer = await this.#client.request({ method: 'GET', path, timeoutMs: 10 * LOOKUP_TIMEOUT_MS });
    if ('status' in answer && answer.status === 403) {
      if (this.#forbidden.size >= MAX_REMEMBERED) this.#forbidden.clear();
      this.#forbidden.add(collection);
    }
    return answer;
  }

  async #pluralOf({ apiVersion = 'v1', kind }: ObjectReference): Promise<string | undefined> {
    const builtIn = pluralOf(apiVersion, kind);
    if (builtIn !== undefined) return builtIn;
    let plurals = this.#plurals.get(apiVersion);
    if (plurals === undefined) {
      if (this.#plurals.size >= MAX_REMEMBERED) this.#plurals.clear();
      plurals = this.#discover(apiVersion);
      this.#plurals.set(apiVersion, plurals);
    }
    const known = await plurals;
    if (known === undefined) this.#plurals.delete(apiVersion);
    return known?.get(kind);
  }

  async #discover(apiVersion: string): Promise<ReadonlyMap<string, string> | undefined> {
    const path = pathOf(apiVersion);
    const answer = await this.#client.request({ method: 'GET', path, timeoutMs: 10 * LOOKUP_TIMEOUT_MS });
    if ('error' in answer) return undefined;
    const { resources } = answer.body;
    if (!Array.isArray(resources)) return new Map();
    const isResource = ({ name }: JsonObject) => typeof name === 'string' && /^[a-z0-9.-]+$/.test(name);
    return new Map(resources.filter(isResource).map(({ kind, name }) => [kind, name]));
  }
}

function pathOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

function groupOf({ apiVersion = 'v1' }: ObjectReference): string {
  return apiVersion.split('/').slice(0, -1).join('/');
}

function metadataOf(answer: Answer | undefined): JsonObject | undefined {
  if (answer === undefined || 'error' in answer || answer.status !== 200) return undefined;
  return answer.body['metadata'] as JsonObject | undefined;
}

/** The owner that is in charge (`controller: true`); a pod has at most one. */
function controllerOf(answer: Answer): ObjectReference | undefined {
  const owners = metadataOf(answer)?.['ownerReferences'];
  if (!Array.isArray(owners)) return undefined;
  const reading = readReference(owners.find((owner: JsonObject) => owner['controller'] === true));
  return 'reference' in reading ? reading.reference : undefined;
}
