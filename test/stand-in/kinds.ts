export interface Kind {
  group: string;
  version: string;
  resource: string;
  kind: string;
  namespaced: boolean;
  /** Only of kinds that a CustomResourceDefinition defines. */
  shortNames?: string[];
}

const kinds = (group: string, version: string, namespaced: boolean, names: Record<string, string>): Kind[] =>
  Object.entries(names).map(([resource, kind]) => ({ group, version, resource, kind, namespaced }));

export const builtIn: Kind[] = [
  ...kinds('', 'v1', false, { namespaces: 'Namespace', nodes: 'Node' }),
  ...kinds('', 'v1', true, {
    configmaps: 'ConfigMap',
    events: 'Event',
    pods: 'Pod',
    secrets: 'Secret',
    serviceaccounts: 'ServiceAccount',
    services: 'Service',
  }),
  ...kinds('apps', 'v1', true, {
    daemonsets: 'DaemonSet',
    deployments: 'Deployment',
    replicasets: 'ReplicaSet',
    statefulsets: 'StatefulSet',
  }),
  ...kinds('batch', 'v1', true, { cronjobs: 'CronJob', jobs: 'Job' }),
  ...kinds('events.k8s.io', 'v1', true, { events: 'Event' }),
  ...kinds('rbac.authorization.k8s.io', 'v1', true, { rolebindings: 'RoleBinding', roles: 'Role' }),
  ...kinds('rbac.authorization.k8s.io', 'v1', false, {
    clusterrolebindings: 'ClusterRoleBinding',
    clusterroles: 'ClusterRole',
  }),
  ...kinds('admissionregistration.k8s.io', 'v1', false, {
    mutatingwebhookconfigurations: 'MutatingWebhookConfiguration',
  }),
  ...kinds('apiextensions.k8s.io', 'v1', false, { customresourcedefinitions: 'CustomResourceDefinition' }),
];

/** If several kinds have this name, the first one. */
export const kindNamed = (name: string) => builtIn.find(({ kind }) => kind === name) as Kind;
/** The Event of core/v1. */
export const eventKind = kindNamed('Event');
export const groupVersion = ({ group, version }: Pick<Kind, 'group' | 'version'>) =>
  group ? `${group}/${version}` : version;
