import { randomInt, randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { type Access, type Auth, serviceAccounts, type User } from './auth.ts';
import { DecodeError, decode, type Findings, isObject, scan } from './decode.ts';
import { coreApi, type EventApi, eventsApi } from './event.ts';
import { builtIn, eventKind, groupVersion, type Kind } from './kinds.ts';
import { mergePatch } from './merge-patch.ts';
import * as status from './status.ts';
import { type Json, StatusError } from './status.ts';
import type { Store } from './store.ts';
import { validateCreate, validateOptions, validateUpdate } from './validation.ts';

export interface Call {
  method: string;
  /** With the query. */
  path: string;
  contentType?: string | undefined;
  authorization?: string | undefined;
  userAgent?: string | undefined;
  body?: Buffer | string;
}

export interface Reply {
  status: number;
  headers: Record<string, string | string[]>;
  body: Json;
}

export interface Limits {
  eventTtlMs: number;
  /** The admission plug-in EventRateLimit, per namespace. */
  eventRateLimit?: { qps: number; burst: number } | undefined;
}

interface Target extends Access {
  version: string;
}

interface Request extends Target {
  subresource: string | undefined;
  call: Call;
  query: URLSearchParams;
  kind: Kind;
  user: User;
  warnings: string[];
}

const bodyLimit = 3 * 1024 * 1024;
const etcdLimit = 1.5 * 1024 * 1024;
const namespaces = builtIn[0] as Kind;
const crds = builtIn.at(-1) as Kind;
const verbs: Record<string, string> = {
  POST: 'create',
  PATCH: 'patch',
  PUT: 'update',
  GET: 'get',
  DELETE: 'delete',
};
const alphabet = 'bcdfghjklmnpqrstvwxz2456789';
export const suffix = () => Array.from({ length: 5 }, () => alphabet[randomInt(alphabet.length)]).join('');

/** What the API server does with a request once it has read it. Knows nothing of sockets. */
export class Api {
  readonly store: Store;
  readonly auth: Auth;
  readonly #limits: Limits;
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(store: Store, auth: Auth, limits: Limits, now: () => number) {
    this.store = store;
    this.auth = auth;
    this.#limits = limits;
    this.#now = now;
  }

  handle(call: Call): Reply {
    const warnings: string[] = [];
    let reply: { status: number; body: Json };
    try {
      reply = this.#route(call, warnings);
    } catch (error) {
      if (!(error instanceof StatusError)) throw error;
      reply = error;
    }
    const headers: Reply['headers'] = { 'content-type': 'application/json' };
    if (warnings.length > 0) headers['warning'] = warnings.map((text) => `299 - ${JSON.stringify(text)}`);
    return { status: reply.status, headers, body: reply.body };
  }

  #route(call: Call, warnings: string[]): { status: number; body: Json } {
    const user = this.auth.authenticate(call.authorization);
    const [path = '', search] = call.path.split('?', 2);
    const target = parsePath(path, call.method);
    if (!target) return { status: 200, body: this.#nonResource(path, user) };
    if (!this.auth.allows(user, target)) throw denied(user, target);
    const { group, version, verb } = target;
    const [resource, subresource] = target.resource.split('/');
    if (group === 'authorization.k8s.io') return { status: 201, body: this.#accessReview(call, user) };
    if (group === 'authentication.k8s.io') return { status: 201, body: this.#selfReview(user) };
    const kind = this.kinds().find(
      (each) => each.group === group && each.version === version && each.resource === resource,
    );
    if (!kind) throw status.noSuchPath();
    const request = {
      ...target,
      subresource,
      call,
      kind,
      user,
      warnings,
      query: new URLSearchParams(search),
    };
    if (subresource) return this.#token(request);
    if (verb === 'list') return { status: 200, body: this.#list(request) };
    if (verb === 'get') return { status: 200, body: this.#shown(request, this.#existing(request)) };
    if (verb === 'delete' && target.name) return { status: 200, body: this.#delete(request) };
    const scoped = !kind.namespaced || target.namespace !== '';
    if (!scoped || (verb !== 'create' && verb !== 'patch') || (verb === 'create') !== (target.name === '')) {
      throw status.methodNotAllowed();
    }
    if (Buffer.byteLength(call.body ?? '') > bodyLimit) {
      const message = `Request entity too large: limit is ${bodyLimit}`;
      throw new StatusError(413, 'RequestEntityTooLarge', message);
    }
    const options = validateOptions(request.query);
    if (options.length > 0)
      throw status.invalid(verb === 'create' ? 'CreateOptions' : 'PatchOptions', '', options);
    if (verb === 'create') return { status: 201, body: this.#shown(request, this.#create(request)) };
    return { status: 200, body: this.#shown(request, this.#patch(request)) };
  }

  /** The built-in kinds and those of CustomResourceDefinitions. */
  kinds(): Kind[] {
    const custom = this.store.list(crds).flatMap(({ spec }) =>
      spec.versions.map(({ name }: Json) => ({
        group: spec.group,
        version: name,
        resource: spec.names.plural,
        kind: spec.names.kind,
        namespaced: spec.scope === 'Namespaced',
      })),
    );
    return custom.length > 0 ? [...builtIn, ...custom] : builtIn;
  }

  #create(request: Request): Json {
    const { kind, query } = request;
    const api = eventApi(request);
    let object = api ? this.#decodeEvent(request, api) : untyped(parse(request));
    const metadata = { ...object.metadata };
    const { generateName, namespace = request.namespace } = metadata;
    if (kind.namespaced && namespace !== request.namespace) {
      throw status.badRequest(
        'the namespace of the provided object does not match the namespace sent on the request',
      );
    }
    if (kind.namespaced) this.#admitNamespace(request, metadata.name ?? generateName ?? '');
    const { resourceVersion } = metadata;
    for (const field of ['resourceVersion', 'selfLink', 'deletionTimestamp']) delete metadata[field];
    if (kind.namespaced) metadata.namespace = namespace;
    if (!metadata.name && generateName) metadata.name = `${generateName}${suffix()}`;
    metadata.uid = randomUUID();
    metadata.creationTimestamp = this.#time();
    object = { ...object, metadata };
    if (/^[1-9]\d*$/.test(resourceVersion ?? '')) {
      throw status.internal('resourceVersion should not be set on objects to be created');
    }
    if (api) {
      const causes = validateCreate(object, api);
      if (causes.length > 0) throw status.invalid('Event', metadata.name ?? '', causes);
      this.#admitRate(request, api);
    } else if (!metadata.name) {
      const cause = { reason: 'FieldValueRequired', message: 'Required value', field: 'metadata.name' };
      throw status.invalid(kind.kind, '', [cause]);
    }
    if (this.store.get(kind, metadata.namespace ?? '', metadata.name)) {
      throw status.alreadyExists(kind, metadata.name);
    }
    if (kind === namespaces) {
      metadata.labels = { ...metadata.labels, 'kubernetes.io/metadata.name': metadata.name };
      object = { ...object, spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } };
    }
    return query.has('dryRun') ? object : this.#write(request, object);
  }

  #patch(request: Request): Json {
    const { kind, call, name, query } = request;
    const api = eventApi(request);
    const type = call.contentType?.split(';')[0]?.trim();
    const strategic = type === 'application/strategic-merge-patch+json' && !api;
    if (type !== 'application/merge-patch+json' && !strategic) {
      throw new StatusError(415, 'UnsupportedMediaType', `the body of the request was in an unknown format`);
    }
    const old = this.#existing(request);
    let patch: unknown;
    const text = String(call.body ?? '');
    try {
      patch = JSON.parse(text);
    } catch (error) {
      throw status.badRequest(`error decoding patch: ${error}`);
    }
    if (!isObject(patch)) throw status.badRequest('error decoding patch: not an object');
    const merged: Json = mergePatch(this.#shown(request, old), patch);
    let object = merged;
    if (api) {
      try {
        object = this.#decodeAny(request, merged, { fractions: new Set(), warnings: scan(text).warnings });
      } catch (error) {
        const cause = { reason: 'FieldValueInvalid', message: String(error), field: 'patch' };
        throw status.invalid('', '', [cause]);
      }
    } else object = untyped(merged);
    const { resourceVersion } = object.metadata;
    if (resourceVersion && !/^\d+$/.test(resourceVersion)) {
      throw status.internal(`strconv.ParseUint: parsing "${resourceVersion}": invalid syntax`);
    }
    if (resourceVersion && resourceVersion !== '0' && resourceVersion !== old.metadata.resourceVersion) {
      throw status.conflict(kind, name);
    }
    object = { ...object, metadata: { ...object.metadata, resourceVersion: old.metadata.resourceVersion } };
    if (api) {
      const causes = validateUpdate(object, old, api);
      if (causes.length > 0) throw status.invalid('Event', name, causes);
      this.#admitRate(request, api);
    }
    if (query.has('dryRun')) return object;
    return isDeepStrictEqual(object, old) ? old : this.#write(request, object);
  }

  #write({ kind }: Request, object: Json): Json {
    if (kind.resource !== 'events') return this.store.put(kind, object);
    if (Buffer.byteLength(JSON.stringify(object)) > etcdLimit) {
      throw status.internal('etcdserver: request is too large');
    }
    return this.store.put(kind, object, this.#limits.eventTtlMs);
  }

  #existing({ kind, namespace, name }: Request): Json {
    const object = this.store.get(kind, namespace, name);
    if (!object) throw status.notFound(kind, name);
    return object;
  }

  #delete(request: Request): Json {
    const { kind, namespace, name } = request;
    const object = this.#existing(request);
    if (kind === namespaces) {
      if (object.metadata.finalizers?.length) {
        const metadata = { ...object.metadata, deletionTimestamp: this.#time() };
        return this.#shown(
          request,
          this.store.put(kind, { ...object, metadata, status: { phase: 'Terminating' } }),
        );
      }
      this.store.deleteNamespace(name);
    }
    this.store.delete(kind, namespace, name);
    const details = {
      name,
      ...(kind.group && { group: kind.group }),
      kind: kind.resource,
      uid: object.metadata.uid,
    };
    return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
  }

  #list({ kind, namespace, query, ...request }: Request): Json {
    const api = eventApi({ kind, ...request });
    const matches = fieldSelector(query.get('fieldSelector') ?? '', api);
    const labels = fieldSelector(query.get('labelSelector') ?? '');
    const items = this.store
      .list(kind, namespace || (kind.namespaced ? undefined : ''))
      .filter((object) => labels(object.metadata.labels ?? {}))
      .map((object) => (api ? api.fromStored(object) : object))
      .filter(matches);
    const metadata = { resourceVersion: String(this.store.version) };
    return { kind: `${kind.kind}List`, apiVersion: groupVersion(kind), metadata, items };
  }

  #shown({ kind }: Pick<Request, 'kind'>, stored: Json): Json {
    const object = kind.group === 'events.k8s.io' ? eventsApi.fromStored(stored) : stored;
    return { kind: kind.kind, apiVersion: groupVersion(kind), ...object };
  }

  #decodeEvent(request: Request, api: EventApi): Json {
    const text = String(request.call.body ?? '');
    const value = parse(request);
    const found = scan(text);
    let object: Json;
    try {
      const { apiVersion = api.apiVersion } = value;
      if (typeof apiVersion !== 'string') throw new DecodeError('apiVersion is not a string');
      object = this.#decodeAny(request, value, found);
      if (apiVersion && apiVersion !== api.apiVersion) {
        throw new DecodeError(`the API version in the data (${apiVersion}) does not match`);
      }
    } catch (error) {
      if (error instanceof DecodeError) throw status.badRequest(error.message);
      throw error;
    }
    return object;
  }

  /** Decodes an Event of either API, whatever the path says, and reports the findings. */
  #decodeAny(request: Request, value: Json, found: Findings): Json {
    const { kind = 'Event', apiVersion } = value;
    const own = request.kind.group === 'events.k8s.io' ? eventsApi : coreApi;
    const api = apiVersion ? [coreApi, eventsApi].find((each) => each.apiVersion === apiVersion) : own;
    if (!api || kind !== 'Event')
      throw new DecodeError(`no kind "${kind}" is registered for "${apiVersion}"`);
    const object = api.toStored(decode(value, api.type, found));
    const mode = request.query.get('fieldValidation');
    if (mode === 'Strict' && found.warnings.length > 0) {
      throw new DecodeError(`strict decoding error: ${found.warnings.join(', ')}`);
    }
    if (mode !== 'Ignore') request.warnings.push(...found.warnings);
    return object;
  }

  #admitNamespace({ kind, namespace }: Request, name: string): void {
    const found = this.store.get(namespaces, '', namespace);
    if (!found) throw status.notFound(namespaces, namespace);
    if (!found.metadata.deletionTimestamp) return;
    const message = `namespace ${namespace} is being terminated`;
    throw status.forbidden(kind, name, message, [
      { reason: 'NamespaceTerminating', message, field: 'metadata.namespace' },
    ]);
  }

  #admitRate({ namespace, query }: Request, api: EventApi): void {
    const limit = this.#limits.eventRateLimit;
    if (!limit || api !== coreApi || query.has('dryRun')) return;
    const now = this.#now();
    const { tokens, at } = this.#buckets.get(namespace) ?? { tokens: limit.burst, at: now };
    const available = Math.min(limit.burst, tokens + ((now - at) / 1000) * limit.qps);
    this.#buckets.set(namespace, { tokens: available < 1 ? available : available - 1, at: now });
    if (available >= 1) return;
    const message = `Too many requests: limit reached on type Namespace for key ${namespace}`;
    throw new StatusError(429, 'TooManyRequests', message);
  }

  #accessReview(call: Call, user: User): Json {
    const { spec } = JSON.parse(String(call.body));
    const { verb, group = '', resource, namespace = '', name = '' } = spec.resourceAttributes;
    const reason = this.auth.allows(user, { verb, group, resource, namespace, name });
    const result = { allowed: reason !== undefined, ...(reason && { reason }) };
    return {
      kind: 'SelfSubjectAccessReview',
      apiVersion: 'authorization.k8s.io/v1',
      metadata: {},
      spec,
      status: result,
    };
  }

  #selfReview(userInfo: User): Json {
    const metadata = { creationTimestamp: this.#time() };
    return {
      kind: 'SelfSubjectReview',
      apiVersion: 'authentication.k8s.io/v1',
      metadata,
      status: { userInfo },
    };
  }

  #token(request: Request): { status: number; body: Json } {
    if (request.kind !== serviceAccounts || request.subresource !== 'token') throw status.noSuchPath();
    this.#existing(request);
    const { spec = {} } = parse(request);
    const { token, expiresAt } = this.auth.issue(request.namespace, request.name, {
      audiences: spec.audiences,
      seconds: spec.expirationSeconds,
      pod: spec.boundObjectRef?.name,
    });
    const result = { token, expirationTimestamp: new Date(expiresAt).toISOString().replace(/\.\d+/, '') };
    const apiVersion = 'authentication.k8s.io/v1';
    return { status: 201, body: { kind: 'TokenRequest', apiVersion, metadata: {}, spec, status: result } };
  }

  #nonResource(path: string, user: User): Json {
    if (path === '/version') return { major: '1', minor: '36', gitVersion: 'v1.36.2' };
    if (/^\/(readyz|livez|healthz)$/.test(path)) return 'ok';
    if (user.groups.includes('system:unauthenticated')) {
      throw new StatusError(
        403,
        'Forbidden',
        `forbidden: User "${user.username}" cannot get path "${path}"`,
        {},
      );
    }
    const all = this.kinds();
    const groups = [...new Set(all.map(({ group }) => group))].filter(Boolean).map((name) => {
      const versions = [...new Set(all.filter(({ group }) => group === name).map(groupVersion))].map(
        (each) => ({
          groupVersion: each,
          version: each.split('/')[1],
        }),
      );
      return { name, versions, preferredVersion: versions[0] };
    });
    if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
    if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups };
    const group = groups.find(({ name }) => path === `/apis/${name}`);
    if (group) return { kind: 'APIGroup', apiVersion: 'v1', ...group };
    const served = all.filter((kind) => path === `${kind.group ? '/apis' : '/api'}/${groupVersion(kind)}`);
    const [first] = served;
    if (!first) throw status.noSuchPath();
    const resources = served.map(({ resource, namespaced, kind }) => ({
      ...{ name: resource, singularName: kind.toLowerCase(), namespaced, kind },
      verbs: ['create', 'delete', 'get', 'list', 'patch'],
    }));
    return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(first), resources };
  }

  #time(): string {
    return new Date(this.#now()).toISOString().replace(/\.\d+/, '');
  }
}

