import type { Clock } from '../clock.ts';
import type { Problem } from '../correlator/problem.ts';
import type { ProblemTable } from '../correlator/problem-table.ts';
import type { DiagnosticCode, Report } from '../diagnostics.ts';
import type { Budget } from './budget.ts';
import { Flushes } from './flushes.ts';
import type { RecorderCounters } from './stats.ts';
import type { Verdict, WriteVerb } from './verdict.ts';

/** Where Events go: the API server, or a sink. One call is at most one request, and it never rejects. */
export interface Destination {
  write(problem: Problem): Promise<Verdict>;
  /** What the next request about this problem would be: a missing permission stops only what needs it. */
  nextVerb(problem: Problem): WriteVerb;
}

/** At most so many requests at a time: enough to hide latency, too few to be a burden. */
const MAX_IN_FLIGHT = 4;
/** Repeats are written together: after 1 s, then 2 s, 4 s … while the problem goes on. */
const FIRST_DELAY_MS = 1_000;
const LAST_DELAY_MS = 60_000;
/** Retries after a failure: half a second, doubling, at most half a minute so that recovery is seen soon. */
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** Competing writers spread over twenty seconds at most, those that end over half of the time they have left. */
const LAST_SPREAD_MS = 20_000;
/** A missing permission is asked for again after 10 s, doubling: an operator who just applied a Role waits little. */
const FIRST_PAUSE_MS = 10_000;
const LAST_PAUSE_MS = 60_000;

/** Failures that end before anything is sent. */
const HOPELESS: ReadonlySet<DiagnosticCode> = new Set(['KEVT_NO_CREDENTIALS', 'KEVT_KUBECONFIG']);

/** Reasons whose turns are remembered; with more the turns begin anew. */
const MAX_TURNS = 256;

interface Pause {
  until: number;
  delayMs: number;
}

/** Decides when which problem is written: first ones at once, repeats together, and nobody in a hurry. */
export class Scheduler {
  readonly #destination: Destination;
  readonly #table: ProblemTable;
  readonly #clock: Clock;
  readonly #report: Report;
  readonly #counters: RecorderCounters;
  readonly #onIdle: () => void;
  readonly #budget: Budget;
  readonly #pauses = new Map<string, Pause>();
  readonly #flushes: Flushes;
  /** When a new problem of a reason was written last. */
  readonly #turns = new Map<string, number>();
  #turn = 0;
  /** More is due than the budget allows. */
  #isShort = false;
  #inFlight = 0;
  /** Failed attempts in a row, over all problems: while above zero, one request at a time feels the way. */
  #outageFailures = 0;
  #outageUntil = 0;
  /** The server asked for peace until then: also a flush keeps to it. */
  #retryAfter = 0;
  /** What is missing is on our side, so a flush has nothing to wait for. */
  #isHopeless = false;
  #timer: { at: number; cancel: () => void } | undefined;
  #isPumpPlanned = false;

  constructor(
    destination: Destination,
    table: ProblemTable,
    means: { clock: Clock; report: Report; counters: RecorderCounters; budget: Budget; onIdle: () => void },
  ) {
    const { clock, report, counters, budget, onIdle } = means;
    this.#destination = destination;
    this.#table = table;
    this.#clock = clock;
    this.#report = report;
    this.#counters = counters;
    this.#onIdle = onIdle;
    this.#budget = budget;
    this.#flushes = new Flushes(table.unsettled);
  }

  /** Plans the write of an occurrence that was just counted for `problem`. */
  plan(problem: Problem): void {
    if (problem.isWriting || problem.dueAt !== undefined) return;
    const now = this.#clock.uptime();
    if (problem.written === 0 && problem.failures === 0) {
      problem.dueAt = now;
      this.#pumpSoon();
      return;
    }
    problem.delayMs = Math.max(problem.delayMs, FIRST_DELAY_MS);
    problem.dueAt = now + problem.delayMs;
    this.#arm(problem.dueAt);
  }

