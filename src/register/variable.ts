import { KubernetesEventsError } from '../diagnostics.ts';
import { textOfThrown } from '../text/thrown.ts';

type Options = import('../winston/options.ts').KubernetesEventTransportOptions;

export const VARIABLE = 'KUBERNETES_EVENTS_OPTIONS';
const FIX = `Correct ${VARIABLE} and restart the process. Until then it makes no Events`;

/** An error about the options in the environment variable. */
export function faultOf(detail: string): KubernetesEventsError {
  return new KubernetesEventsError('KEVT_OPTIONS', `${VARIABLE}: ${detail}`, { fix: FIX });
}

/**
 * The options in the environment variable, not checked yet; undefined if the variable is not set.
 * @throws KubernetesEventsError (`KEVT_OPTIONS`) if it is not a JSON object
 */
export function readVariable(): Options | undefined {
  const text = process.env[VARIABLE] ?? '';
  if (text.trim() === '') return undefined;
  let options: unknown;
  try {
    options = JSON.parse(text);
  } catch (error) {
    throw faultOf(`expected a JSON object: ${textOfThrown(error)}`);
  }
  if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options;
  throw faultOf('expected a JSON object, got another JSON value');
}
