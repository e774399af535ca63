/**
 * The object that an Event is about: `involvedObject` in core/v1, `regarding` in events.k8s.io/v1.
 * `kubectl describe` finds Events by `uid`, `kubectl events --for` by `apiVersion`, `kind` and `name`.
 */
export interface ObjectReference {
  /** Group and version, such as `apps/v1`; known for the built-in kinds, so it may be left out for them. */
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

/** A reference in which nothing is left to guess: ready for the wire. */
export interface ResolvedReference extends ObjectReference {
  /** The namespace that the Event itself is in. */
  eventNamespace: string;
}

/** What a value turned out to be: a reference, or why it is none. */
export type ReferenceReading = { reference: ObjectReference } | { problem: string };

const NAME_MAX = 253;
/** Path-safe names: the API server refuses `/` and `%` in every object name (apimachinery `pkg/api/validation/path`). */
const NAME = /^[^/%\s]+$/;
const NAMESPACE = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;
const API_VERSION = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?[a-z0-9]+$/;

interface BuiltInKind {
  apiVersion: string;
  clusterScoped: boolean;
}

/** The kinds of a plain cluster, so that `{kind, name}` says enough for them. */
const BUILT_IN: ReadonlyMap<string, BuiltInKind> = new Map(
  Object.entries({
    v1: 'Pod Service ConfigMap Secret ServiceAccount Endpoints Event LimitRange PersistentVolumeClaim PodTemplate ReplicationController ResourceQuota +Namespace +Node +PersistentVolume',
    'apps/v1': 'Deployment StatefulSet DaemonSet ReplicaSet ControllerRevision',
    'batch/v1': 'Job CronJob',
    'autoscaling/v2': 'HorizontalPodAutoscaler',
    'networking.k8s.io/v1': 'Ingress NetworkPolicy +IngressClass',
    'policy/v1': 'PodDisruptionBudget',
    'rbac.authorization.k8s.io/v1': 'Role RoleBinding +ClusterRole +ClusterRoleBinding',
    'storage.k8s.io/v1': '+StorageClass +CSIDriver +CSINode +VolumeAttachment',
    'coordination.k8s.io/v1': 'Lease',
    'discovery.k8s.io/v1': 'EndpointSlice',
    'scheduling.k8s.io/v1': '+PriorityClass',
    'certificates.k8s.io/v1': '+CertificateSigningRequest',
    'apiextensions.k8s.io/v1': '+CustomResourceDefinition',
    'apiregistration.k8s.io/v1': '+APIService',
    'admissionregistration.k8s.io/v1': '+MutatingWebhookConfiguration +ValidatingWebhookConfiguration',
  }).flatMap(([apiVersion, kinds]) =>
    kinds.split(' ').map((kind): [string, BuiltInKind] => {
      const clusterScoped = kind.startsWith('+');
      return [clusterScoped ? kind.slice(1) : kind, { apiVersion, clusterScoped }];
    }),
  ),
);

/** Reads a Kubernetes object or an object reference; it never throws, whatever the value does. */
export function readReference(value: unknown): ReferenceReading {
  try {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      return { problem: `expected a Kubernetes object or an object reference, got ${describe(value)}` };
    }
    const { apiVersion, kind, metadata, fieldPath, name, namespace, uid } = value as Record<string, unknown>;
    const isObject = typeof metadata === 'object' && metadata !== null;
    const from = isObject ? (metadata as Record<string, unknown>) : { name, namespace, uid };
    return checkFields({
      apiVersion,
      kind,
      fieldPath,
      name: from['name'],
      namespace: from['namespace'],
      uid: from['uid'],
    });
  } catch (error) {
    return { problem: `reading it threw ${describe(error)}` };
  }
}

function checkFields(fields: Record<string, unknown>): ReferenceReading {
  const { kind, name, namespace, uid, fieldPath } = fields;
  if (typeof kind !== 'string' || !KIND.test(kind)) return wrong('kind', 'a name such as Deployment', kind);
  if (typeof name !== 'string' || name.length > NAME_MAX || !NAME.test(name)) {
    return wrong('name', `at most ${NAME_MAX} characters without blank, slash and percent sign`, name);
  }
  const apiVersion = isGiven(fields['apiVersion']) ? fields['apiVersion'] : BUILT_IN.get(kind)?.apiVersion;
  if (apiVersion !== undefined && (typeof apiVersion !== 'string' || !API_VERSION.test(apiVersion))) {
    return wrong('apiVersion', 'a version such as apps/v1', apiVersion);
  }
  if (isGiven(namespace) && (typeof namespace !== 'string' || !NAMESPACE.test(namespace))) {
    return wrong('namespace', 'a DNS label', namespace);
  }
  const reference: ObjectReference = { kind, name: name.toWellFormed() };
  if (apiVersion !== undefined) reference.apiVersion = apiVersion;
  if (isGiven(namespace)) reference.namespace = namespace as string;
  // A wrong uid or path is left out rather than costing the Event: both only refine what kind and name say.
  if (typeof uid === 'string' && uid !== '' && uid.length <= 128) reference.uid = uid.toWellFormed();
  if (typeof fieldPath === 'string' && fieldPath !== '')
    reference.fieldPath = fieldPath.slice(0, 512).toWellFormed();
  return { reference };
}

/**
 * Decides in which namespace the Event is: that of its object; for an object without one, `fallback`, else
 * `default` for a cluster-scoped kind and the pod's own namespace for all others. The API server demands that
 * both are equal, and takes an Event about a cluster-scoped object without a namespace only in `default`.
 */
export function resolveReference(
  reference: ObjectReference,
  fallback: string | undefined,
  ownNamespace: string,
): ResolvedReference {
  if (reference.namespace !== undefined) return { ...reference, eventNamespace: reference.namespace };
  if (fallback !== undefined) return { ...reference, namespace: fallback, eventNamespace: fallback };
  if (isClusterScoped(reference)) return { ...reference, eventNamespace: 'default' };
  return { ...reference, namespace: ownNamespace, eventNamespace: ownNamespace };
}

/** Custom kinds without a namespace count as namespaced unless their name says otherwise (ClusterPolicy, ClusterIssuer). */
function isClusterScoped({ kind }: ObjectReference): boolean {
  return BUILT_IN.get(kind)?.clusterScoped ?? kind.startsWith('Cluster');
}

/** YAML and JSON write an absent field also as null or as an empty string. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function wrong(field: string, expected: string, got: unknown): ReferenceReading {
  return { problem: `${field}: expected ${expected}, got ${describe(got)}` };
}

/** A value and its type in a few characters, for messages; never more of it, since it may hold anything. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${value.slice(0, 60).toWellFormed()}" (string)`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`;
  if (value instanceof Error) return `${value.name}: ${value.message.slice(0, 200)}`;
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : typeof value;
}
