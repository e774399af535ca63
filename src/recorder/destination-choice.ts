import type { EventSink } from '../delivery/event-sink.ts';
import type { EventRecorderOptions } from './options.ts';

/** Where Events go. */
export type DestinationChoice = 'silent' | 'console' | 'kubeconfig' | 'cluster' | EventSink;

const SETTINGS = ['silent', 'console', 'kubeconfig', 'cluster'] as const;
/** What people write to switch something off. */
const OFF: readonly string[] = ['off', 'false', 'none', 'no', '0'];

/**
 * The environment variable first, then a given kubeConfig, then the cluster that this process is in, then `local`; undefined:
 * none of these says anything, and Events go nowhere.
 * @param onUnknown told when the variable has a value that is not known. It is the operator's switch, so it ends no
 * process: Events go nowhere then
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
      onUnknown(`expected ${SETTINGS.join(', ')}, or for silent also ${OFF.join(', ')}; got ${got}`);
    }
    return choice ?? 'silent';
  }
  if (options.kubeConfig !== undefined) return 'kubeconfig';
  if (env['KUBERNETES_SERVICE_HOST'] && env['KUBERNETES_SERVICE_PORT']) return 'cluster';
  return options.local;
}
