import { BoundedMap } from '../bounded-map.ts';
import { type DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import type { Complaint, Need } from './verdict.ts';

/**
 * After a missing permission, the next attempt is 10 s later, then the delay doubles. So an operator who has applied a Role
 * does not wait long.
 */
const FIRST_PAUSE_MS = 10_000;
const LAST_PAUSE_MS = 60_000;
/** Whoever writes the records can choose namespaces, so only this many pauses are remembered. */
const MAX_PAUSES = 256;
/** Failures that stop all requests: the credentials are missing or not accepted, or the certificate is not trusted. */
const LOCKED_OUT: ReadonlySet<DiagnosticCode> = new Set([
  'KEVT_NO_CREDENTIALS',
  'KEVT_KUBECONFIG',
  'KEVT_UNAUTHORIZED',
  'KEVT_CERTIFICATE',
]);

interface Pause {
  /** When the first refused request was sent. */
  readonly since: number;
  readonly until: number;
  readonly delayMs: number;
  /** Refusals in a row since a flush began. */
  readonly failures: number;
}

interface Refusal {
  now: number;
  startedAt: number;
  /** The delay while a flush waits; undefined for the usual delay. */
  retryMs: (failures: number) => number | undefined;
}

/** The permissions that are missing, since when, and when the next attempt is allowed. */
export class Refusals {
  /** By verb and namespace. */
  private readonly pauses = new BoundedMap<string, Pause>(MAX_PAUSES);
  /** Since when no request at all is possible. */
  private lockedOutSince = Number.POSITIVE_INFINITY;

  get size(): number {
    return this.pauses.size;
  }

  /**
   * Notes a missing permission. Returns false if the refusal belongs to one that is already noted, because the requests
   * were open at the same time.
   */
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

  /** Notes that a request was allowed. */
  allow(need: Need): void {
    if (this.pauses.size > 0) this.pauses.delete(keyOf(need));
  }

  /** Notes that an attempt has failed for another reason than a missing permission. */
  failed({ code, cause }: Complaint, startedAt: number): void {
    if (!LOCKED_OUT.has(code)) return this.letIn();
    // A final failure does not end by itself. It counts as having lasted forever, so no flush waits for it.
    const isFinal = cause instanceof KubernetesEventsError && cause.isFinal === true;
    if (isFinal) this.lockedOutSince = Number.NEGATIVE_INFINITY;
    // Another failure shows that the final one has ended.
    else if (this.lockedOutSince === Number.NEGATIVE_INFINITY) this.lockedOutSince = startedAt;
    else this.lockedOutSince = Math.min(this.lockedOutSince, startedAt);
  }

  /** Notes that requests are possible. */
  letIn(): void {
    this.lockedOutSince = Number.POSITIVE_INFINITY;
  }

  /** Allows all attempts at once, and then again after short delays. */
  askAgain(): void {
    for (const [key, pause] of [...this.pauses]) this.pauses.set(key, { ...pause, until: 0, failures: 0 });
  }

  /** When the next write may be tried. */
  until(need: Need): number {
    return this.pauses.get(keyOf(need))?.until ?? 0;
  }

  /** Since when the next write has been refused; infinity if it has not. */
  since(need: Need): number {
    const since = this.pauses.get(keyOf(need))?.since ?? Number.POSITIVE_INFINITY;
    return Math.min(since, this.lockedOutSince);
  }
}

function keyOf({ verb, namespace }: Need): string {
  return `${verb} ${namespace}`;
}
