import { BoundedMap } from './bounded-map.ts';

/**
 * Every diagnostic of this library. The message is `what`, then the details of the case, then `fix`, which says how to fix
 * the cause. If an operator must know it, there is also a process warning, once per process. It comes at once, or only
 * after a minute in which nothing was written, because most problems of that kind end by themselves.
 */
export const DIAGNOSTICS = {
  KEVT_OPTIONS: {
    what: 'the options are not valid',
    fix: 'Correct the options named in the message. https://github.com/your-organization/winston-kubernetes-events/blob/main/docs/configuration.md lists all options',
    processWarning: 'only with /register, at once',
  },
  KEVT_SETTING: {
    what: 'the environment variable KUBERNETES_EVENTS has an unknown value, so no Events are written',
    fix: 'Set KUBERNETES_EVENTS to one of these values, or unset it',
    processWarning: 'at once',
  },
  KEVT_LEVEL: {
    what: 'the logger does not have the level of the transport',
    fix: 'Correct the option level. Until then the default level is used',
    processWarning: 'at once',
  },
  KEVT_NO_CREDENTIALS: {
    what: 'the service account credentials cannot be read',
    fix: 'Mount the service account token into the pod (automountServiceAccountToken: true), or set serviceAccountDir',
    processWarning: 'at once',
  },
  KEVT_BAD_TOKEN: {
    what: 'the service account token is not a JSON Web Token',
    fix: 'Mount a token issued by Kubernetes. Until then the identity of the pod comes from its downward API fields or from the host name',
    processWarning: 'at once',
  },
  KEVT_NOT_IN_CLUSTER: {
    what: 'Events cannot be sent to the cluster of this pod',
    fix: 'Run in a pod, or choose another destination with KUBERNETES_EVENTS or the option local',
    processWarning: 'at once',
  },
  KEVT_UNKNOWN_POD: {
    what: 'it is not known which pod this is',
    fix: 'Set POD_NAME, POD_NAMESPACE and POD_UID through the downward API, or mount a token that is bound to the pod',
    processWarning: 'at once',
  },
  KEVT_KUBECONFIG: {
    what: 'the cluster of the kubeconfig cannot be used',
    fix: 'Check the kubeconfig with `kubectl version`',
    processWarning: 'at once',
  },
  KEVT_UNAUTHORIZED: {
    what: 'the API server does not accept the credentials',
    fix: 'Check whether the token has expired or was revoked. It is read again before each request',
    processWarning: 'at once',
  },
  KEVT_FORBIDDEN: {
    what: 'the API server does not allow writing Events',
    fix: 'Allow it with a Role and a RoleBinding. Counts wait in memory as long as the process runs',
    processWarning: 'at once',
  },
  KEVT_LOOKUP_FORBIDDEN: {
    what: 'the API server does not allow looking up the workload of this pod',
    fix: 'Allow get on the objects named, or set regarding to another value. Until then Events are about the pod',
    processWarning: 'at once',
  },
  KEVT_CERTIFICATE: {
    what: 'the certificate of the API server is not trusted',
    fix: 'Mount the CA of this cluster as ca.crt (in a kubeconfig: certificate-authority-data), or find out what answers in place of the API server',
    processWarning: 'at once',
  },
  KEVT_UNREACHABLE: {
    what: 'the connection to the API server fails',
    fix: 'Allow egress to the API server in the NetworkPolicies of the namespace, and check DNS, proxies and sidecars',
    processWarning: 'after a minute',
  },
  KEVT_TIMEOUT: {
    what: 'the API server does not answer in time',
    fix: 'Check the load and the latency of the API server, of its admission webhooks and of the network in between',
    processWarning: 'after a minute',
  },
  KEVT_THROTTLED: {
    what: 'the API server refuses requests because there are too many (429)',
    fix: 'Check the FlowSchema and the priority level of these requests, and the admission plug-in EventRateLimit',
    processWarning: 'after a minute',
  },
  KEVT_SERVER_ERROR: {
    what: 'the API server fails, or something else answers in its place',
    fix: 'Check the API server (kubectl get --raw /readyz?verbose), and what is in between: a proxy, a load balancer or a service mesh',
    processWarning: 'after a minute',
  },
  KEVT_REJECTED: {
    what: 'the API server refused an Event',
    fix: 'Read the answer of the API server in the message. The counts of this Event are in stats.dropped.rejected',
    processWarning: 'at once',
  },
  KEVT_NAMESPACE: {
    what: 'the namespace of an Event does not exist or is being deleted',
    fix: 'Check the namespace of the object that the record is about, and the option namespace. The counts of this Event are in stats.dropped.namespace',
    processWarning: 'at once',
  },
  KEVT_ACCOUNT: {
    what: 'the annotation that says how much each process has counted is not as it was written',
    fix: 'Make sure that policies, webhooks and people do not remove or change the annotation winston-kubernetes-events/writers. Without it, counts are exact only while no answer is lost',
    processWarning: 'never',
  },
  KEVT_SINK: {
    what: 'the event sink failed',
    fix: 'Fix the sink given as `local`. Counts wait in memory as long as the process runs',
    processWarning: 'after a minute',
  },
  KEVT_BAD_OBJECT: {
    what: 'the object of a record is not a Kubernetes object or reference',
    fix: "Give a full object, a reference (apiVersion, kind and name), or for a built-in type a text such as 'deployment/web'. The Event is about the default object",
    processWarning: 'never',
  },
  KEVT_UNKNOWN_KIND: {
    what: 'the API server does not know the kind of an object',
    fix: 'Give apiVersion and kind as `kubectl api-resources` lists them, or install the CustomResourceDefinition. The Event is written anyway',
    processWarning: 'never',
  },
  KEVT_BAD_RECORD: {
    what: 'a part of a log record cannot be read',
    fix: 'Fix the getter, proxy or format that throws. The Event is written with what could be read',
    processWarning: 'never',
  },
  KEVT_FUNCTION: {
    what: 'a function given as an option threw an error or returned a wrong value',
    fix: 'Fix the function named in the message. The default is used instead',
    processWarning: 'never',
  },
  KEVT_OVERFLOW: {
    what: 'there are more problems than can be remembered',
    fix: 'Give the records an eventKey, so that there are fewer problems. Problems without room are counted by one Event about the pod',
    processWarning: 'never',
  },
  KEVT_UNDELIVERED: {
    what: 'not all occurrences were written in time',
    fix: 'Raise flushTimeout, or check that the API server or the sink works. Pending counts are lost when the process ends',
    processWarning: 'at once',
  },
  KEVT_REGISTER: {
    what: 'the loggers of this process get no transport',
    fix: 'Install winston 3 next to the application, not inside a bundle. Or add the transport in the code of the application',
    processWarning: 'at once',
  },
} as const;

