import type TransportStream from 'winston-transport';
import type { KubeConfigLike } from './cluster/kube-config.ts';
import type { EventSink } from './delivery/event-sink.ts';
import { KubernetesEventsError } from './diagnostics.ts';
import type { EventRecorder } from './event-recorder.ts';
import { describe, type ObjectReference, readReference } from './record/object-reference.ts';
import type { LogRecord } from './record/read-record.ts';
import { isReason } from './record/reason.ts';

/** A Kubernetes object as people have it, or a reference to one; built-in kinds also as `deployment/web`. */
export type KubernetesObjectLike =
  | ObjectReference
  | `${string}/${string}`
  | { apiVersion?: string; kind?: string; metadata?: { name?: string; namespace?: string; uid?: string } };

/** Options of an {@link EventRecorder}; all are optional. */
export interface EventRecorderOptions {
  /**
   * What an Event without an object of its own is about: `'pod'`, `'workload'` (the Deployment, StatefulSet,
   * DaemonSet, Job or CronJob that owns the pod), an object or an object reference, or `null`: no Event.
   * @default 'pod'
   */
  regarding?: 'pod' | 'workload' | KubernetesObjectLike | null | undefined;
  /** The reporting component: shown as From by kubectl. @default from the identity of the pod */
  component?: string | undefined;
  /**
   * Where Events go outside a cluster: nowhere, to the console, to the cluster of the kubeconfig, or into a sink.
   * The environment variable `KUBERNETES_EVENTS` (`silent`, `console`, `kubeconfig`, `cluster`) overrides it.
   * @default 'silent'
   */
  local?: 'silent' | 'console' | 'kubeconfig' | EventSink | undefined;
  /** A `KubeConfig` of `@kubernetes/client-node`, used inside and outside a cluster. @default none */
  kubeConfig?: KubeConfigLike | undefined;
  /**
   * The namespace for Events about objects that have none.
   * @default the object's; for cluster-scoped ones `default`, else that of the pod
   */
  namespace?: string | undefined;
  /**
   * `'v1'` for core Events (count, first and last timestamp), or `'events.k8s.io/v1'` (series).
   * @default 'v1'
   */
  api?: 'v1' | 'events.k8s.io/v1' | undefined;
  /** Fixed labels for every Event. @default none */
  labels?: Record<string, string> | undefined;
  /** A function over the message instead of the built-in masking of credentials, or `false`. @default built in */
  redact?: ((message: string) => string) | false | undefined;
  /**
   * How long `flush`, `close` and an ending process wait for the API server at most, in milliseconds.
   * @default 5000
   */
  flushTimeout?: number | undefined;
  /** Where `token`, `ca.crt` and `namespace` are mounted. @default '/var/run/secrets/kubernetes.io/serviceaccount' */
  serviceAccountDir?: string | undefined;
}

/** Options of the {@link KubernetesEventTransport}; all are optional. */
export interface KubernetesEventTransportOptions
  extends Omit<EventRecorderOptions, 'regarding'>,
    Pick<
      TransportStream.TransportStreamOptions,
      'level' | 'silent' | 'format' | 'handleExceptions' | 'handleRejections'
    > {
  /**
   * What a record without an object of its own is about: `'pod'`, `'workload'` (the Deployment, StatefulSet,
   * DaemonSet, Job or CronJob that owns the pod), an object or an object reference, a function of the record, or
   * `null`: such records make no Event.
   * @default 'pod'
   */
  regarding?: EventRecorderOptions['regarding'] | ((record: LogRecord) => unknown);
  /** A predicate over the record: `false` makes no Event. @default none */
  filter?: ((record: LogRecord) => boolean) | undefined;
  /** A fixed reason (UpperCamelCase, at most 128 characters), or a function of the record. @default derived */
  reason?: string | ((record: LogRecord) => string | undefined) | undefined;
  /** Names of record fields to copy into annotations, or a function of the record. @default none */
  annotations?: string[] | ((record: LogRecord) => Record<string, string> | undefined) | undefined;
  /**
   * From a record the string that decides which records are the same problem, or `'message'` for the literal text.
   * @default the message with its volatile parts masked
   */
  groupBy?: 'message' | ((record: LogRecord) => string) | undefined;
  /**
   * A recorder to share with other transports and with code without winston. What is said of the destination
   * (`local`, `component`, `labels` and so on) is said to the recorder then. @default one of its own
   */
  recorder?: EventRecorder | undefined;
}

