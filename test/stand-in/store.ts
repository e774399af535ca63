import type { Kind } from './kinds.ts';
import type { Json } from './status.ts';

export type Change = 'ADDED' | 'MODIFIED' | 'DELETED';
type Listener = (change: Change, object: Json) => void;

interface Entry {
  object: Json;
  expiresAt: number;
}

/**
 * What etcd is for the API server. Objects are never changed in place, so nothing is copied when it is read. Both Event
 * APIs share one collection.
 */
export class Store {
  /** The resourceVersion of the last write. */
  version = 1000;
  readonly #collections = new Map<string, Map<string, Map<string, Entry>>>();
  readonly #listeners = new Map<string, Set<Listener>>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  get(kind: Kind, namespace: string, name: string): Json | undefined {
    const entry = this.#collection(kind).get(namespace)?.get(name);
    return entry && entry.expiresAt > this.#now() ? entry.object : undefined;
  }

  /** All objects, sorted by namespace and name. */
  list(kind: Kind, namespace?: string): Json[] {
    const collection = this.#collection(kind);
    const names = namespace === undefined ? [...collection.keys()].sort() : [namespace];
    return names.flatMap((each) => {
      const entries = collection.get(each) ?? new Map<string, Entry>();
      for (const [name, { expiresAt }] of entries) if (expiresAt <= this.#now()) entries.delete(name);
      return [...entries.keys()].sort().map((name) => entries.get(name)?.object);
    });
  }

  put(kind: Kind, object: Json, ttl = Number.POSITIVE_INFINITY): Json {
    const { name, namespace = '' } = object.metadata;
    const collection = this.#collection(kind);
    const entries = collection.get(namespace) ?? new Map<string, Entry>();
    collection.set(namespace, entries);
    const resourceVersion = String(++this.version);
    const stored = { ...object, metadata: { ...object.metadata, resourceVersion } };
    const change = this.get(kind, namespace, name) ? 'MODIFIED' : 'ADDED';
    entries.set(name, { object: stored, expiresAt: this.#now() + ttl });
    this.#tell(kind, change, stored);
    return stored;
  }

  delete(kind: Kind, namespace: string, name: string): void {
    const object = this.get(kind, namespace, name);
    const resourceVersion = String(++this.version);
    this.#collection(kind).get(namespace)?.delete(name);
    if (object) this.#tell(kind, 'DELETED', { ...object, metadata: { ...object.metadata, resourceVersion } });
  }

  /**
   * Calls the listener with every object of a kind that is written or deleted by name, until the returned function is
   * called.
   */
  watch(kind: Kind, listener: Listener): () => void {
    const key = keyOf(kind);
    const listeners = this.#listeners.get(key) ?? new Set<Listener>();
    this.#listeners.set(key, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  deleteNamespace(namespace: string): void {
    this.version++;
    for (const collection of this.#collections.values()) collection.delete(namespace);
  }

  /** Removes all objects of a kind. */
  clear(kind: Kind): void {
    this.version++;
    this.#collection(kind).clear();
  }

  #tell(kind: Kind, change: Change, object: Json): void {
    for (const listener of this.#listeners.get(keyOf(kind)) ?? []) listener(change, object);
  }

  #collection(kind: Kind): Map<string, Map<string, Entry>> {
    const key = keyOf(kind);
    const collection = this.#collections.get(key) ?? new Map<string, Map<string, Entry>>();
    this.#collections.set(key, collection);
    return collection;
  }
}

const keyOf = ({ group, resource }: Kind) => (resource === 'events' ? resource : `${group}/${resource}`);
