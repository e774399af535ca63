import { FIRST_DELAY_MS, type Problem } from '../correlator/problem.ts';
import type { ProblemTable } from '../correlator/problem-table.ts';
import type { Budget } from './budget.ts';
import { type Flush, Flushes } from './flushes.ts';
import { plan, Queue } from './queue.ts';
import { Refusals } from './refusals.ts';
import type { RecorderCounters } from './stats.ts';
import type { Complaint, Drop, Forbidden, Need, Retry, Verdict } from './verdict.ts';

/** Something that has happened. */
export type Input =
  /** An occurrence was counted for a problem that had nothing to write. */
  | { readonly is: 'counted'; readonly problem: Problem }
  /** The time of the last `wake` has come. */
  | { readonly is: 'tick' }
  | { readonly is: 'answered'; readonly problem: Problem; readonly verdict: Verdict }
  | { readonly is: 'flush'; readonly flush: Flush }
  /** The time limit of a flush has passed. */
  | { readonly is: 'deadline'; readonly flush: Flush };

/** Something that the caller must do. */
export type Effect =
  | { readonly is: 'write'; readonly problem: Problem }
  /** Send a `tick` at this time, on the clock that never goes back. */
  | { readonly is: 'wake'; readonly at: number }
  | { readonly is: 'flushed'; readonly flush: Flush; readonly isDelivered: boolean }
  | {
      readonly is: 'report';
      readonly complaint: Complaint;
      readonly fix?: string;
      readonly subject?: string;
      /** Set if a permission is missing. */
      readonly namespace?: string;
      readonly verb?: string;
    }
  /** Nothing is pending any more. */
  | { readonly is: 'rest' };

/** The most requests at a time. It is enough to hide latency, and too few to burden the API server. */
const MAX_IN_FLIGHT = 4;
const LAST_DELAY_MS = 60_000;
/**
 * Retries after a failure wait half a second, then twice as long each time, at most half a minute, so that recovery is seen
 * soon.
 */
const FIRST_BACKOFF_MS = 500;
const LAST_BACKOFF_MS = 30_000;
/** A flush makes its last attempt when there is just enough time for an answer. */
const LAST_TRY_MS = 500;
/**
 * If a write has been refused for this share of the timeout before a flush begins, the flush does not wait for it. An
 * earlier flush may already have waited as long.
 */
const WAITED_ALREADY = 0.9;
/** Competing writers spread out over at most twenty seconds. During a flush, they use half of the remaining time. */
const LAST_SPREAD_MS = 20_000;

interface Means {
  counters: RecorderCounters;
  /** Undefined if the destination needs no protection. */
  budget?: Budget | undefined;
  /** The permission that the next request about a problem needs. If it is missing, only such requests wait. */
  need: (problem: Problem) => Need;
}

/**
 * Decides when each problem is written: new problems at once, repeats together. It is told what happens and returns what to
 * do. It has no timers and does no I/O.
 */
export class Schedule {
  private readonly table: ProblemTable;
  private readonly means: Means;
  private readonly flushes: Flushes;
  private readonly refusals = new Refusals();
  private readonly queue: Queue;
  private inFlight = 0;
  /** Failed attempts in a row, for all problems together. While it is above zero, only one request is open at a time. */
  private outageFailures = 0;
  private outageUntil = 0;
  /** The API server has asked for no requests until this time. A flush respects that too. */
  private retryAfter = 0;

  constructor(table: ProblemTable, means: Means) {
    this.table = table;
    this.means = means;
    this.flushes = new Flushes(table.waiting);
    const allowedAt = (problem: Problem) =>
      this.refusals.size === 0 ? 0 : this.refusals.until(means.need(problem));
    this.queue = new Queue(table.waiting, allowedAt);
  }

  /** One step: takes what has happened, and returns what to do. */
  step(input: Input, now: number, random: () => number): Effect[] {
    const effects: Effect[] = [];
    switch (input.is) {
      case 'counted':
        return [{ is: 'wake', at: plan(input.problem, now) }];
      case 'flush':
        if (this.table.waiting.size === 0) return [{ is: 'flushed', flush: input.flush, isDelivered: true }];
        this.beginFlush(input.flush, now);
        return [{ is: 'wake', at: now }];
      case 'deadline':
        if (this.flushes.end(input.flush)) this.endFlush(input.flush, false, now, effects);
        return effects;
      case 'answered':
        this.inFlight--;
        this.conclude(input.problem, input.verdict, { now, random, effects });
        this.settleFlushes(now, effects);
        if (this.table.waiting.size === 0) effects.push({ is: 'rest' });
    }
    this.startWrites(now, effects);
    return effects;
  }

