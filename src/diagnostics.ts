import { BoundedMap } from './bounded-map.ts';

/**
 * Every way in which this library complains. `what` is completed by the details of the case; `fix` says how to mend it.
 * What an operator must know is also a process warning, once per process: at once, or only when nothing was written for a
 * minute, since most of such troubles end by themselves.
 */
export const DIAGNOSTICS = {
  KEVT_OPTIONS: {
    what: 'the options are not valid',
    fix: 'correct the options named in the message; docs/configuration.md lists all of them',
    processWarning: 'never',
  },
  KEVT_SETTING: {
    what: 'the environment variable KUBERNETES_EVENTS is not understood, so no Events are written',
    fix: 'set KUBERNETES_EVENTS to one of these values, or unset it',
    processWarning: 'at once',
  },
  KEVT_LEVEL: {
    what: 'the level of the transport is not one of the logger',
    fix: 'correct the option level; until then it is the default',
    processWarning: 'at once',
  },
  KEVT_NO_CREDENTIALS: {
    what: 'the service account credentials cannot be read',
    fix: 'mount the service account token into the pod (automountServiceAccountToken: true) or set serviceAccountDir',
    processWarning: 'at once',
  },
  KEVT_BAD_TOKEN: {
    what: 'the service account token is not a JSON Web Token',
    fix: 'mount a token issued by Kubernetes; until then the pod is known by its downward API fields or host name',
    processWarning: 'at once',
  },
  KEVT_NOT_IN_CLUSTER: {
    what: 'Events cannot go to the cluster of this pod',
    fix: 'run in a pod, or choose another destination with KUBERNETES_EVENTS or the option local',
    processWarning: 'at once',
  },
  KEVT_UNKNOWN_POD: {
    what: 'nothing says which pod this is',
    fix: 'set POD_NAME, POD_NAMESPACE and POD_UID through the downward API, or mount a token that is bound to the pod',
    processWarning: 'at once',
  },
  KEVT_KUBECONFIG: {
    what: 'the cluster of the kubeconfig cannot be used',
    fix: 'check the kubeconfig with `kubectl version`',
    processWarning: 'at once',
  },
  KEVT_UNAUTHORIZED: {
    what: 'the API server does not accept the credentials',
    fix: 'check that the token is not expired or revoked; it is read again before each request',
    processWarning: 'at once',
  },
  KEVT_FORBIDDEN: {
    what: 'the API server forbids to write Events',
    fix: 'allow it with a Role and a RoleBinding; until then the counts wait in the memory of this process',
    processWarning: 'at once',
  },
  KEVT_LOOKUP_FORBIDDEN: {
    what: 'the API server forbids to find the workload of this pod',
    fix: 'allow get on the objects named, or set regarding to another value; Events are about the pod until then',
    processWarning: 'at once',
  },
  KEVT_CERTIFICATE: {
    what: 'the certificate of the API server is not trusted',
    fix: "mount the CA of this cluster as ca.crt (in a kubeconfig: certificate-authority-data), or find out what answers in the API server's place",
    processWarning: 'at once',
  },
  KEVT_UNREACHABLE: {
    what: 'the connection to the API server fails',
    fix: 'allow egress to it in the NetworkPolicies of the namespace, and check DNS, proxies and sidecars',
    processWarning: 'after a minute',
  },
  KEVT_TIMEOUT: {
    what: 'the API server does not answer in time',
    fix: 'look at the load and the latency of the API server, of its admission webhooks and of the network in between',
    processWarning: 'after a minute',
  },
  KEVT_THROTTLED: {
    what: 'the API server takes no more requests (429)',
    fix: 'look at its FlowSchema and priority level for these requests, and at the admission plug-in EventRateLimit',
    processWarning: 'after a minute',
  },
  KEVT_SERVER_ERROR: {
    what: 'the API server fails, or something else answers in its place',
    fix: 'look at the API server (kubectl get --raw /readyz?verbose), and at what stands in between: proxy, load balancer, service mesh',
    processWarning: 'after a minute',
  },
  KEVT_REJECTED: {
    what: 'the API server refused an Event',
    fix: 'read what the server says in the message; the counts of this Event are in stats.dropped.rejected',
    processWarning: 'at once',
  },
  KEVT_NAMESPACE: {
    what: 'the namespace of an Event is missing or terminating',
    fix: 'check the namespace of the object that the record is about, and the option namespace; the counts of this Event are in stats.dropped.namespace',
    processWarning: 'at once',
  },
  KEVT_ACCOUNT: {
    what: 'the account of who counted what in an Event is not as it was written',
    fix: 'keep policies, webhooks and people from removing or changing the annotation winston-kubernetes-events/writers; without it, counts are exact only while no answer is lost',
    processWarning: 'never',
  },
  KEVT_SINK: {
    what: 'the event sink failed',
    fix: 'mend the sink given as `local`; until then the counts wait in the memory of this process',
    processWarning: 'after a minute',
  },
  KEVT_BAD_OBJECT: {
    what: 'the object of a record is not a Kubernetes object or reference',
    fix: 'give apiVersion, kind and metadata.name, or apiVersion, kind and name; the Event is about the default object',
    processWarning: 'never',
  },
  KEVT_UNKNOWN_KIND: {
    what: 'the API server does not know the kind of an object',
    fix: 'give apiVersion and kind as `kubectl api-resources` lists them, or install the CustomResourceDefinition; the Event is written all the same',
    processWarning: 'never',
  },
  KEVT_BAD_RECORD: {
    what: 'a part of a log record cannot be read',
    fix: 'mend the getter, proxy or format that throws; the Event is written with what could be read',
    processWarning: 'never',
  },
  KEVT_FUNCTION: {
    what: 'a function given as an option threw or returned a wrong value',
    fix: 'mend the function named in the message; the default was used instead',
    processWarning: 'never',
  },
  KEVT_OVERFLOW: {
    what: 'more distinct problems than memory allows',
    fix: 'give the records an eventKey so that fewer problems are told apart; what there is no room for is counted by one Event about the pod',
    processWarning: 'never',
  },
  KEVT_UNDELIVERED: {
    what: 'not everything was written in time',
    fix: 'raise flushTimeout, or check that the API server or the sink works; what is pending is lost when the process ends',
    processWarning: 'at once',
  },
  KEVT_REGISTER: {
    what: 'the loggers of this process are given no transport',
    fix: 'install winston 3 beside the application, not as a part of a bundle; or add the transport in its code',
    processWarning: 'at once',
  },
} as const;

