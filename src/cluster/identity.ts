import { hostname } from 'node:os';
import { join } from 'node:path';
import { readClaims } from './claims.ts';
import { readSmallFile, SERVICE_ACCOUNT_DIR } from './service-account.ts';

/** The source of a field of the identity. Earlier ones win. */
export type IdentitySource =
  | 'options'
  | 'environment'
  | 'volume'
  | 'token'
  | 'namespace file'
  | 'host name'
  | 'pod name';

/** What is known about the pod that this process runs in. */
export interface PodIdentity {
  /** The name of the pod, which is shown as the reporting instance. */
  name?: string;
  namespace?: string;
  /** The uid of the pod, from the same source as the name. Without it `kubectl describe pod` does not show Events. */
  uid?: string;
  /** The node: `source.host` of the Events. */
  nodeName?: string;
  containerName?: string;
  serviceAccountName?: string;
  /** The labels of the pod, if a downward API volume has them. */
  labels?: Record<string, string>;
  /** The component that reports, which kubectl shows as From. The same for all replicas. */
  component: string;
  /** The source of each field. */
  sources: Partial<Record<Exclude<keyof PodIdentity, 'sources'>, IdentitySource>>;
}

/** Where to look. By default these are the usual places. */
export interface IdentityOptions {
  /** Known fields, which come before all sources. */
  known?: { name?: string; namespace?: string; uid?: string; nodeName?: string; component?: string };
  /** @default `process.env` */
  env?: NodeJS.ProcessEnv;
  /** @default `/var/run/secrets/kubernetes.io/serviceaccount` */
  serviceAccountDir?: string;
  /** @default `/etc/podinfo` */
  podInfoDir?: string;
  /** Called with what is wrong with a source that exists. */
  onProblem?: (code: 'KEVT_NO_CREDENTIALS' | 'KEVT_BAD_TOKEN', detail: string) => void;
}

const POD_INFO_DIR = '/etc/podinfo';
const PREFIXES = ['', 'K8S_', 'MY_'];

type Fields = Partial<
  Record<'name' | 'namespace' | 'uid' | 'nodeName' | 'containerName' | 'serviceAccountName', string>
>;

/**
 * Finds out which pod this process runs in, from the downward API (variables `POD_NAME`, `POD_NAMESPACE`, `POD_UID`,
 * `NODE_NAME`, `CONTAINER_NAME`, also with `K8S_` or `MY_` in front; files in `/etc/podinfo`), the claims of the
 * pod's own service account token, the namespace file and the host name. It reads a few small files and never throws.
 */
export function detectPodIdentity(options: IdentityOptions = {}): PodIdentity {
  const { env = process.env, serviceAccountDir = SERVICE_ACCOUNT_DIR, podInfoDir = POD_INFO_DIR } = options;
  const onProblem = options.onProblem ?? (() => {});
  const { component, ...known } = options.known ?? {};
  const sources: [IdentitySource, Fields][] = [
    ['options', known],
    ['environment', fromEnvironment(env)],
    ['volume', fromVolume(podInfoDir)],
    ['token', fromToken(join(serviceAccountDir, 'token'), onProblem)],
    ['namespace file', definedOnly({ namespace: tryRead(join(serviceAccountDir, 'namespace')) })],
    ['host name', definedOnly({ name: hostname() })],
  ];
  const identity: PodIdentity = { component: '', sources: {} };
  for (const [source, fields] of sources) {
    for (const [field, value] of Object.entries(fields) as [keyof Fields, string][]) {
      // The uid of one pod with the name of another would not identify any object.
      if (field === 'uid' && (fields.name === undefined || fields.name !== identity.name)) continue;
      if (identity[field] !== undefined) continue;
      identity[field] = value;
      identity.sources[field] = source;
    }
  }
  const labels = parseLabels(tryRead(join(podInfoDir, 'labels')));
  if (labels !== undefined) {
    identity.labels = labels;
    identity.sources.labels = 'volume';
  }
  [identity.component, identity.sources.component] = findComponent(component, identity);
  return identity;
}