function eventApi({ kind }: Pick<Request, 'kind'>): EventApi | undefined {
  if (kind.resource !== 'events') return undefined;
  return kind === eventKind ? coreApi : eventsApi;
}

/** The store holds objects without kind and apiVersion. */
const untyped = ({ kind, apiVersion, ...object }: Json): Json => object;

function parsePath(path: string, method: string): Target | undefined {
  const [root, ...parts] = path.slice(1).split('/').map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : (parts.shift() ?? '');
  const version = parts.shift() ?? '';
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 2) [, namespace = ''] = parts.splice(0, 2);
  const [plural, name = '', subresource] = parts;
  const resource = subresource ? `${plural}/${subresource}` : plural;
  if (!resource) return undefined;
  const verb = method === 'GET' && !name ? 'list' : (verbs[method] ?? method.toLowerCase());
  return { group, version, namespace, resource, name, verb };
}

function parse({ call, kind }: Request): Json {
  try {
    const value = JSON.parse(String(call.body ?? '')) ?? {};
    if (!isObject(value)) throw new Error('not an object');
    if (typeof value['apiVersion'] === 'string' && value['apiVersion'].split('/').length > 2) {
      throw new Error('unexpected GroupVersion string');
    }
    return value;
  } catch (error) {
    throw status.badRequest(`the object provided is unrecognized (must be of type ${kind.kind}): ${error}`);
  }
}

function denied(user: User, { verb, group, resource, namespace, name }: Target): StatusError {
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const what = `cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return status.forbidden({ group, resource }, name, `User "${user.username}" ${what}`);
}

/** A predicate of `a=b,c!=d`; with an API, of its selectable fields. */
function fieldSelector(text: string, api?: EventApi): (object: Json) => boolean {
  const requirements = text
    .split(',')
    .filter(Boolean)
    .map((part) => {
      const match = /^([^!=]+)(==?|!=)([^=]*)$/.exec(part);
      if (!match) throw status.badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [, field = '', operator, value] = match;
      if (api && !api.selectors.has(field)) throw status.badRequest(`field label not supported: ${field}`);
      return (object: Json) => (select(object, field) === value) === (operator !== '!=');
    });
  return (object) => requirements.every((requirement) => requirement(object));
}

function select(object: Json, field: string): string {
  if (field === 'source' && object.source) return object.source.component || object.reportingComponent;
  return object[field] ?? field.split('.').reduce((value, part) => value?.[part], object) ?? '';
}
