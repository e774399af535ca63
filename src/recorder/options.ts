import type { KubeConfigLike } from '../cluster/kube-config.ts';
import type { EventSink } from '../delivery/event-sink.ts';
import { KubernetesEventsError } from '../diagnostics.ts';
import { isObject } from '../object/metadata.ts';
import { isDnsLabel, isLabelValue, isMetadataKey } from '../object/names.ts';
import { type ObjectReference, readReference } from '../object/reference.ts';
import { suggest } from '../text/suggest.ts';
import { describe } from '../text/thrown.ts';

/** A Kubernetes object or a reference to one. Built-in kinds can also be a text such as `deployment/web`. */
export type KubernetesObjectLike =
  | ObjectReference
  | `${string}/${string}`
  | { apiVersion?: string; kind?: string; metadata?: { name?: string; namespace?: string; uid?: string } };

/** Options of an {@link EventRecorder}; all are optional. */
export interface EventRecorderOptions {
  /**
   * The object for Events that do not name one: `'pod'`, `'workload'` (the Deployment, StatefulSet, DaemonSet, Job or
   * CronJob that owns the pod), an object or an object reference. With `null` there is no Event.
   * @default 'pod'
   */
  regarding?: 'pod' | 'workload' | KubernetesObjectLike | null | undefined;
  /** The reporting component: shown as From by kubectl. @default from the identity of the pod */
  component?: string | undefined;
  /**
   * Where Events go outside a cluster: nowhere, to the console, to the cluster of the kubeconfig, or to a sink. The
   * environment variable `KUBERNETES_EVENTS` (`silent` or `off`, `console`, `kubeconfig`, `cluster`) overrides this option.
   * @default 'silent'
   */
  local?: 'silent' | 'console' | 'kubeconfig' | EventSink | undefined;
  /** A `KubeConfig` of `@kubernetes/client-node`, used inside and outside a cluster. @default none */
  kubeConfig?: KubeConfigLike | undefined;
  /**
   * The namespace for Events about objects without a namespace.
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
  /**
   * A function of the message that replaces the built-in masking of credentials, or `false` for no masking. `{ also }`
   * contains regular expressions whose matches are masked in addition. They run inside `log()`, so avoid expressions that
   * backtrack.
   * @default built in
   */
  redact?: ((message: string) => string) | { also: readonly RegExp[] } | false | undefined;
  /**
   * How long `flush`, `close` and an ending process wait for the API server at most, in milliseconds.
   * @default 5000
   */
  flushTimeout?: number | undefined;
  /** The folder where `token`, `ca.crt` and `namespace` are mounted. @default '/var/run/secrets/kubernetes.io/serviceaccount' */
  serviceAccountDir?: string | undefined;
}

/** The values that an option accepts, for the check and for its error message. */
export interface OptionRule {
  expected: string;
  accepts(value: unknown): boolean;
  /** What is wrong inside a value, if its type alone would not say enough. */
  fault?(value: object): string | undefined;
  /** Why a value is refused although it would be valid. */
  refusal?: string;
}

export const isFunction = (value: unknown): boolean => typeof value === 'function';
export const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';
export const isMethodOf = (value: unknown, ...methods: string[]): boolean =>
  typeof value === 'object' &&
  value !== null &&
  methods.every((name) => isFunction((value as Record<string, unknown>)[name]));
const isObjectLike = (value: unknown): boolean => 'reference' in readReference(value);

function isLabel([key, text]: [string, unknown]): boolean {
  return isMetadataKey(key) && isLabelValue(text);
}

export const RECORDER_RULES: Record<keyof EventRecorderOptions, OptionRule> = {
  regarding: {
    expected:
      "'pod', 'workload', a text such as 'deployment/web' for a built-in type, a Kubernetes object, an object reference or null",
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
    accepts: (value) => typeof value === 'string' && isDnsLabel(value),
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
    expected: 'a function of the message, { also: [regular expressions] } or false',
    accepts: (value) => value === false || isFunction(value) || (isObject(value) && !alsoFault(value)),
    fault: alsoFault,
  },
  flushTimeout: {
    expected: 'a number of milliseconds from 0 to 2147483647',
    accepts: (value) => typeof value === 'number' && value >= 0 && value < 2 ** 31,
  },
  serviceAccountDir: { expected: 'the path of a folder', accepts: isText },
};

/** What is wrong in the object that `redact` takes. */
function alsoFault(value: object): string | undefined {
  const unknown = Object.keys(value).find((key) => key !== 'also');
  if (unknown !== undefined) return `there is no ${unknown}${suggest(unknown, ['also'])}`;
  const { also } = value as { also?: unknown };
  if (!Array.isArray(also)) return `also: expected an array of regular expressions, got ${describe(also)}`;
  const index = also.findIndex((one) => !(one instanceof RegExp));
  return index === -1
    ? undefined
    : `also[${index}]: expected a regular expression, got ${describe(also[index])}`;
}

/** @throws KubernetesEventsError that lists every option that is unknown or has a wrong value */
export function checkRecorderOptions(options: unknown): void {
  checkOptions(options, RECORDER_RULES);
}

/** @throws KubernetesEventsError that lists every option that is unknown or has a wrong value */
export function checkOptions(options: unknown, rules: Record<string, OptionRule>): void {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new KubernetesEventsError(
      'KEVT_OPTIONS',
      `expected an object of options, got ${describe(options)}`,
    );
  }
  const problems: string[] = [];
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (rule === undefined)
      problems.push(`${name}: there is no such option${suggest(name, Object.keys(rules))}`);
    else if (value !== undefined && !rule.accepts(value)) {
      const fault = typeof value === 'object' && value !== null ? rule.fault?.(value) : undefined;
      const got = fault === undefined ? describe(value) : `${describe(value)} (${fault})`;
      problems.push(`${name}: expected ${rule.expected}, got ${got}`);
    } else if (value !== undefined && rule.refusal !== undefined) {
      problems.push(`${name}: ${rule.refusal}`);
    }
  }
  if (problems.length > 0) throw new KubernetesEventsError('KEVT_OPTIONS', problems.join('; '));
}

function isOneOf(value: unknown, ...allowed: string[]): boolean {
  return typeof value === 'string' && allowed.includes(value);
}