/** What each option takes: for the check and for the message when it fails. */
interface OptionRule {
  expected: string;
  accepts(value: unknown): boolean;
  /** What is wrong inside a value, where "an object" would not say it. */
  fault?(value: object): string | undefined;
}

const isFunction = (value: unknown): boolean => typeof value === 'function';
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
const isBoolean = (value: unknown): boolean => typeof value === 'boolean';
const isMethodOf = (value: unknown, ...methods: string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((name) => isFunction((value as LogRecord)[name]));
const isObjectLike = (value: unknown): boolean => 'reference' in readReference(value);

/** A label's value (apimachinery `pkg/util/validation`, IsValidLabelValue) and the name part of its key. */
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9])?$/;
const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?\/)?([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$/;
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** True for a key that an annotation or a label may have. */
export function isMetadataKey(key: string): boolean {
  return LABEL_KEY.test(key);
}

function isLabel([key, text]: [string, unknown]): boolean {
  return isMetadataKey(key) && typeof text === 'string' && LABEL_VALUE.test(text);
}

const RECORDER_RULES: Record<keyof EventRecorderOptions, OptionRule> = {
  regarding: {
    expected: "'pod', 'workload', a Kubernetes object, an object reference or null",
    accepts: (value) => value === null || value === 'pod' || value === 'workload' || isObjectLike(value),
    fault: (value) => {
      const reading = readReference(value);
      return 'problem' in reading ? reading.problem : undefined;
    },
  },
  component: { expected: 'a string that is not empty', accepts: isText },
  local: {
    expected: "'silent', 'console', 'kubeconfig' or an EventSink (an object with a method write)",
    accepts: (value) => isOneOf(value, 'silent', 'console', 'kubeconfig') || isMethodOf(value, 'write'),
  },
  kubeConfig: {
    expected: 'a KubeConfig of @kubernetes/client-node',
    accepts: (value) => isMethodOf(value, 'getCurrentCluster', 'applyToHTTPSOptions'),
  },
  namespace: {
    expected: 'the name of a namespace (a DNS label of at most 63 characters)',
    accepts: (value) => typeof value === 'string' && DNS_LABEL.test(value),
  },
  api: {
    expected: "'v1' or 'events.k8s.io/v1'",
    accepts: (value) => isOneOf(value, 'v1', 'events.k8s.io/v1'),
  },
  labels: {
    expected:
      'an object of label keys and values of at most 63 characters (letters, digits and -_. between them)',
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      !Array.isArray(value) &&
      Object.entries(value).every(isLabel),
    fault: (value) => {
      const wrong = Object.entries(value).find((entry) => !isLabel(entry));
      return wrong && `${JSON.stringify(wrong[0])}: ${describe(wrong[1])}`;
    },
  },
  redact: {
    expected: 'a function of the message, or false',
    accepts: (value) => value === false || isFunction(value),
  },
  flushTimeout: {
    expected: 'a number of milliseconds from 0 to 2147483647',
    accepts: (value) => typeof value === 'number' && value >= 0 && value < 2 ** 31,
  },
  serviceAccountDir: { expected: 'the path of a folder', accepts: isText },
};

const TRANSPORT_RULES: Record<keyof KubernetesEventTransportOptions, OptionRule> = {
  ...RECORDER_RULES,
  regarding: {
    ...RECORDER_RULES.regarding,
    expected: `${RECORDER_RULES.regarding.expected}, or a function of the record`,
    accepts: (value) => isFunction(value) || RECORDER_RULES.regarding.accepts(value),
  },
  filter: { expected: 'a function of the record', accepts: isFunction },
  reason: {
    expected: 'an UpperCamelCase identifier of at most 128 characters, or a function of the record',
    accepts: (value) => isReason(value) || isFunction(value),
  },
  annotations: {
    expected: 'an array of record field names that are valid annotation keys, or a function of the record',
    accepts: (value) =>
      isFunction(value) ||
      (Array.isArray(value) && value.every((name) => typeof name === 'string' && isMetadataKey(name))),
  },
  groupBy: {
    expected: "'message' or a function of the record",
    accepts: (value) => value === 'message' || isFunction(value),
  },
  recorder: {
    expected: 'an EventRecorder',
    accepts: (value) => isMethodOf(value, 'record', 'flush', 'on'),
  },
  level: { expected: 'the name of a level', accepts: isText },
  silent: { expected: 'true or false', accepts: isBoolean },
  format: { expected: 'a winston format', accepts: (value) => isMethodOf(value, 'transform') },
  handleExceptions: { expected: 'true or false', accepts: isBoolean },
  handleRejections: { expected: 'true or false', accepts: isBoolean },
};

/** @throws KubernetesEventsError that lists every option that is unknown or has a wrong value */
export function checkRecorderOptions(options: unknown): void {
  check(options, RECORDER_RULES);
}

/** @throws KubernetesEventsError that lists every option that is unknown or has a wrong value */
export function checkTransportOptions(options: unknown): void {
  check(options, TRANSPORT_RULES);
}

/** Options that a transport cannot have beside a recorder that others use too. */
const ONLY_OF_RECORDER = Object.keys(RECORDER_RULES).filter((name) => name !== 'regarding');

function check(options: unknown, rules: Record<string, OptionRule>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new KubernetesEventsError(
      'KEVT_OPTIONS',
      `expected an object of options, got ${describe(options)}`,
    );
  }
  const isShared = (options as KubernetesEventTransportOptions).recorder !== undefined;
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      problems.push(`${name}: there is no such option${suggest(name, Object.keys(rules))}`);
    else if (value !== undefined && !rule.accepts(value)) {
      const fault = typeof value === 'object' && value !== null ? rule.fault?.(value) : undefined;
      const got = fault === undefined ? describe(value) : `${describe(value)} (${fault})`;
      problems.push(`${name}: expected ${rule.expected}, got ${got}`);
    } else if (value !== undefined && isShared && ONLY_OF_RECORDER.includes(name)) {
      problems.push(`${name}: belongs to the recorder, which is given: set it there`);
    }
  }
  if (problems.length > 0) throw new KubernetesEventsError('KEVT_OPTIONS', problems.join('; '));
}

