import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Auth, serviceAccounts, type User } from './auth.ts';
import { readCreated, readPatched, shown } from './bodies.ts';
import { discover } from './discovery.ts';
import { coreApi, eventsApi } from './event.ts';
import { builtIn, eventKind, groupVersion, type Kind, kindNamed } from './kinds.ts';
import type { RateLimit } from './rate-limit.ts';
import { type Call, denied, parsePath, type Request } from './request.ts';
import { accessReview, selfReview, tokenRequest } from './reviews.ts';
import { selector } from './selector.ts';
import * as failed from './status.ts';
import { type Json, StatusError, seconds } from './status.ts';
import type { Store } from './store.ts';
import {
  validateCreate,
  validateObject,
  validateObjectUpdate,
  validateOptions,
  validateUpdate,
} from './validation.ts';

export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  body: Json;
  /** An answer that does not end. It sends until the function that it returns is called. */
  watch?: Watch | undefined;
}

type Watch = (send: (event: Json) => void) => () => void;

/** What webhooks and policies do to an Event that is created or patched. Whatever they throw is the answer. */
export type Admission = (event: Json) => Json;

const bodyLimit = 3 * 1024 * 1024;
const etcdLimit = 1.5 * 1024 * 1024;
const namespaces = kindNamed('Namespace');
const definitions = kindNamed('CustomResourceDefinition');
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
const suffix = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');

/** What the API server does with a request that it has read. It knows nothing about sockets. */
export class Api {
  admission: Admission = (event) => event;

  constructor(
    readonly store: Store,
    readonly auth: Auth,
    readonly now: () => number,
    readonly eventTtlMs: number,
    readonly eventRateLimit: RateLimit | undefined,
  ) {}

  handle(call: Call): Reply {
    const warnings: string[] = [];
    let reply: Omit<Reply, 'headers'>;
    try {
      reply = this.#route(call, warnings);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      reply = error;
    }
    const headers: Reply['headers'] = { 'content-type': 'application/json' };
    if (warnings.length > 0) headers['warning'] = warnings.map((text) => `299 - ${JSON.stringify(text)}`);
    return { status: reply.status, headers, body: reply.body, watch: reply.watch };
  }