/** A stable name for a kind of failure. Match on it, not on the message. */
export type DiagnosticCode = keyof typeof DIAGNOSTICS;

/** More about a failure, in addition to its code and detail. */
export interface DiagnosticOptions {
  /** The error underneath. */
  cause?: unknown;
  /** How to fix the cause. Replaces the usual text for the code. */
  fix?: string | undefined;
  /** The namespace in which a permission is missing. */
  namespace?: string | undefined;
  /** The verb that is not allowed there, such as `create`. */
  verb?: string | undefined;
  /** Somebody has to change something first, so a flush does not wait for a success. */
  isFinal?: boolean;
}

/** An error of this library. It is thrown by constructors, and otherwise passed to the listeners of `'warn'`. */
export class KubernetesEventsError extends Error {
  override readonly name = 'KubernetesEventsError';
  /** Which kind of failure, such as `KEVT_OPTIONS`. */
  readonly code: DiagnosticCode;
  /** What failed in this case, what was expected and what was found instead. */
  readonly detail: string;
  /** How to fix the cause. */
  readonly fix: string;
  /** The namespace in which a permission is missing: with `KEVT_FORBIDDEN`. */
  declare readonly namespace?: string;
  /** The verb that is not allowed there, such as `create`: with `KEVT_FORBIDDEN`. */
  declare readonly verb?: string;
  /** Somebody has to change something first, so a flush does not wait for a success. @internal */
  declare readonly isFinal?: boolean;

