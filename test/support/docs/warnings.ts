import { type Clock, systemClock } from '../../../src/clock.ts';
import { interpret } from '../../../src/cluster/answers.ts';
import { Outage } from '../../../src/delivery/outage.ts';
import { type DiagnosticCode, KubernetesEventsError } from '../../../src/diagnostics.ts';
import { chooseDestination } from '../../../src/recorder/destination-choice.ts';
import { fence } from './markdown.ts';

const ATTEMPT = { verb: 'patch', namespace: 'shop', apiGroup: '' } as const;
const DENIED =
  'events "web-7d9c5b8f6d-x2x7k.5f1c" is forbidden: User "system:serviceaccount:shop:web" cannot patch resource "events" in API group "" in the namespace "shop"';
const OVERLOADED = 'Too many requests, please try again later.';

/** A warning as Node prints it. */
function shown(code: DiagnosticCode, detail: string, fix?: string): string {
  const { message } = new KubernetesEventsError(code, detail, { fix });
  return fence('', `(node:1) [${code}] KubernetesEventsWarning: ${message}`);
}

/** The warnings that a pod prints when it is switched off or turned down, by the marker on the page. */
export function warningsOfSwitches(): Record<string, string> {
  let setting = '';
  chooseDestination({}, { KUBERNETES_EVENTS: 'disabled' }, (detail) => (setting = detail));
  const denied = interpret(
    { status: 403, body: { message: DENIED }, text: '', retryAfterMs: undefined },
    ATTEMPT,
  );
  if (denied.is !== 'forbidden') throw new Error(`expected a missing permission, got ${denied.is}`);
  return {
    setting: shown('KEVT_SETTING', setting),
    forbidden: shown('KEVT_FORBIDDEN', denied.detail, denied.fix),
    throttled: throttled(),
  };
}

function throttled(): string {
  const refused = interpret({ status: 429, body: {}, text: OVERLOADED, retryAfterMs: 1_000 }, ATTEMPT);
  if (refused.is !== 'retry') throw new Error(`expected a retry, got ${refused.is}`);
  let text = '';
  let isOver = () => {};
  const clock: Clock = { ...systemClock, setTimer: (callback) => (isOver = callback) };
  const report = (code: DiagnosticCode, detail: string) => {
    text = shown(code, detail);
  };
  new Outage({ clock, report, pending: () => 312 }).failed(refused);
  isOver();
  return text;
}