  private beginFlush(flush: Flush, now: number): void {
    for (const problem of this.table.waiting) {
      if (problem.activity.is === 'unplanned') plan(problem, now);
      const { activity } = problem;
      if (activity.is === 'due') problem.activity = { ...activity, at: now, failures: 0 };
      if (activity.is === 'writing') problem.activity = { ...activity, failures: 0 };
    }
    // A flush is worth a new attempt at everything that failed, with short delays.
    this.endOutage();
    this.refusals.askAgain();
    this.flushes.begin(flush);
  }

  private startWrites(now: number, effects: Effect[]): void {
    while (this.inFlight < (this.outageFailures > 0 ? 1 : MAX_IN_FLIGHT)) {
      const next = this.nextWrite(now);
      if (typeof next === 'number') {
        if (next < Number.POSITIVE_INFINITY) effects.push({ is: 'wake', at: next });
        return;
      }
      this.start(next, now);
      effects.push({ is: 'write', problem: next });
    }
  }

  /** The problem to write now, or the time to ask again. */
  private nextWrite(now: number): Problem | number {
    const blockedUntil = Math.max(this.outageUntil, this.retryAfter);
    const waitMs = this.flushes.size > 0 ? 0 : (this.means.budget?.waitMs(now) ?? 0);
    // While the budget is short, some problems are known to be due. So thousands of them need not be searched.
    if (now >= blockedUntil && waitMs > 0 && this.queue.isShort) return now + waitMs;
    const next = now < blockedUntil ? blockedUntil : this.queue.next(now);
    if (typeof next === 'number') this.queue.isShort = false;
    else if (waitMs > 0) {
      this.queue.isShort = true;
      return now + waitMs;
    }
    return next;
  }

  private start(problem: Problem, now: number): void {
    const { activity } = problem;
    this.means.budget?.take(now);
    this.inFlight++;
    this.queue.take(problem);
    const failures = activity.is === 'due' ? activity.failures : 0;
    problem.activity = { is: 'writing', startedAt: now, failures };
  }

  /** The only place where an answer is counted and turned into a plan. */
  private conclude(problem: Problem, verdict: Verdict, means: Concluding): void {
    const { activity } = problem;
    const { counters } = this.means;
    const attempt = activity.is === 'writing' ? activity : { failures: 0, startedAt: means.now };
    if (verdict.isRequested) counters.requests++;
    if (verdict.did !== undefined) counters[verdict.did]++;
    if (verdict.note !== undefined)
      means.effects.push({ is: 'report', complaint: verdict.note, subject: verdict.note.detail });
    if ('written' in verdict && verdict.written !== undefined) this.table.confirm(problem, verdict.written);
    if (verdict.is === 'retry') return this.retry(problem, verdict, attempt, means);
    // Any other answer shows that requests are accepted. But a successful read says nothing about writes.
    this.refusals.letIn();
    if (verdict.is !== 'continue') this.endOutage();
    if (verdict.is === 'forbidden') return this.pause(problem, verdict, attempt.startedAt, means);
    if (verdict.allowed !== undefined) this.refusals.allow(verdict.allowed);
    if (verdict.is === 'drop') return this.drop(problem, verdict, means);
    if (verdict.is === 'written') this.slowDown(problem);
    if (problem.activity.is === 'idle') return;
    const at = means.now + this.delayMs(problem, verdict, means);
    const isBegun = verdict.is === 'continue';
    const failures = isBegun ? attempt.failures : 0;
    const isInDoubt = isBegun && verdict.isInDoubt;
    problem.activity = { is: 'due', at, failures, isInDoubt, isBegun };
  }

  private endOutage(): void {
    this.outageFailures = 0;
    this.outageUntil = 0;
  }

  private delayMs(problem: Problem, verdict: Verdict, { now, random }: Concluding): number {
    const deadline = this.flushes.awaitedUntil(problem);
    if (verdict.is !== 'continue') return deadline === undefined ? problem.delayMs : 0;
    const longest = deadline === undefined ? LAST_SPREAD_MS : (deadline - now) / 2;
    return random() * Math.min(verdict.spreadMs, LAST_SPREAD_MS, longest);
  }