  /**
   * @param code which kind of failure
   * @param detail what failed, what was expected and what was found instead
   * @param options see {@link DiagnosticOptions}
   */
  constructor(code: DiagnosticCode, detail: string, options: DiagnosticOptions = {}) {
    const { cause, namespace, verb, isFinal, fix = DIAGNOSTICS[code].fix } = options;
    const message = `${DIAGNOSTICS[code].what}: ${sentence(detail)} ${sentence(fix)}`;
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.detail = detail;
    this.fix = fix;
    if (namespace !== undefined) this.namespace = namespace;
    if (verb !== undefined) this.verb = verb;
    if (isFinal !== undefined) this.isFinal = isFinal;
  }

  /** What is wrong in general: the same for all errors with this code. */
  get what(): string {
    return DIAGNOSTICS[this.code].what;
  }
}

function sentence(text: string): string {
  return /[.?]$/.test(text) ? text : `${text}.`;
}

/** True for an error of this library, even if another copy of the library in the process created it. */
export function isDiagnostic(value: unknown): boolean {
  const code = value instanceof Error ? (value as { code?: unknown }).code : undefined;
  return typeof code === 'string' && Object.hasOwn(DIAGNOSTICS, code);
}

/**
 * Receives diagnostics. They never go to the logger that uses the transport. Failures of one kind with different subjects
 * are reported separately.
 */
export type Report = (code: DiagnosticCode, detail: string, options?: ReportOptions) => void;

interface ReportOptions extends DiagnosticOptions {
  subject?: string | undefined;
  /** Nothing was written for a minute. */
  isLasting?: boolean;
  /** The process is ending, so there is no next tick, in which Node usually shows a warning. */
  isLast?: boolean;
}

/** A kind of diagnostic about one subject is reported at most once in this time, so that a storm of failures is one line. */
const QUIET_MS = 60_000;
/** Whoever writes the records can choose the subjects, so only this many are remembered. */
const MAX_SUBJECTS = 256;

/** The process warnings so far, by code, and for a missing permission also by verb and namespace. */
const warned = new Set<string>();

/** Creates a reporter that passes each diagnostic to `emit`, but not the same one again and again. */
export function createReport(emit: (error: KubernetesEventsError) => void, now: () => number): Report {
  const lastAt = new BoundedMap<string, number>(MAX_SUBJECTS);
  return (code, detail, options = {}) => {
    const { subject = '', cause, isLasting = false, isLast = false } = options;
    const key = `${code} ${subject}`;
    const last = lastAt.get(key);
    const isNews = last === undefined || now() - last >= QUIET_MS;
    const isWarning = isFirstWarning(code, options);
    if (!isNews && !isWarning) return;
    // An error of this library contains all of it already. Wrapping it would say everything twice.
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
      // A listener of the application threw. The caller of log() must not notice.
    }
  };
}

/** Whether the operator must know it and has not been told yet. */
function isFirstWarning(code: DiagnosticCode, { isLasting, verb, namespace }: ReportOptions): boolean {
  const { processWarning } = DIAGNOSTICS[code];
  if (processWarning === 'never' || (processWarning === 'after a minute' && !isLasting)) return false;
  const key = [code, verb, namespace].join(' ');
  if (warned.has(key) || warned.size >= MAX_SUBJECTS) return false;
  warned.add(key);
  return true;
}

/**
 * Emits a process warning.
 * @param isLast the process is ending, so there is no next tick, in which Node would show the warning
 */
export function warnOperator({ message, code }: KubernetesEventsError, isLast: boolean = false): void {
  const type = 'KubernetesEventsWarning';
  if (!isLast) return process.emitWarning(message, { type, code });
  try {
    process.emit('warning', Object.assign(new Error(message), { name: type, code }));
  } catch {
    // A listener of the application threw. That must not change how the process ends.
  }
}
