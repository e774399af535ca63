/** The API version and the kind of an object. */
interface Type {
  apiVersion?: string | undefined;
  kind: string;
}

/** What is known about a kind without asking an API server. */
export interface BuiltInKind {
  apiVersion: string;
  isClusterScoped: boolean;
}

/** The built-in kinds, so that `{kind, name}` is enough for them. `+` marks the cluster-scoped ones. */
export const BUILT_IN: ReadonlyMap<string, BuiltInKind> = new Map(
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
      const isClusterScoped = kind.startsWith('+');
      return [isClusterScoped ? kind.slice(1) : kind, { apiVersion, isClusterScoped }];
    }),
  ),
);

/** The short names that kubectl accepts in `kubectl describe TYPE/NAME`. */
export const SHORT_NAMES: Readonly<Record<string, string>> = {
  cm: 'ConfigMap',
  cj: 'CronJob',
  crd: 'CustomResourceDefinition',
  deploy: 'Deployment',
  ds: 'DaemonSet',
  hpa: 'HorizontalPodAutoscaler',
  ing: 'Ingress',
  no: 'Node',
  ns: 'Namespace',
  pdb: 'PodDisruptionBudget',
  po: 'Pod',
  pv: 'PersistentVolume',
  pvc: 'PersistentVolumeClaim',
  rs: 'ReplicaSet',
  sa: 'ServiceAccount',
  sts: 'StatefulSet',
  svc: 'Service',
};

/** The name of a built-in kind in the paths of the API; undefined for kinds that only discovery knows. */
export function pluralOf(apiVersion: string | undefined, kind: string): string | undefined {
  if (builtIn(apiVersion, kind) === undefined) return undefined;
  const singular = kind.toLowerCase();
  if (singular === 'endpoints') return singular;
  if (singular.endsWith('s')) return `${singular}es`;
  return singular.endsWith('cy') ? `${singular.slice(0, -1)}ies` : `${singular}s`;
}

/** False for custom kinds, which only discovery knows. */
export function isBuiltIn({ apiVersion, kind }: Type): boolean {
  return builtIn(apiVersion, kind) !== undefined;
}

/** True for a built-in kind whose objects have no namespace. */
export function isClusterScoped({ apiVersion, kind }: Type): boolean {
  return builtIn(apiVersion, kind)?.isClusterScoped ?? false;
}

/** Compares the group too, because kinds of other groups may have the name of a built-in one (Service of Knative). */
function builtIn(apiVersion: string | undefined, kind: string): BuiltInKind | undefined {
  const known = BUILT_IN.get(kind);
  const isOther =
    apiVersion !== undefined && known !== undefined && groupOf(known) !== groupOf({ apiVersion });
  return isOther ? undefined : known;
}

/** The group of a version: `apps` of `apps/v1`, nothing of `v1`. */
export function groupOf({ apiVersion = 'v1' }: Pick<Type, 'apiVersion'>): string {
  return apiVersion.slice(0, Math.max(apiVersion.lastIndexOf('/'), 0));
}
