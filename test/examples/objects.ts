import type { OwnerReference, PolicyRule, TestCluster } from '../support/cluster.ts';

export const EVENTS_RULE: PolicyRule = {
  apiGroups: ['', 'events.k8s.io'],
  resources: ['events'],
  verbs: ['create', 'patch'],
};

export const mayRead = (apiGroup: string, resources: string[], verbs = ['get']): PolicyRule => ({
  apiGroups: [apiGroup],
  resources,
  verbs,
});

const labels = { app: 'web' };

export const podSpec = (image = 'pause:3.10') => ({
  terminationGracePeriodSeconds: 0,
  containers: [{ name: 'app', image }],
});

/** The spec of a controller: of a DaemonSet it is all. */
export const controller = (image?: string) => ({
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: podSpec(image) },
});

/** No replicas: controllers of a real cluster are to make no pods. */
export const replicated = (image?: string) => ({ replicas: 0, ...controller(image) });

const template = { metadata: { labels }, spec: { ...podSpec(), restartPolicy: 'Never' } };
export const suspendedJob = { suspend: true, template };
export const suspendedCronJob = {
  schedule: '0 3 * * *',
  suspend: true,
  jobTemplate: { spec: suspendedJob },
};

/** Makes objects in a namespace; each call returns what the objects that it owns need to name it. */
export function maker(cluster: TestCluster, namespace: string) {
  return async (
    apiVersion: string,
    kind: string,
    name: string,
    spec: object,
    owner?: OwnerReference,
  ): Promise<OwnerReference> => {
    const metadata = { name, namespace, ...(owner && { ownerReferences: [owner] }) };
    const { uid } = (await cluster.apply({ apiVersion, kind, metadata, spec })).metadata;
    return { apiVersion, kind, name, uid, controller: true };
  };
}
