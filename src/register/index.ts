// For `node --import`: adds the transport to every logger that winston creates in the process. The rest of the library is
// loaded only when the application creates its first logger.
import { isDiagnostic, KubernetesEventsError, warnOperator } from '../diagnostics.ts';
import { chooseDestination } from '../recorder/destination-choice.ts';
import { textOfThrown } from '../text/thrown.ts';
import { faultOf, readVariable } from './variable.ts';
import { onWinston } from './winston-module.ts';

function warnOfSetting(detail: string): void {
  warnOperator(new KubernetesEventsError('KEVT_SETTING', detail));
}

function start(): void {
  const options = readVariable() ?? {};
  // If the transport would be silent, winston is not changed.
  const choice = chooseDestination(options, process.env, warnOfSetting) ?? 'silent';
  if (choice === 'silent') return;
  onWinston((Logger) => {
    try {
      const { giveTransports } = require('./every-logger.js') as typeof import('./every-logger.ts');
      giveTransports(Logger, options);
    } catch (error) {
      const detail = isDiagnostic(error) ? (error as KubernetesEventsError).detail : textOfThrown(error);
      warnOperator(faultOf(detail));
    }
  });
}

try {
  start();
} catch (error) {
  warnOperator(error as KubernetesEventsError);
}
