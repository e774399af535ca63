import { detached } from '../text/text.ts';
import { describe } from '../text/thrown.ts';
import { BUILT_IN, groupOf, isBuiltIn, isClusterScoped, pluralOf, SHORT_NAMES } from './kinds.ts';
import { type Fields, findController, isGiven, isObject, uidOf } from './metadata.ts';
import { isDnsLabel, MAX_NAME_LENGTH } from './names.ts';

/**
 * The object that an Event is about: `involvedObject` in core/v1, `regarding` in events.k8s.io/v1.
 * `kubectl describe` finds Events by `uid`, `kubectl events --for` by `apiVersion`, `kind` and `name`.
 */
export interface ObjectReference {
  /** Group and version, such as `apps/v1`. It may be left out for built-in kinds. */
  apiVersion?: string;
  /** Such as `Deployment`. */
  kind: string;
  /** `metadata.name`. */
  name: string;
  /** `metadata.namespace`; none for cluster-scoped objects. */
  namespace?: string;
  /** `metadata.uid`. */
  uid?: string;
  /** A part of the object, such as `spec.containers{app}`. */
  fieldPath?: string;
}

/**
 * What an Event is about, as far as it is known without asking an API server. It never changes, so problems can be told
 * apart by it.
 */
export interface Regarding extends Readonly<ObjectReference> {
  /** The namespace that the Event itself is in. */
  readonly eventNamespace: string;
  /** True if it stands for the workload that owns this pod. */
  readonly isWorkload: boolean;
  /** True if the namespace is that of the process. The destination may know a better one. */
  readonly isInOwnNamespace: boolean;
  /** A string that is different for every object. */
  readonly key: string;
}

/** The namespace of an Event and the object that it is about, once both are known. */
export interface Address {
  readonly namespace: string;
  readonly regarding: Readonly<ObjectReference>;
  /** True if the workload was not looked for, so that its pod stands for it. */
  readonly isWorkload?: boolean;
}

/**
 * The result of reading a value: a reference, and whether its object is known to have no namespace; or why the value is not
 * a reference.
 */
export type ReferenceReading = { reference: ObjectReference; isOfCluster: boolean } | { problem: string };

/**
 * The API server refuses `/`, `%`, `.` and `..` as names of objects (apimachinery `pkg/api/validation/path`). No object has
 * spaces, control characters or direction characters in its name either, and a terminal may act on them.
 */
const NAME = /^(?!\.{1,2}$)[^/%\s\p{C}]+$/u;
/** Matches nearly every name. Compiling the other expression takes milliseconds. */
const USUAL_NAME = /^[A-Za-z0-9][-A-Za-z0-9.]*$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
const API_VERSION = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[a-z0-9]{1,63}$/;
/** `TYPE.VERSION.GROUP/NAME`, each part with its maximum length. */
const MAX_TEXT_LENGTH = 63 + 63 + 2 * MAX_NAME_LENGTH + 3;

/** A UUID, or the hash that the kubelet gives a static pod. */
const UID = /^[-0-9A-Za-z]{1,128}$/;
/** Such as `spec.containers{app}` or `spec.ports[0].name`. */
const FIELD_PATH = /^[A-Za-z][-\w.[\]{}"'/]{0,511}$/;

/**
 * Reads an object in any of its usual forms: a full object, an instance of a class of `@kubernetes/client-node`, a watch
 * event, an admission request or review, a reference, an owner reference, or a text such as `deployment/web`, as kubectl
 * accepts it. It never throws, whatever the value does.
 */
export function readReference(value: unknown): ReferenceReading {
  try {
    if (typeof value === 'string') return readCommandStyle(value);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      const expected = "a Kubernetes object, an object reference or a text such as 'deployment/web'";
      return { problem: `expected ${expected}, got ${describe(value)}` };
    }
    return readObject(value as Fields);
  } catch (error) {
    return { problem: `reading it threw ${describe(error)}` };
  }
}

function readObject(value: Fields): ReferenceReading {
  const { apiVersion, kind, metadata, fieldPath, name, namespace, uid } = value;
  const inner =
    kind === 'AdmissionReview' ? value['request'] : isWatchEvent(value) ? value['object'] : undefined;
  if (isObject(inner)) return readObject(inner);
  if (isObject(kind)) return readAdmissionRequest(value, kind);
  const { apiVersion: impliedVersion, kind: impliedKind } = kind === undefined ? impliedType(value) : {};
  const from = isObject(metadata) ? metadata : { name, namespace, uid };
  const type = { apiVersion: apiVersion ?? impliedVersion, kind: kind ?? impliedKind };
  return checkObject(
    {
      ...type,
      fieldPath,
      name: from['name'],
      namespace: from['namespace'],
      uid: uidOf(type.kind, from),
      // An object with a uid from the API server has a namespace, unless its kind has none.
      isWhole: isObject(metadata) && isGiven(metadata['uid']),
    },
    from,
  );
}

