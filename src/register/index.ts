// For `node --import`: adds the transport to every logger that winston creates in the process. The rest of the library is
// loaded only when the application creates its first logger.
import { isDiagnostic, KubernetesEventsError, warnOperator } from '../diagnostics.ts';
import { chooseDestination } from '../recorder/destination-choice.ts';
import { textOfThrown } from '../text/thrown.ts';
import { onWinston } from './winston-module.ts';

type Options = import('../index.ts').KubernetesEventTransportOptions;

const VARIABLE = 'KUBERNETES_EVENTS_OPTIONS';
const FIX = `Correct ${VARIABLE} and restart the process. Until then it makes no Events`;

/** The options from the environment; undefined if they cannot be read. The operator is then told. */
function readOptions(text = ''): Options | undefined {
  if (text.trim() === '') return {};
  try {
    const options: unknown = JSON.parse(text);
    if (typeof options === 'object' && options !== null && !Array.isArray(options)) return options;
    warn('expected a JSON object, got another JSON value');
  } catch (error) {
    warn(`expected a JSON object: ${textOfThrown(error)}`);
  }
  return undefined;
}

function warn(detail: string): void {
  warnOperator(new KubernetesEventsError('KEVT_OPTIONS', `${VARIABLE}: ${detail}`, { fix: FIX }));
}

function warnOfSetting(detail: string): void {
  warnOperator(new KubernetesEventsError('KEVT_SETTING', detail));
}

const options = readOptions(process.env[VARIABLE]);
// If the transport would be silent, winston is not changed.
const choice = options && (chooseDestination(options, process.env, warnOfSetting) ?? 'silent');
if (options !== undefined && choice !== 'silent') {
  onWinston((Logger) => {
    try {
      const { giveTransports } = require('./every-logger.js') as typeof import('./every-logger.ts');
      giveTransports(Logger, options);
    } catch (error) {
      warn(isDiagnostic(error) ? (error as KubernetesEventsError).detail : textOfThrown(error));
    }
  });
}