function fromEnvironment(env: NodeJS.ProcessEnv): Fields {
  const find = (name: string) => env[variableOf(env, name) ?? ''];
  return definedOnly({
    name: find('POD_NAME'),
    namespace: find('POD_NAMESPACE'),
    uid: find('POD_UID'),
    nodeName: find('NODE_NAME'),
    containerName: find('CONTAINER_NAME'),
  });
}

/** The variable that counts, of those with this name and a prefix. An empty one does not count. */
export function variableOf(env: NodeJS.ProcessEnv, name: string): string | undefined {
  return PREFIXES.map((prefix) => prefix + name).find((variable) => env[variable]);
}

function fromVolume(directory: string): Fields {
  return definedOnly({
    name: tryRead(join(directory, 'name')),
    namespace: tryRead(join(directory, 'namespace')),
    uid: tryRead(join(directory, 'uid')),
  });
}

/** The token belongs to this process, so its contents are trusted without verification. */
function fromToken(path: string, onProblem: NonNullable<IdentityOptions['onProblem']>): Fields {
  let token: string;
  try {
    token = readSmallFile(path);
  } catch (error) {
    onProblem('KEVT_NO_CREDENTIALS', (error as Error).message);
    return {};
  }
  const claims = readClaims(token);
  if (claims === undefined) {
    onProblem(
      'KEVT_BAD_TOKEN',
      `${path}: expected three parts of base64 with claims in the second, got something else`,
    );
    return {};
  }
  const { podName, namespace, podUid, nodeName, serviceAccountName } = claims;
  return definedOnly({ name: podName, namespace, uid: podUid, nodeName, serviceAccountName });
}

/** `key="value"` lines, as the downward API writes labels. The value is quoted as in Go, which JSON can parse. */
function parseLabels(text: string | undefined): Record<string, string> | undefined {
  if (text === undefined) return undefined;
  const labels: Record<string, string> = {};
  for (const line of text.split('\n')) {
    const match = /^([^=]+)=(".*")$/.exec(line.trim());
    try {
      if (match !== null) labels[match[1] as string] = JSON.parse(match[2] as string);
    } catch {
      // A line that cannot be parsed is left out.
    }
  }
  return labels;
}

/**
 * The suffixes that Kubernetes appends to names: a template hash (ReplicaSet) or the minute of a run (CronJob) with a
 * random suffix (apimachinery `util/rand`: no vowels, no 0, 1, 3), or an ordinal (StatefulSet).
 */
const GENERATED_SUFFIX =
  /(-([bcdf-hj-np-tv-z2456789]{5,10}|[0-9]{8}))?-[bcdf-hj-np-tv-z2456789]{5}$|-[0-9]+$/;

/** A name that all replicas share, so that they report as one component. */
function findComponent(option: string | undefined, identity: PodIdentity): [string, IdentitySource] {
  const { containerName, labels = {}, name, serviceAccountName, sources } = identity;
  const label = labels['app.kubernetes.io/name'] ?? labels['app'] ?? labels['k8s-app'];
  const workload = name?.replace(GENERATED_SUFFIX, '');
  const candidates: [string | undefined, IdentitySource | undefined][] = [
    [option, 'options'],
    [containerName, sources.containerName],
    [label, 'volume'],
    [sources.name === 'host name' ? undefined : workload, 'pod name'],
    [serviceAccountName === 'default' ? undefined : serviceAccountName, 'token'],
    [workload, 'host name'],
  ];
  for (const [value, source] of candidates) if (value && source) return [value, source];
  return ['winston-kubernetes-events', 'host name'];
}

function tryRead(path: string): string | undefined {
  try {
    return readSmallFile(path);
  } catch {
    return undefined;
  }
}

function definedOnly(fields: Record<string, unknown>): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => typeof value === 'string' && value !== ''),
  ) as Fields;
}