/** A stable name of a kind of failure: match on it, not on the message. */
export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** What is known of a failure beside its code and detail. */
export interface DiagnosticOptions {
  /** The error underneath. */
  cause?: unknown;
  /** How to mend it, where the usual fix does not say it well. */
  fix?: string | undefined;
  /** The namespace in which a permission is missing. */
  namespace?: string | undefined;
  /** The verb that is not allowed there, such as `create`. */
  verb?: string | undefined;
}

/** An error of this library: thrown at construction, otherwise handed to the listeners of `'warn'`. */
export class KubernetesEventsError extends Error {
  override readonly name = 'KubernetesEventsError';
  /** Which kind of failure, such as `KEVT_OPTIONS`. */
  readonly code: DiagnosticCode;
  /** What failed in this case, what was expected and what was got. */
  readonly detail: string;
  /** How to mend it. */
  readonly fix: string;
  /** The namespace in which a permission is missing: with `KEVT_FORBIDDEN`. */
  declare readonly namespace?: string;
  /** The verb that is not allowed there, such as `create`: with `KEVT_FORBIDDEN`. */
  declare readonly verb?: string;

  /**
   * @param code which kind of failure
   * @param detail what failed, what was expected and what was got
   * @param options see {@link DiagnosticOptions}
   */
  constructor(code: DiagnosticCode, detail: string, options: DiagnosticOptions = {}) {
    const { cause, namespace, verb, fix = DIAGNOSTICS[code].fix } = options;
    const end = /[.?]$/.test(detail) ? '' : '.';
    super(`${DIAGNOSTICS[code].what}: ${detail}${end} ${fix}`, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.fix = fix;
    if (namespace !== undefined) this.namespace = namespace;
    if (verb !== undefined) this.verb = verb;
  }

  /** What is wrong in general: the same for all errors with this code. */
  get what(): string {
    return DIAGNOSTICS[this.code].what;
  }
}

/** True for an error of this library, also of another copy of it in the same process. */
export function isDiagnostic(value: unknown): boolean {
  const code = value instanceof Error ? (value as { code?: unknown }).code : undefined;
  return typeof code === 'string' && Object.hasOwn(DIAGNOSTICS, code);
}

/**
 * Where diagnostics go: never to the logger that is served. Failures of one kind with different subjects are reported
 * each by itself.
 */
export type Report = (code: DiagnosticCode, detail: string, options?: ReportOptions) => void;

interface ReportOptions extends DiagnosticOptions {
  subject?: string | undefined;
  /** Nothing was written for a minute. */
  isLasting?: boolean;
  /** The process is ending: there is no next tick, in which Node shows a warning otherwise. */
  isLast?: boolean;
}

/** One diagnostic of a kind about a subject in a minute: a storm of failures is one line, not a second storm. */
const QUIET_MS = 60_000;
/** Subjects can be chosen by whoever writes the records, so what is remembered of them is bounded. */
const MAX_SUBJECTS = 256;

/** The process warnings so far: one of a code, or one of each permission that is missing. */
const warned = new Set<string>();

/** Makes a reporter that hands each diagnostic to `emit` and keeps the noise down. */
export function createReport(emit: (error: KubernetesEventsError) => void, now: () => number): Report {
  const lastAt = new BoundedMap<string, number>(MAX_SUBJECTS);
  return (code, detail, options = {}) => {
    const { subject = '', cause, isLasting = false, isLast = false } = options;
    const key = `${code} ${subject}`;
    const last = lastAt.get(key);
    const isNews = last === undefined || now() - last >= QUIET_MS;
    const isWarning = isFirstWarning(code, options);
    if (!isNews && !isWarning) return;
    // One of ours says it all already; in another one it would be said twice.
    const error =
      cause instanceof KubernetesEventsError && !isLasting
        ? cause
        : new KubernetesEventsError(code, detail, options);
    if (isWarning) warnOperator(error, isLast);
    if (!isNews) return;
    lastAt.set(key, now());
    try {
      emit(error);
    } catch {
      // A listener of the application threw: its failure must not become ours, nor the caller's of log().
    }
  };
}

/** Whether the operator is to know it, and does not know it yet. */
function isFirstWarning(code: DiagnosticCode, { isLasting, verb, namespace }: ReportOptions): boolean {
  const { processWarning } = DIAGNOSTICS[code];
  if (processWarning === 'never' || (processWarning === 'after a minute' && !isLasting)) return false;
  const key = [code, verb, namespace].join(' ');
  if (warned.has(key) || warned.size >= MAX_SUBJECTS) return false;
  warned.add(key);
  return true;
}

/**
 * Says it on standard error, and to whoever listens to warnings of the process.
 * @param isLast the process is ending: there is no next tick, in which Node would say it
 */
export function warnOperator({ message, code }: KubernetesEventsError, isLast: boolean = false): void {
  const type = 'KubernetesEventsWarning';
  if (!isLast) return process.emitWarning(message, { type, code });
  try {
    process.emit('warning', Object.assign(new Error(message), { name: type, code }));
  } catch {
    // A listener of the application threw, which must not change how its process ends.
  }
}