  #route(call: Call, warnings: string[]): Omit<Reply, 'headers'> {
    const { body = '', contentType = '' } = call;
    const user = this.auth.authenticate(call.authorization);
    const [path = '', search] = call.path.split('?', 2);
    const query = new URLSearchParams(search);
    const target = parsePath(path, call.method, query);
    if (!target) return { status: 200, body: this.#information(path, user) };
    if (!this.auth.allows(user, target)) throw denied(user, target);
    const { group, version, verb, namespace, name } = target;
    const [resource, subresource] = target.resource.split('/');
    if (group === 'authorization.k8s.io') return { status: 201, body: accessReview(this.auth, body, user) };
    if (group === 'authentication.k8s.io') return { status: 201, body: selfReview(user, this.now()) };
    const kind = this.#kinds().find(
      (each) => each.group === group && each.version === version && each.resource === resource,
    );
    if (!kind) throw failed.noSuchPath();
    const api = kind === eventKind ? coreApi : kind.resource === 'events' ? eventsApi : undefined;
    const request = { ...target, query, body, contentType, kind, api, warnings };
    if (subresource) {
      if (kind !== serviceAccounts || subresource !== 'token') throw failed.noSuchPath();
      this.#existing(request);
      return { status: 201, body: tokenRequest(this.auth, body, namespace, name) };
    }
    if (verb === 'list') return { status: 200, body: this.#list(request) };
    if (verb === 'watch') return { status: 200, body: '', watch: this.#watch(request) };
    if (verb === 'get') return { status: 200, body: shown(kind, this.#existing(request)) };
    if (verb === 'delete' && name) return { status: 200, body: this.#delete(request) };

    const isWrite = name ? verb === 'patch' : verb === 'create';
    if (!isWrite || (kind.namespaced && !namespace)) throw failed.methodNotAllowed();
    if (Buffer.byteLength(body) > bodyLimit) {
      const message = `Request entity too large: limit is ${bodyLimit}`;
      throw new StatusError(413, 'RequestEntityTooLarge', message);
    }
    const causes = validateOptions(query);
    if (causes.length > 0)
      throw failed.invalid({ kind: name ? 'PatchOptions' : 'CreateOptions' }, '', causes);
    if (name) return { status: 200, body: shown(kind, this.#patch(request)) };
    return { status: 201, body: shown(kind, this.#create(request)) };
  }

  #create(request: Request): Json {
    const { kind, api, query } = request;
    const object = readCreated(request);
    // Fields that the client may not set are dropped.
    const { resourceVersion, selfLink, deletionTimestamp, ...metadata } = object.metadata ?? {};
    const { generateName, namespace = request.namespace } = metadata;
    if (kind.namespaced && namespace !== request.namespace) {
      throw failed.badRequest('the namespace of the object does not match the namespace of the request');
    }
    if (kind.namespaced) {
      this.#admitNamespace(request, metadata.name ?? generateName ?? '');
      metadata.namespace = namespace;
    }
    if (!metadata.name && generateName) metadata.name = `${generateName}${suffix()}`;
    if (resourceVersion > 0)
      throw failed.internal('resourceVersion should not be set on objects to be created');
    const created = {
      ...object,
      metadata: { ...metadata, uid: randomUUID(), creationTimestamp: this.#time() },
    };
    const causes = api ? validateCreate(created, api) : validateObject(kind, created);
    if (causes.length > 0) throw failed.invalid(kind, metadata.name ?? '', causes);
    if (api) Object.assign(created, this.admission(created));
    if (api) this.#admitRate(request);
    if (this.store.get(kind, metadata.namespace ?? '', metadata.name)) {
      throw failed.alreadyExists(kind, metadata.name);
    }
    if (kind === namespaces) {
      created.metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
      Object.assign(created, { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } });
    }
    return query.has('dryRun') ? created : this.#write(kind, created);
  }

  #patch(request: Request): Json {
    const { kind, api, name, query } = request;
    const old = this.#existing(request);
    const merged = readPatched(request, old);
    const { resourceVersion } = merged.metadata;
    const current = old.metadata.resourceVersion;
    if (resourceVersion && !/^\d+$/.test(resourceVersion)) {
      throw failed.internal(`strconv.ParseUint: parsing "${resourceVersion}": invalid syntax`);
    }
    if (resourceVersion > 0 && resourceVersion !== current) throw failed.conflict(kind, name);
    const patched = { ...merged, metadata: { ...merged.metadata, resourceVersion: current } };
    // Admission also sees a patch that changes nothing.
    const object = api ? this.admission(patched) : patched;
    const causes = api ? validateUpdate(object, old, api) : validateObjectUpdate(kind, object, old);
    if (causes.length > 0) throw failed.invalid(kind, name, causes);
    if (api) this.#admitRate(request);
    if (query.has('dryRun')) return object;
    return isDeepStrictEqual(object, old) ? old : this.#write(kind, object);
  }

  #delete(request: Request): Json {
    const { kind, namespace, name } = request;
    const { metadata, ...object } = this.#existing(request);
    if (kind === namespaces && metadata.finalizers?.length) {
      const terminating = { metadata: { ...metadata, deletionTimestamp: this.#time() }, ...object };
      return shown(kind, this.store.put(kind, { ...terminating, status: { phase: 'Terminating' } }));
    }
    if (kind === namespaces) this.store.deleteNamespace(name);
    this.store.delete(kind, namespace, name);
    const details = {
      name,
      ...(kind.group && { group: kind.group }),
      kind: kind.resource,
      uid: metadata.uid,
    };
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  }

  #list(request: Request): Json {
    const { kind, api } = request;
    const items = this.#selected(request).map((object) => (api ? api.fromStored(object) : object));
    const metadata = { resourceVersion: String(this.store.version) };
    return { kind: `${kind.kind}List`, apiVersion: groupVersion(kind), metadata, items };
  }

  #selected(request: Request): Json[] {
    const { kind, namespace } = request;
    return this.store.list(kind, namespace || (kind.namespaced ? undefined : '')).filter(selects(request));
  }

  /**
   * Sends objects that are newer than the given version as added, and then every change. Deletions before that are not
   * sent.
   */
  #watch(request: Request): Watch {
    const { kind, namespace, query } = request;
    const since = Number(query.get('resourceVersion') ?? 0);
    const matches = selects(request);
    return (send) => {
      for (const object of this.#selected(request)) {
        if (Number(object.metadata.resourceVersion) > since)
          send({ type: 'ADDED', object: shown(kind, object) });
      }
      return this.store.watch(kind, (type, object) => {
        const isInScope = !namespace || object.metadata.namespace === namespace;
        if (isInScope && matches(object)) send({ type, object: shown(kind, object) });
      });
    };
  }

  #existing({ kind, namespace, name }: Request): Json {
    const object = this.store.get(kind, namespace, name);
    if (!object) throw failed.notFound(kind, name);
    return object;
  }

  #write(kind: Kind, object: Json): Json {
    if (Buffer.byteLength(JSON.stringify(object)) > etcdLimit) {
      throw failed.internal('etcdserver: request is too large');
    }
    return this.store.put(kind, object, kind.resource === 'events' ? this.eventTtlMs : undefined);
  }

  #admitNamespace({ kind, namespace }: Request, name: string): void {
    const found = this.store.get(namespaces, '', namespace);
    if (!found) throw failed.notFound(namespaces, namespace);
    if (!found.metadata.deletionTimestamp) return;
    const message = `namespace ${namespace} is being terminated`;
    const cause = { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' };
    throw failed.forbidden(kind, name, message, [cause]);
  }

  #admitRate({ namespace, query, api }: Request): void {
    if (api !== coreApi || query.has('dryRun') || (this.eventRateLimit?.admits(namespace) ?? true)) return;
    const message = `Too many requests: limit reached on type Namespace for key ${namespace}`;
    throw new StatusError(429, 'TooManyRequests', message);
  }

  #information(path: string, user: User): Json {
    if (path === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.2' };
    if (/^\/(readyz|livez|healthz)$/.test(path)) return 'ok';
    if (!user.groups.includes('system:unauthenticated')) return discover(path, this.#kinds());
    throw new StatusError(
      403,
      'Forbidden',
      `forbidden: User "${user.username}" cannot get path "${path}"`,
      {},
    );
  }

  /** The built-in kinds and those of CustomResourceDefinitions. */
  #kinds(): Kind[] {
    const custom = this.store.list(definitions).flatMap(({ spec: { group, names, scope, versions } }) =>
      versions.map(({ name: version }: Json) => {
        return {
          group,
          version,
          resource: names.plural,
          kind: names.kind,
          namespaced: scope === 'Namespaced',
          shortNames: names.shortNames,
        };
      }),
    );
    return custom.length > 0 ? [...builtIn, ...custom] : builtIn;
  }

  #time(): string {
    return seconds(this.now());
  }
}

/** Whether an object of the store matches the selectors of a request. */
function selects({ api, query }: Request): (stored: Json) => boolean {
  const matches = selector(query.get('fieldSelector') ?? '', api?.selectors);
  const labelled = selector(query.get('labelSelector') ?? '');
  return (stored) => labelled(stored.metadata.labels ?? {}) && matches(api ? api.fromStored(stored) : stored);
}
