/**
 * A Kubernetes API server for the integration tests. It is either the stand-in or a real control plane, so that the same
 * tests run against both.
 */
export interface TestCluster {
  /** Shown in test names and messages. */
  readonly kind: 'stand-in' | 'control plane' | 'kubeconfig';
  /** `https://host:port`, without a slash at the end. */
  readonly url: string;
  /** The CA of the API server, in PEM. */
  readonly ca: string;
  /** A kubeconfig with the rights of `system:masters`. */
  readonly kubeconfigFile: string;
  /** Creates a namespace for one test. It is removed with the cluster. */
  createNamespace(): Promise<string>;
  /** Creates any object as an administrator, and returns it as it is on the server. */
  apply<T extends KubernetesObject>(object: T): Promise<T & { metadata: { uid: string } }>;
  /** Creates a service account with the given rights in the namespace, a Pod, and a token bound to that Pod. */
  createPod(pod: PodRequest): Promise<TestPod>;
  /** One request, as an administrator unless `token` says otherwise. */
  request(method: string, path: string, body?: unknown, token?: string): Promise<Answer>;
  /** The Events of a namespace in core/v1 form, in order of name. */
  events(namespace: string): Promise<CoreEvent[]>;
  /** How many POST and PATCH requests about Events the server has answered since it started. */
  eventRequests(): Promise<number>;
  close(): Promise<void>;
}

export interface Answer {
  status: number;
  headers: Record<string, string | string[] | undefined>;
  // biome-ignore lint/suspicious/noExplicitAny: any JSON the API server may send
  body: any;
}

export interface KubernetesObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace?: string;
    uid?: string;
    labels?: Record<string, string>;
    ownerReferences?: OwnerReference[];
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export interface OwnerReference {
  apiVersion: string;
  kind: string;
  name: string;
  uid: string;
  controller?: boolean;
}

export interface PolicyRule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

export interface PodRequest {
  namespace: string;
  name: string;
  labels?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  /** What the service account of the pod may do in its namespace. Default: create and patch on events of both groups. */
  rules?: PolicyRule[];
}

/** A pod without a kubelet. It has everything that makes a process believe that it runs in a pod. */
export interface TestPod {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly nodeName: string;
  readonly serviceAccount: string;
  readonly token: string;
  /** A folder with `token`, `ca.crt` and `namespace`, as the kubelet mounts it. */
  readonly serviceAccountDir: string;
  /** `KUBERNETES_SERVICE_HOST` and `KUBERNETES_SERVICE_PORT`, but nothing of the downward API. */
  readonly env: Record<string, string>;
}

export interface CoreEvent {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    namespace: string;
    uid: string;
    resourceVersion: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
  };
  involvedObject: Record<string, string>;
  related?: Record<string, string>;
  type?: string;
  reason?: string;
  action?: string;
  message?: string;
  count?: number;
  firstTimestamp: string | null;
  lastTimestamp: string | null;
  eventTime: string | null;
  series?: { count: number; lastObservedTime: string };
  source: { component?: string; host?: string };
  reportingComponent: string;
  reportingInstance: string;
}
