import type { Answer, Api, ApiRequest } from '../cluster/client.ts';
import { BUILT_IN, groupOf, isClusterScoped, pluralOf } from '../object/kinds.ts';
import { isDnsSubdomain } from '../object/names.ts';
import { readReference } from '../object/reference.ts';
import { suggest } from '../text/suggest.ts';
import type { Arguments, OptionSpec } from './arguments.ts';
import { quote, UsageError } from './io.ts';

/** A type of objects to look up, for a rule of RBAC with the verb `get`. */
export interface Lookup {
  group: string;
  resource: string;
  isOfCluster: boolean;
}

const ofNamespace = (group: string, resource: string): Lookup => ({ group, resource, isOfCluster: false });

const PODS = ofNamespace('', 'pods');
const REPLICA_SETS = ofNamespace('apps', 'replicasets');
const JOBS = ofNamespace('batch', 'jobs');
/** From the pod to the ReplicaSet or Job that owns it, and from there to its owner. */
export const WORKLOAD_LOOKUPS: readonly Lookup[] = [PODS, REPLICA_SETS, JOBS];

export const LOOKUP_OPTION: OptionSpec = {
  value: 'TYPES',
  isMultiple: true,
  help: 'the types of objects that records are about, such as cronjobs,deployments,rollouts.argoproj.io. With get on these types, a missing uid can be looked up',
};

export function lookupsOf({ values }: Arguments): Lookup[] {
  return (values.get('lookup') ?? []).flatMap((text) => text.split(',')).map((text) => readType(text.trim()));
}

function readType(text: string): Lookup {
  const builtIn = readBuiltIn(text);
  if (builtIn !== undefined) return builtIn;
  const [, resource, group] = /^([a-z][a-z0-9-]*)(?:\.(.+))?$/.exec(text.toLowerCase()) ?? [];
  if (resource === undefined || (group !== undefined && !isDnsSubdomain(group))) {
    throw new UsageError(
      `--lookup: expected types, such as cronjobs,deployments or rollouts.argoproj.io, got ${quote(text)}`,
    );
  }
  if (group !== undefined) return ofNamespace(group, resource);
  const plurals = [...BUILT_IN].map(([kind, { apiVersion }]) => pluralOf(apiVersion, kind) as string);
  throw noType('--lookup', text, plurals);
}

/** The error for a type that is not among the built-in ones. */
export function noType(option: string, type: string, builtIn: readonly string[]): UsageError {
  const hint = suggest(type, builtIn);
  const advice = hint.startsWith(',')
    ? hint
    : '; give custom types with their group, such as rollout.argoproj.io';
  return new UsageError(`${option}: there is no built-in type ${quote(type)}${advice}`);
}

function readBuiltIn(text: string): Lookup | undefined {
  const reading = readReference(`${text}/any`);
  if (!('reference' in reading)) return undefined;
  const { apiVersion, kind } = reading.reference;
  const resource = pluralOf(apiVersion, kind) as string;
  return { group: groupOf({ apiVersion }), resource, isOfCluster: isClusterScoped({ apiVersion, kind }) };
}

/** The type as `--lookup` takes it. */
export function typeOf({ group, resource }: Lookup): string {
  return readBuiltIn(resource)?.group === group ? resource : `${resource}.${group}`;
}

export function distinct(lookups: readonly Lookup[]): Lookup[] {
  return [...new Map(lookups.map((lookup) => [`${lookup.resource}.${lookup.group}`, lookup])).values()];
}

export interface Asked extends Lookup {
  name: string;
  namespace: string | undefined;
  answer: Answer | undefined;
}

/** `/apis/GROUP/VERSION/namespaces/NAMESPACE/RESOURCE/NAME` */
const OBJECT = /^\/api(?:s\/([^/]+))?\/[^/]+(?:\/namespaces\/([^/]+))?\/([^/]+)\/([^/]+)$/;

/** Keeps in `asked` which objects the library has looked up, and the answers. */
export function observe(api: Api): Api & { readonly asked: readonly Asked[] } {
  const asked: Asked[] = [];
  const request = async (sent: ApiRequest): Promise<Answer> => {
    const [path, group = '', namespace, resource = '', name = ''] = OBJECT.exec(sent.path) ?? [];
    if (path === undefined || sent.method !== 'GET') return api.request(sent);
    const isOfCluster = namespace === undefined;
    const entry: Asked = { group, resource, isOfCluster, name, namespace, answer: undefined };
    asked.push(entry);
    entry.answer = await api.request(sent);
    return entry.answer;
  };
  return { request, namespace: (timeoutMs) => api.namespace(timeoutMs), asked };
}

/** The HTTP status; 0 without an answer. */
export function statusOf(answer: Answer | undefined): number {
  return answer !== undefined && 'status' in answer ? answer.status : 0;
}

/** The name of a pod of a CronJob ends in the minute of the run and a suffix. */
const POD_OF_CRON_JOB = /-[0-9]{8}-[a-z0-9]{5}$/;

/** The types on the way from a pod to its workload. If the pod could not be looked up, its name tells them. */
export function workloadLookups(asked: readonly Asked[], pod: string): Lookup[] {
  if (asked.length > 0 && statusOf(asked[0]?.answer) !== 403) return distinct(asked);
  return [PODS, POD_OF_CRON_JOB.test(pod) ? JOBS : REPLICA_SETS];
}
