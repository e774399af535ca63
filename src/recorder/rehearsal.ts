import type { Clock } from '../clock.ts';
import type { Api } from '../cluster/client.ts';
import { createCounters } from '../delivery/stats.ts';
import { resolveReference } from '../object/reference.ts';
import type { Home } from './home.ts';
import type { EventRecorderOptions } from './options.ts';
import { Recording } from './recording.ts';

const STILL: Clock = { now: () => 0, uptime: () => 0, random: () => 0, setTimer: () => () => {} };
const NOWHERE: Api = {
  request: async () => ({ status: 201, retryAfterMs: undefined, body: {}, text: '' }),
  namespace: async () => undefined,
};
/** For a text of a thousand characters, V8 compiles expressions to machine code at once, without bytecode first. */
const MESSAGE = `https://a:b@10.0.0.1/orders/4711: password: c --password d${' '.repeat(1_000)}`;
const STACK = 'Error\n    at main (/app/main.js:1:1)';

let isRehearsed = false;

/**
 * Records and delivers an Event to nowhere, once in a process. V8 compiles what is called for the first time, which takes
 * milliseconds. That is better while the process is idle than during its first warning. A function of the application is not
 * called.
 */
export function rehearse(
  { pod, ownNamespace, reporter }: Home,
  redact: EventRecorderOptions['redact'],
): void {
  if (isRehearsed) return;
  isRehearsed = true;
  const home: Home = { choice: 'kubeconfig', connection: undefined, pod, ownNamespace, reporter };
  const nothing = () => {};
  const { tally, pump } = new Recording(
    home,
    { redact: typeof redact === 'function' ? false : redact },
    { clock: STILL, env: {}, report: nothing, counters: createCounters(), onRest: nothing, api: NOWHERE },
  );
  const said = { type: 'Warning', reason: 'Rehearsed', message: MESSAGE, error: STACK } as const;
  pump.counted(tally.count(said, resolveReference(pod, undefined, ownNamespace), 0, () => [rehearse]));
}