/** The known name that is written most alike, else all of them. */
export function suggest(name: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  if (nearest !== undefined && nearest.distance <= 3) return `, did you mean ${nearest.candidate}?`;
  return ` (there are ${known.join(', ')})`;
}

/** Levenshtein distance of two short names. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (row[j] as number) + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}

function isOneOf(value: unknown, ...allowed: string[]): boolean {
  return typeof value === 'string' && allowed.includes(value);
}

/** Where Events go. */
export type DestinationChoice = 'silent' | 'console' | 'kubeconfig' | 'cluster' | EventSink;

const ENVIRONMENT_CHOICES = ['silent', 'console', 'kubeconfig', 'cluster'] as const;

/**
 * The environment variable first, then a given kubeConfig, then the cluster that this process is in, then `local`.
 * @throws KubernetesEventsError for a value of the variable that is not known
 */
export function chooseDestination(options: EventRecorderOptions, env: NodeJS.ProcessEnv): DestinationChoice {
  const variable = env['KUBERNETES_EVENTS'];
  if (variable !== undefined && variable !== '') {
    const choice = ENVIRONMENT_CHOICES.find((allowed) => allowed === variable);
    if (choice !== undefined) return choice;
    const expected = ENVIRONMENT_CHOICES.join(', ');
    throw new KubernetesEventsError(
      'KEVT_OPTIONS',
      `the environment variable KUBERNETES_EVENTS: expected one of ${expected}, got ${describe(variable)}`,
      { fix: 'set KUBERNETES_EVENTS to one of them, or unset it' },
    );
  }
  if (options.kubeConfig !== undefined) return 'kubeconfig';
  if (env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT']) return 'cluster';
  return options.local ?? 'silent';
}