  /** Writes all that is pending; resolves with whether it was delivered, after `timeoutMs` at the latest. */
  flush(timeoutMs: number): Promise<boolean> {
    const { unsettled } = this.#table;
    if (unsettled.size === 0) return Promise.resolve(true);
    const now = this.#clock.uptime();
    for (const problem of unsettled) {
      problem.dueAt = now;
      problem.failures = 0;
    }
    // What was out of reach is worth a fresh try, with the short delays of one.
    this.#outageUntil = 0;
    this.#outageFailures = 0;
    for (const pause of this.#pauses.values()) pause.until = 0;
    this.#pumpSoon();
    return this.#flushes.wait(now + timeoutMs, (giveUp) => {
      const end = () => {
        const { pending } = this.#table;
        this.#report('KEVT_UNDELIVERED', `after ${timeoutMs} ms ${pending} occurrences are not written`);
        giveUp();
      };
      // The one timer that keeps the process alive: sockets and other timers never do.
      return this.#clock.setTimer(end, timeoutMs, true);
    });
  }

  #pumpSoon(): void {
    if (this.#isPumpPlanned) return;
    this.#isPumpPlanned = true;
    // After the caller is done: a burst of records in one tick is one write.
    queueMicrotask(() => {
      this.#isPumpPlanned = false;
      this.#pump();
    });
  }

  #pump(): void {
    for (;;) {
      const now = this.#clock.uptime();
      const mayStart = this.#inFlight < (this.#outageFailures > 0 ? 1 : MAX_IN_FLIGHT);
      if (!mayStart) return;
      const outageUntil = Math.max(this.#outageUntil, this.#retryAfter);
      if (now < outageUntil) return this.#arm(outageUntil);
      const next = this.#next(now);
      if (typeof next === 'number') {
        this.#isShort = false;
        return this.#arm(next);
      }
      const waitMs = this.#flushes.size > 0 ? 0 : this.#budget.waitMs(now);
      if (waitMs > 0) {
        this.#isShort = true;
        return this.#arm(now + waitMs);
      }
      this.#budget.take(now);
      void this.#write(next);
    }
  }

  /** The problem to write now, or when to look again. */
  #next(now: number): Problem | number {
    let best: Problem | undefined;
    let lookAgainAt = Number.POSITIVE_INFINITY;
    for (const problem of this.#table.unsettled) {
      if (problem.isWriting) continue;
      const dueAt = Math.max(problem.dueAt ?? 0, this.#pausedUntil(problem));
      if (dueAt > now) lookAgainAt = Math.min(lookAgainAt, dueAt);
      else if (best === undefined || this.#isBefore(problem, best)) best = problem;
    }
    return best ?? lookAgainAt;
  }

  /**
   * New ones before repeats; when the budget is short, their reasons in turn, so that one that floods keeps no other
   * waiting; then the longest due.
   */
  #isBefore(one: Problem, other: Problem): boolean {
    const isNew = one.written === 0;
    if (isNew !== (other.written === 0)) return isNew;
    const turn = isNew && this.#isShort ? this.#turnOf(one) - this.#turnOf(other) : 0;
    return turn === 0 ? (one.dueAt ?? 0) < (other.dueAt ?? 0) : turn < 0;
  }

  #turnOf({ group }: Problem): number {
    return this.#turns.get(group.reason) ?? 0;
  }

  #takeTurn({ group }: Problem): void {
    if (this.#turns.size >= MAX_TURNS) this.#turns.clear();
    this.#turns.set(group.reason, ++this.#turn);
  }

  #pausedUntil(problem: Problem): number {
    if (this.#pauses.size === 0) return 0;
    const { eventNamespace } = problem.group.subject.reference;
    return this.#pauses.get(pauseKey(eventNamespace, this.#destination.nextVerb(problem)))?.until ?? 0;
  }

  #arm(at: number): void {
    if (at === Number.POSITIVE_INFINITY || (this.#timer !== undefined && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    const fire = () => {
      this.#timer = undefined;
      this.#pump();
    };
    this.#timer = { at, cancel: this.#clock.setTimer(fire, Math.max(0, at - this.#clock.uptime())) };
  }

  async #write(problem: Problem): Promise<void> {
    problem.isWriting = true;
    problem.dueAt = undefined;
    if (problem.written === 0) this.#takeTurn(problem);
    this.#inFlight++;
    const verb = this.#destination.nextVerb(problem);
    let verdict: Verdict;
    try {
      verdict = await this.#destination.write(problem);
    } catch (cause) {
      verdict = { is: 'retry', code: 'KEVT_UNREACHABLE', detail: String(cause), inDoubt: true, cause };
    }
    this.#inFlight--;
    problem.isWriting = false;
    // A flush may have planned it meanwhile: what is to be done now, the verdict says.
    problem.dueAt = undefined;
    if (verdict.is !== 'forbidden' && verdict.is !== 'retry') {
      this.#pauses.delete(pauseKey(problem.group.subject.reference.eventNamespace, verb));
    }
    this.#conclude(problem, verdict);
    this.#endFlushes();
    if (this.#table.unsettled.size === 0) this.#onIdle();
    this.#pump();
  }

  /** The one place where an answer becomes a plan. */
  #conclude(problem: Problem, verdict: Verdict): void {
    const now = this.#clock.uptime();
    if (verdict.is === 'retry') {
      this.#counters.retries++;
      problem.failures++;
      problem.inDoubt ||= verdict.inDoubt;
      this.#outageFailures++;
      problem.dueAt = now + this.#backoffMs(problem.failures);
      this.#outageUntil = now + this.#backoffMs(this.#outageFailures);
      this.#retryAfter = Math.max(this.#retryAfter, now + (verdict.notBeforeMs ?? 0));
      this.#isHopeless = HOPELESS.has(verdict.code);
      this.#complain(verdict.code, verdict.detail, { cause: verdict.cause });
      return;
    }
    // Any other answer came from a server that works.
    problem.failures = 0;
    this.#outageFailures = 0;
    this.#outageUntil = 0;
    this.#isHopeless = false;
    switch (verdict.is) {
      case 'continue':
        problem.dueAt =
          now + this.#clock.random() * Math.min(verdict.spreadMs, this.#mostSpreadMs(problem, now));
        return;
      case 'written':
        this.#table.confirm(problem, verdict.written);
        problem.delayMs = clamp(problem.delayMs * 2, FIRST_DELAY_MS, LAST_DELAY_MS);
        if (problem.total > problem.written)
          problem.dueAt = now + (this.#flushes.awaitedUntil(problem) === undefined ? problem.delayMs : 0);
        return;
      case 'forbidden': {
        const key = pauseKey(verdict.namespace, verdict.verb);
        problem.dueAt = now;
        const pause = this.#pauses.get(key);
        // Requests that were on their way together are refused together: that is one refusal.
        if (pause !== undefined && pause.until > now) return;
        const delayMs = clamp((pause?.delayMs ?? 0) * 2, FIRST_PAUSE_MS, LAST_PAUSE_MS);
        this.#pauses.set(key, { until: now + delayMs, delayMs });
        this.#complain('KEVT_FORBIDDEN', verdict.detail, { fix: verdict.fix, subject: key });
        return;
      }
      case 'drop': {
        this.#counters.dropped[verdict.reason] += this.#table.abandon(problem);
        this.#flushes.noteLoss(problem);
        problem.delayMs = clamp(problem.delayMs * 2, FIRST_DELAY_MS, LAST_DELAY_MS);
        // A new record about it is not written at once: the server has just refused the same.
        problem.failures = 1;
        this.#complain(verdict.code, verdict.detail, { subject: verdict.detail });
      }
    }
  }

  #complain(...[code, detail, options]: Parameters<Report>): void {
    this.#counters.lastError = `${code}: ${detail}`;
    this.#report(code, detail, options);
  }

  /** Half of the exponential delay is random, so that processes that failed together do not come back together. */
  #backoffMs(failures: number): number {
    const delayMs = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LAST_BACKOFF_MS);
    return delayMs * (0.5 + this.#clock.random() / 2);
  }

  #mostSpreadMs(problem: Problem, now: number): number {
    const deadline = this.#flushes.awaitedUntil(problem);
    return deadline === undefined ? LAST_SPREAD_MS : Math.min(LAST_SPREAD_MS, (deadline - now) / 2);
  }

  #endFlushes(): void {
    if (this.#flushes.size === 0) return;
    this.#flushes.settle(
      (problems) =>
        this.#inFlight === 0 &&
        (this.#isHopeless || [...problems].every((problem) => this.#isPaused(problem))),
    );
  }

  #isPaused(problem: Problem): boolean {
    return this.#pausedUntil(problem) > this.#clock.uptime();
  }
}

function pauseKey(namespace: string, verb: WriteVerb): string {
  return `${verb} ${namespace}`;
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(Math.max(value, least), most);
}
