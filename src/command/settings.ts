import { groupOf, isBuiltIn } from '../object/kinds.ts';
import { readReference } from '../object/reference.ts';
import { faultOf, readVariable, VARIABLE } from '../register/variable.ts';
import { checkTransportOptions, type KubernetesEventTransportOptions } from '../winston/options.ts';
import type { Arguments } from './arguments.ts';
import type { Finding } from './checks.ts';

/**
 * Adds the options that `/register` reads to the arguments, unless the command line already has them.
 * @throws KubernetesEventsError (`KEVT_OPTIONS`) for options that `/register` refuses
 */
export function addSettings(args: Arguments): Finding | undefined {
  const options = readVariable();
  if (options === undefined) return undefined;
  try {
    checkTransportOptions(options);
  } catch (error) {
    throw faultOf((error as { detail: string }).detail);
  }
  const { api, component, serviceAccountDir, namespace, regarding } = options;
  const defaults = { api, component, 'service-account-dir': serviceAccountDir };
  for (const [name, value] of Object.entries(defaults))
    if (value !== undefined && !args.values.has(name)) args.values.set(name, [value]);
  if (namespace !== undefined) append(args, 'namespace', namespace);
  if (regarding === 'workload') args.flags.add('workload');
  else if (regarding !== 'pod') addObject(args, options);
  return { value: Object.keys(options).join(', '), source: VARIABLE };
}

/** Adds the namespace of the object, and its type if its uid must be looked up. */
function addObject(args: Arguments, { regarding, namespace }: KubernetesEventTransportOptions): void {
  const reading = readReference(regarding);
  if (!('reference' in reading)) return;
  const { reference, isOfCluster } = reading;
  const { kind, uid } = reference;
  const place = reference.namespace ?? (isOfCluster ? (namespace ?? 'default') : undefined);
  if (place !== undefined) append(args, 'namespace', place);
  if (uid !== undefined || !isBuiltIn(reference)) return;
  const group = groupOf(reference);
  append(args, 'lookup', group === '' ? kind : `${kind}.${group}`);
}

function append({ values }: Arguments, name: string, value: string): void {
  values.set(name, [...(values.get(name) ?? []), value]);
}