function isWatchEvent({ kind, type, object }: Fields): boolean {
  return kind === undefined && typeof type === 'string' && isObject(object);
}

/**
 * In an admission request, `kind` is an object, and the object may not have its namespace and name yet. A request to evict
 * or scale an object has the kind of the subresource, which nobody looks for. So the kind of the whole object is used.
 */
function readAdmissionRequest(
  { name, namespace, object, oldObject, resource, subResource }: Fields,
  { group, version, kind }: Fields,
): ReferenceReading {
  const given = isObject(object) ? object : isObject(oldObject) ? oldObject : {};
  const metadata = isObject(given['metadata']) ? given['metadata'] : {};
  const apiVersion = isGiven(group) ? `${group}/${version}` : version;
  const whole =
    isGiven(subResource) && isObject(resource)
      ? findType(String(resource['resource']), resource['group'])
      : undefined;
  return checkObject(
    {
      ...(whole ?? { apiVersion: isGiven(version) ? apiVersion : given['apiVersion'], kind }),
      name: isGiven(name) ? name : metadata['name'],
      namespace: isGiven(namespace) ? namespace : metadata['namespace'],
      uid: uidOf(kind, metadata),
      isWhole: true,
    },
    metadata,
  );
}

/**
 * An object with `generateName` and without a name cannot be found. Its controller can be found, and Kubernetes itself
 * reports problems with such an object there.
 */
function checkObject(fields: Fields, metadata: Fields): ReferenceReading {
  const { generateName, ownerReferences } = metadata;
  const owner =
    isGiven(fields['name']) || !isGiven(generateName) ? undefined : findController(ownerReferences);
  if (owner === undefined) return checkFields(fields);
  const { apiVersion, kind, name, uid } = owner;
  return checkFields({ apiVersion, kind, name, uid, namespace: fields['namespace'] });
}

/**
 * Items of a list have neither kind nor version. Both follow from their class, or else from a field that only one kind has.
 */
function impliedType(value: Fields): Partial<ObjectReference> {
  const className = typeof value.constructor === 'function' ? value.constructor.name : '';
  const [, version, classKind = ''] =
    /^V([0-9]+(?:alpha[0-9]+|beta[0-9]+)?)([A-Z]\w*)$/.exec(className) ?? [];
  const { spec, status } = value;
  const has = (part: unknown, field: string) => isObject(part) && isObject(part[field]);
  const kind =
    classKind ||
    (has(spec, 'containers')
      ? 'Pod'
      : has(spec, 'jobTemplate')
        ? 'CronJob'
        : has(status, 'nodeInfo')
          ? 'Node'
          : undefined);
  const known = kind === undefined ? undefined : BUILT_IN.get(kind);
  if (kind === undefined || known === undefined) return {};
  const apiVersion =
    version === undefined ? known.apiVersion : known.apiVersion.replace(/[^/]+$/, `v${version}`);
  return isGiven(value['apiVersion']) && value['apiVersion'] !== apiVersion ? {} : { kind, apiVersion };
}

/** `deployment/web`, `deploy/web`, `deployments.apps/web`, `deployments.v1.apps/web`. */
function readCommandStyle(text: string): ReferenceReading {
  const [, typed = '', group, name] =
    text.length > MAX_TEXT_LENGTH ? [] : (/^([A-Za-z]+)(?:\.([a-z0-9.-]+))?\/([^/]+)$/.exec(text) ?? []);
  const type = findType(typed, group);
  if (type !== undefined) return checkFields({ ...type, name });
  return {
    problem: `expected TYPE/NAME with a built-in type, such as 'deployment/web', got ${describe(text)}`,
  };
}

/** The built-in type with a name that kubectl accepts, in this group if one is given. */
function findType(name: string, group: unknown): Fields | undefined {
  const typed = name.toLowerCase();
  for (const [kind, known] of BUILT_IN) {
    const { apiVersion } = known;
    const isType =
      typed === kind.toLowerCase() || typed === pluralOf(apiVersion, kind) || SHORT_NAMES[typed] === kind;
    const groups: unknown[] = [undefined, groupOf(known), apiVersion.split('/').reverse().join('.')];
    if (isType && groups.includes(group)) return { apiVersion, kind };
  }
  return undefined;
}