  private slowDown(problem: Problem): void {
    problem.delayMs = Math.min(Math.max(problem.delayMs * 2, FIRST_DELAY_MS), LAST_DELAY_MS);
  }

  private retry(
    problem: Problem,
    verdict: Retry,
    attempt: { failures: number; startedAt: number },
    means: Concluding,
  ): void {
    const { now } = means;
    const failures = attempt.failures + 1;
    this.means.counters.retries++;
    this.outageFailures++;
    this.outageUntil = now + this.backoffMs(problem, this.outageFailures, means);
    this.retryAfter = Math.max(this.retryAfter, now + (verdict.notBeforeMs ?? 0));
    this.refusals.failed(verdict, attempt.startedAt);
    const at = now + this.backoffMs(problem, failures, means);
    problem.activity = { is: 'due', at, failures, isInDoubt: verdict.isInDoubt, isBegun: false };
    this.complain(means.effects, verdict);
  }

  private pause(problem: Problem, verdict: Forbidden, startedAt: number, means: Concluding): void {
    const { now, effects } = means;
    const { verb, namespace, detail, fix, isInDoubt } = verdict;
    problem.activity = { is: 'due', at: now, failures: 0, isInDoubt, isBegun: false };
    const isAwaited = this.flushes.awaitedUntil(problem) !== undefined;
    const retryMs = (failures: number) => (isAwaited ? this.backoffMs(problem, failures, means) : undefined);
    if (!this.refusals.forbid({ verb, namespace }, { now, startedAt, retryMs })) return;
    const complaint = { code: 'KEVT_FORBIDDEN', detail } as const;
    this.noteError(complaint);
    effects.push({ is: 'report', complaint, fix, subject: `${verb} ${namespace}`, namespace, verb });
  }

  /** Half of the exponential delay is random, so that processes that failed together do not come back together. */
  private backoffMs(problem: Problem, failures: number, { now, random }: Concluding): number {
    const longestMs = Math.min(FIRST_BACKOFF_MS * 2 ** (failures - 1), LAST_BACKOFF_MS);
    const delayMs = longestMs * (0.5 + random() / 2);
    const deadline = this.flushes.awaitedUntil(problem);
    if (deadline === undefined) return delayMs;
    const lastTryMs = deadline - now - LAST_TRY_MS;
    return lastTryMs > 0 ? Math.min(delayMs, lastTryMs) : delayMs;
  }

  private drop(problem: Problem, verdict: Drop, { effects }: Concluding): void {
    this.means.counters.dropped[verdict.reason] += this.table.abandon(problem);
    this.flushes.noteLoss(problem);
    // A new record about this problem is not written at once, because the API server has just refused it.
    this.slowDown(problem);
    this.complain(effects, verdict, verdict.detail);
  }

  private complain(effects: Effect[], { code, detail, cause }: Complaint, subject?: string): void {
    const complaint = { code, detail, cause };
    this.noteError(complaint);
    effects.push({ is: 'report', complaint, ...(subject !== undefined && { subject }) });
  }

  private noteError({ code, detail }: Complaint): void {
    this.means.counters.lastError = `${code}: ${detail}`;
  }

  private settleFlushes(now: number, effects: Effect[]): void {
    if (this.flushes.size === 0) return;
    for (const flush of this.flushes.settle((flush) => this.isHopeless(flush)))
      this.endFlush(flush, flush.targets.size === 0 && !flush.hasLoss, now, effects);
  }

  /** True if everything that the flush waits for has been refused for so long that it will not be written in time. */
  private isHopeless({ targets, timeoutMs, deadline }: Flush): boolean {
    if (this.inFlight > 0) return false;
    const since = deadline - timeoutMs - WAITED_ALREADY * timeoutMs;
    for (const problem of targets.keys())
      if (this.refusals.since(this.means.need(problem)) > since) return false;
    return true;
  }

  private endFlush(flush: Flush, isDelivered: boolean, now: number, effects: Effect[]): void {
    const { pending } = this.table;
    if (!isDelivered && pending > 0) {
      const afterMs = Math.round(now - flush.deadline + flush.timeoutMs);
      const detail = `after ${afterMs} ms; pending occurrences: ${pending}`;
      effects.push({ is: 'report', complaint: { code: 'KEVT_UNDELIVERED', detail } });
    }
    effects.push({ is: 'flushed', flush, isDelivered });
  }
}

interface Concluding {
  now: number;
  random: () => number;
  effects: Effect[];
}
