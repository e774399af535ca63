import type { EventSink } from '../delivery/event-sink.ts';
import type { EventRecorderOptions } from './options.ts';

/** Where Events go. */
export type DestinationChoice = 'silent' | 'console' | 'kubeconfig' | 'cluster' | EventSink;

const SETTINGS = ['silent', 'console', 'kubeconfig', 'cluster'] as const;
/** Values with which people switch something off. */
const OFF: readonly string[] = ['off', 'false', 'none', 'no', '0'];

/**
 * The first that is given counts: the environment variable, a kubeConfig, the cluster that this process is in, `local`. If
 * none is given, the result is undefined, and Events go nowhere.
 * @param onUnknown called if the variable has an unknown value. An operator sets it, so it never ends a process. Events
 * then go nowhere
 */
export function chooseDestination(
  options: Pick<EventRecorderOptions, 'kubeConfig' | 'local'>,
  env: NodeJS.ProcessEnv,
  onUnknown: (detail: string) => void = () => {},
): DestinationChoice | undefined {
  const variable = env['KUBERNETES_EVENTS'] ?? '';
  const setting = variable.trim().toLowerCase();
  if (setting !== '') {
    const choice = SETTINGS.find((allowed) => allowed === setting);
    if (choice === undefined && !OFF.includes(setting)) {
      const got = JSON.stringify(variable.slice(0, 60));
      onUnknown(`expected one of ${SETTINGS.join(', ')} (or ${OFF.join(', ')} for silent), got ${got}`);
    }
    return choice ?? 'silent';
  }
  if (options.kubeConfig !== undefined) return 'kubeconfig';
  // Not by the room that reads them: nothing of it is loaded outside of a cluster.
  if (env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT']) return 'cluster';
  return options.local;
}
