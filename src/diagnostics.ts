import { BoundedMap } from './bounded-map.ts';

/**
 * Every way in which this library complains. `what` is completed by the details of the case; `fix` says how to
 * mend it. A diagnostic for an operator is also a process warning, once per process and code and subject.
 */
export const DIAGNOSTICS = {
  KEVT_OPTIONS: {
    what: 'the options are not valid',
    fix: 'correct the options named in the message; docs/configuration.md lists all of them',
    forOperator: false,
  },
  KEVT_NO_CREDENTIALS: {
    what: 'the service account credentials cannot be read',
    fix: 'mount the service account token into the pod (automountServiceAccountToken: true) or set serviceAccountDir',
    forOperator: true,
  },
  KEVT_BAD_TOKEN: {
    what: 'the service account token is not a JSON Web Token',
    fix: 'mount a token issued by Kubernetes; until then the pod is known by its downward API fields or host name',
    forOperator: true,
  },
  KEVT_NOT_IN_CLUSTER: {
    what: 'Events cannot go to the cluster of this pod',
    fix: 'run in a pod, or choose another destination with KUBERNETES_EVENTS or the option local',
    forOperator: true,
  },
  KEVT_UNKNOWN_POD: {
    what: 'nothing says which pod this is',
    fix: 'set POD_NAME, POD_NAMESPACE and POD_UID through the downward API, or mount a token that is bound to the pod',
    forOperator: true,
  },
  KEVT_KUBECONFIG: {
    what: 'the cluster of the kubeconfig cannot be used',
    fix: 'install @kubernetes/client-node (^1.4.0 on Node 20, ^2.0.0 from Node 22.19 on) and check the kubeconfig with `kubectl version`',
    forOperator: true,
  },
  KEVT_UNAUTHORIZED: {
    what: 'the API server does not accept the credentials',
    fix: 'check that the token is not expired or revoked; it is read again before each request',
    forOperator: true,
  },
  KEVT_FORBIDDEN: {
    what: 'the API server forbids to write Events',
    fix: 'allow it with a Role and a RoleBinding; counts are kept until the permission appears',
    forOperator: true,
  },
  KEVT_LOOKUP_FORBIDDEN: {
    what: 'the API server forbids to find the workload of this pod',
    fix: 'allow get on the objects named, or set regarding to another value; Events are about the pod until then',
    forOperator: true,
  },
  KEVT_UNREACHABLE: {
    what: 'the API server gave no usable answer',
    fix: 'nothing is lost: counts are kept and written when it answers again',
    forOperator: false,
  },
  KEVT_REJECTED: {
    what: 'the API server refused an Event',
    fix: 'read what the server says in the message; the counts of this Event are in stats.dropped.rejected',
    forOperator: true,
  },
  KEVT_NAMESPACE: {
    what: 'the namespace of an Event is missing or terminating',
    fix: 'check the namespace of the object that the record is about',
    forOperator: true,
  },
  KEVT_ACCOUNT: {
    what: 'the account of who counted what in an Event is not as it was written',
    fix: 'keep policies, webhooks and people from removing or changing the annotation winston-kubernetes-events/writers; without it, counts are exact only while no answer is lost',
    forOperator: false,
  },
  KEVT_SINK: {
    what: 'the event sink failed',
    fix: 'mend the sink given as `local`; the Event is offered to it again later',
    forOperator: false,
  },
  KEVT_BAD_OBJECT: {
    what: 'the object of a record is not a Kubernetes object or reference',
    fix: 'give apiVersion, kind and metadata.name, or apiVersion, kind and name; the Event is about the default object',
    forOperator: false,
  },
  KEVT_UNKNOWN_KIND: {
    what: 'the API server does not know the kind of an object',
    fix: 'give apiVersion and kind as `kubectl api-resources` lists them, or install the CustomResourceDefinition; the Event is written all the same',
    forOperator: false,
  },
  KEVT_BAD_RECORD: {
    what: 'a part of a log record cannot be read',
    fix: 'mend the getter, proxy or format that throws; the Event is written with what could be read',
    forOperator: false,
  },
  KEVT_FUNCTION: {
    what: 'a function given as an option threw or returned a wrong value',
    fix: 'mend the function named in the message; the default was used instead',
    forOperator: false,
  },
  KEVT_OVERFLOW: {
    what: 'more distinct problems than memory allows',
    fix: 'give the records an eventKey so that fewer problems are told apart; what there is no room for is counted by one Event about the pod',
    forOperator: false,
  },
  KEVT_UNDELIVERED: {
    what: 'not everything was taken in time',
    fix: 'raise flushTimeout, or check that the API server or the sink works; what is unwritten is in stats.pending',
    forOperator: true,
  },
  KEVT_REGISTER: {
    what: 'the loggers of this process are given no transport',
    fix: 'install winston 3 beside the application, not as a part of a bundle; or add the transport in its code',
    forOperator: true,
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
  /** Which kind of failure: `KEVT_…`. */
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
    super(`${DIAGNOSTICS[code].what}: ${detail}. ${fix}`, cause === undefined ? undefined : { cause });
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

/** The code of an error of ours; any other error kept us from the API server. Codes of Node are not ours. */
export function codeOf(error: unknown): DiagnosticCode {
  return error instanceof KubernetesEventsError ? error.code : 'KEVT_UNREACHABLE';
}

/**
 * Where diagnostics go: never to the logger that is served. Failures of one kind with different subjects are reported
 * each by itself.
 */
export type Report = (
  code: DiagnosticCode,
  detail: string,
  options?: DiagnosticOptions & { subject?: string | undefined },
) => void;

/** One diagnostic of a kind about a subject in a minute: a storm of failures is one line, not a second storm. */
const QUIET_MS = 60_000;
/** Subjects can be chosen by whoever writes the records, so what is remembered of them is bounded. */
const MAX_SUBJECTS = 256;

/** Says it on standard error, and to whoever listens to warnings of the process. */
export function warnOperator({ message, code }: KubernetesEventsError): void {
  process.emitWarning(message, { type: 'KubernetesEventsWarning', code });
}

const warned = new Set<string>();

/** Makes a reporter that hands each diagnostic to `emit` and keeps the noise down. */
export function createReport(emit: (error: KubernetesEventsError) => void, now: () => number): Report {
  const lastAt = new BoundedMap<string, number>(MAX_SUBJECTS);
  return (code, detail, options = {}) => {
    const key = `${code} ${options.subject ?? ''}`;
    const last = lastAt.get(key);
    if (last !== undefined && now() - last < QUIET_MS) return;
    lastAt.set(key, now());
    // One of ours says it all already; in another one it would be said twice.
    const { cause } = options;
    const error =
      cause instanceof KubernetesEventsError ? cause : new KubernetesEventsError(code, detail, options);
    if (DIAGNOSTICS[code].forOperator && !warned.has(key)) {
      if (warned.size < MAX_SUBJECTS) warned.add(key);
      warnOperator(error);
    }
    try {
      emit(error);
    } catch {
      // A listener of the application threw: its failure must not become ours, nor the caller's of log().
    }
  };
}
