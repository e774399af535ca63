import { BoundedMap } from '../bounded-map.ts';
import { type DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import type { Complaint, Need } from './verdict.ts';

/** A missing permission is asked for again after 10 s, doubling: an operator who just applied a Role waits little. */
const FIRST_PAUSE_MS = 10_000;
const LAST_PAUSE_MS = 60_000;
/** Namespaces can be chosen by whoever writes the records. */
const MAX_PAUSES = 256;
/** The way to the API server is known, and it does not let us in, or we do not trust it. */
const LOCKED_OUT: ReadonlySet<DiagnosticCode> = new Set([
  'KEVT_NO_CREDENTIALS',
  'KEVT_KUBECONFIG',
  'KEVT_UNAUTHORIZED',
  'KEVT_CERTIFICATE',
]);

interface Pause {
  /** When the first request was sent that was refused. */
  readonly since: number;
  readonly until: number;
  readonly delayMs: number;
  /** Refusals in a row since somebody asked to try again. */
  readonly failures: number;
}

interface Refusal {
  now: number;
  startedAt: number;
  /** How long to wait while somebody waits for it; undefined: as long as usual. */
  retryMs: (failures: number) => number | undefined;
}

/** What the API server does not allow, since when, and when it is asked again. */
export class Refusals {
  /** By verb and namespace. */
  private readonly pauses = new BoundedMap<string, Pause>(MAX_PAUSES);
  /** Since when no request is let in, whatever it is about. */
  private lockedOutSince = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.pauses.size;
  }

  /** A permission is missing. False: requests that were on their way together are refused together, as one refusal. */
  forbid(need: Need, { now, startedAt, retryMs }: Refusal): boolean {
    const key = keyOf(need);
    const pause = this.pauses.get(key);
    if (pause !== undefined && pause.until > now) return false;
    const failures = (pause?.failures ?? 0) + 1;
    const delayMs = Math.min(Math.max((pause?.delayMs ?? 0) * 2, FIRST_PAUSE_MS), LAST_PAUSE_MS);
    const until = now + (retryMs(failures) ?? delayMs);
    this.pauses.set(key, { since: pause?.since ?? startedAt, until, delayMs, failures });
    return true;
  }

  /** A request was allowed. */
  allow(need: Need): void {
    if (this.pauses.size > 0) this.pauses.delete(keyOf(need));
  }

  /** An attempt has failed, for a reason that has nothing to do with permissions. */
  failed({ code, cause }: Complaint, startedAt: number): void {
    if (!LOCKED_OUT.has(code)) return this.letIn();
    // What cannot become better by itself is as good as refused forever: no flush waits for it.
    const isFinal = cause instanceof KubernetesEventsError && cause.isFinal === true;
    this.lockedOutSince = isFinal ? Number.NEGATIVE_INFINITY : Math.min(this.lockedOutSince, startedAt);
  }

  letIn(): void {
    this.lockedOutSince = Number.POSITIVE_INFINITY;
  }

  /** All may be tried at once, and again after short delays. */
  askAgain(): void {
    for (const [key, pause] of [...this.pauses]) this.pauses.set(key, { ...pause, until: 0, failures: 0 });
  }

  /** When a write may be tried. */
  until(need: Need): number {
    return this.pauses.get(keyOf(need))?.until ?? 0;
  }

  /** Since when it is refused; infinity: it is not. */
  since(need: Need): number {
    const since = this.pauses.get(keyOf(need))?.since ?? Number.POSITIVE_INFINITY;
    return Math.min(since, this.lockedOutSince);
  }
}

function keyOf({ verb, namespace }: Need): string {
  return `${verb} ${namespace}`;
}