function checkFields(fields: Fields): ReferenceReading {
  const { kind, name, namespace, uid, fieldPath, isWhole } = fields;
  if (typeof kind !== 'string' || !KIND.test(kind)) return wrong('kind', 'a name such as Deployment', kind);
  if (
    typeof name !== 'string' ||
    name.length > MAX_NAME_LENGTH ||
    !(USUAL_NAME.test(name) || NAME.test(name))
  ) {
    return wrong('name', `at most ${MAX_NAME_LENGTH} characters without blank, slash and percent sign`, name);
  }
  const apiVersion = isGiven(fields['apiVersion']) ? fields['apiVersion'] : BUILT_IN.get(kind)?.apiVersion;
  if (apiVersion !== undefined && (typeof apiVersion !== 'string' || !API_VERSION.test(apiVersion))) {
    return wrong('apiVersion', 'a version such as apps/v1', apiVersion);
  }
  if (isGiven(namespace) && (typeof namespace !== 'string' || !isDnsLabel(namespace))) {
    return wrong('namespace', 'a DNS label', namespace);
  }
  // The reference is remembered. A name that is a part of a large text would keep the whole text in memory.
  const reference: ObjectReference = { kind: detached(kind), name: detached(name) };
  if (apiVersion !== undefined) reference.apiVersion = detached(apiVersion);
  if (isGiven(namespace) && !isClusterScoped(reference)) reference.namespace = detached(namespace as string);
  // A wrong uid or path is left out. The Event does not depend on them, because they only add to kind and name.
  if (typeof uid === 'string' && UID.test(uid)) reference.uid = detached(uid);
  if (typeof fieldPath === 'string' && FIELD_PATH.test(fieldPath)) reference.fieldPath = detached(fieldPath);
  // For a custom kind, the name shows it without asking: ClusterPolicy, ClusterIssuer.
  const isCustomOfCluster = !isBuiltIn(reference) && (isWhole === true || kind.startsWith('Cluster'));
  return { reference, isOfCluster: isCustomOfCluster || isClusterScoped(reference) };
}

/**
 * Decides the namespace of the Event. It is that of the object. For an object without one, it is `fallback`, else `default`
 * for a cluster-scoped kind, and the namespace of the pod for all other kinds. The API server requires that both namespaces
 * are equal. It accepts an Event about a cluster-scoped object without a namespace only in `default`.
 */
export function resolveReference(
  reference: ObjectReference,
  fallback: string | undefined,
  ownNamespace: string,
  { isWorkload = false, isOfCluster = false }: { isWorkload?: boolean; isOfCluster?: boolean } = {},
): Regarding {
  const { apiVersion, kind, name, uid, fieldPath } = reference;
  const isInOwnNamespace = reference.namespace === undefined && fallback === undefined && !isOfCluster;
  const namespace = reference.namespace ?? fallback ?? (isInOwnNamespace ? ownNamespace : undefined);
  const eventNamespace = namespace ?? 'default';
  // Field by field, because with a spread V8 gives each object a hidden class of its own, which takes 400 bytes.
  const resolved: { -readonly [field in keyof Regarding]: Regarding[field] } = {
    kind,
    name,
    eventNamespace,
    isWorkload,
    isInOwnNamespace,
    key: '',
  };
  if (apiVersion !== undefined) resolved.apiVersion = apiVersion;
  if (namespace !== undefined) resolved.namespace = namespace;
  if (uid !== undefined) resolved.uid = uid;
  if (fieldPath !== undefined) resolved.fieldPath = fieldPath;
  resolved.key = keyOf({ namespace: eventNamespace, regarding: resolved, isWorkload });
  return resolved;
}

/** The address as far as it is known without asking an API server. */
export function addressOf(regarding: Regarding): Address {
  const { eventNamespace, isWorkload, isInOwnNamespace: _, key: __, ...reference } = regarding;
  return { namespace: eventNamespace, regarding: reference, isWorkload };
}

/** A string that is different for every object. Its parts are separated, so they cannot run into each other. */
export function keyOf({ namespace, regarding, isWorkload }: Address): string {
  const { apiVersion = '', kind, name, uid = '', fieldPath = '' } = regarding;
  const workload = isWorkload === true ? 'true' : '';
  return `${apiVersion}\0${kind}\0${namespace}\0${name}\0${uid}\0${fieldPath}\0${workload}`;
}

function wrong(field: string, expected: string, got: unknown): ReferenceReading {
  if (got === undefined || got === null)
    return { problem: `${field} is missing: expected ${expected}, got nothing` };
  return { problem: `${field}: expected ${expected}, got ${describe(got)}` };
}
