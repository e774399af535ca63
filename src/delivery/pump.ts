import { afterWarnings, type Clock, soon } from '../clock.ts';
import type { Problem } from '../correlator/problem.ts';
import type { Report } from '../diagnostics.ts';
import { textOfThrown } from '../text/thrown.ts';
import { createFlush, type Flush } from './flushes.ts';
import { Outage } from './outage.ts';
import type { Effect, Input, Schedule } from './schedule.ts';
import type { Need, Verdict } from './verdict.ts';

/** Where Events go: the API server, or a sink. A call of `write` sends at most one request, and never rejects. */
export interface Destination {
  write(problem: Problem): Promise<Verdict>;
  /** The permission that the next request about this problem needs. If it is missing, only such requests wait. */
  need(problem: Problem): Need;
}

interface Means {
  clock: Clock;
  report: Report;
  destination: Destination;
  /** The number of occurrences that wait. */
  pending: () => number;
  /** Called when nothing is pending any more. */
  onRest: () => void;
  /** Called with the result of each write. */
  onVerdict?: ((verdict: Verdict) => void) | undefined;
}

interface Waiter {
  resolve: (isDelivered: boolean) => void;
  cancel: () => void;
}

/** Does what the schedule decides. It is the only part of delivery with timers, promises and microtasks. */
export class Pump {
  readonly #schedule: Schedule;
  readonly #means: Means;
  readonly #outage: Outage;
  readonly #waiters = new Map<Flush, Waiter>();
  #timer: { at: number; cancel: () => void } | undefined;
  #isTickPlanned = false;
  /** When the destination last confirmed a write, in milliseconds since the epoch. */
  lastWrittenAt: number | undefined;

  constructor(schedule: Schedule, means: Means) {
    this.#schedule = schedule;
    this.#means = means;
    this.#outage = new Outage(means);
  }

  /** Notes that an occurrence was counted for the problem. Returns true if it is the first one that waits. */
  counted(problem: Problem): boolean {
    const isFirst = problem.activity.is === 'unplanned';
    if (isFirst) this.#step({ is: 'counted', problem });
    return isFirst;
  }

  /** Writes everything that is pending. After `timeoutMs` at the latest, it resolves with whether all was delivered. */
  flush(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#means;
    const flush = createFlush(timeoutMs, clock.uptime());
    return new Promise((resolve) => {
      // The only timer that keeps the process alive. Sockets and other timers never do.
      const cancel = clock.setTimer(() => this.#step({ is: 'deadline', flush }), timeoutMs, true);
      this.#waiters.set(flush, { resolve, cancel });
      this.#step({ is: 'flush', flush });
    });
  }

  /** Why nothing is written at the moment, and how to fix it. */
  get reason(): Outage['reason'] {
    return this.#outage.reason;
  }

  #step(input: Input): void {
    const { clock } = this.#means;
    for (const effect of this.#schedule.step(input, clock.uptime(), clock.random)) this.#do(effect);
  }

  #do(effect: Effect): void {
    switch (effect.is) {
      case 'write':
        return void this.#write(effect.problem);
      case 'wake':
        return this.#wakeAt(effect.at);
      case 'report': {
        const { is: _, complaint, ...more } = effect;
        const { code, cause } = complaint;
        // The report says how much is not written. The reason says why.
        const reason = code === 'KEVT_UNDELIVERED' ? this.#outage.reason : undefined;
        if (reason === undefined) return this.#means.report(code, complaint.detail, { cause, ...more });
        return this.#means.report(code, `${complaint.detail}; ${reason.text}`, { fix: reason.fix });
      }
      case 'flushed': {
        const waiter = this.#waiters.get(effect.flush);
        this.#waiters.delete(effect.flush);
        waiter?.cancel();
        // The caller may then end the process, but Node prints the warnings of this turn only before the next turn.
        return afterWarnings(() => waiter?.resolve(effect.isDelivered));
      }
      case 'rest':
        return this.#means.onRest();
    }
  }

  async #write(problem: Problem): Promise<void> {
    let verdict: Verdict;
    try {
      verdict = await this.#means.destination.write(problem);
    } catch (cause) {
      verdict = {
        is: 'retry',
        code: 'KEVT_UNREACHABLE',
        detail: textOfThrown(cause),
        isInDoubt: true,
        cause,
      };
    }
    if (verdict.is === 'retry') this.#outage.failed(verdict);
    else if (verdict.is === 'forbidden')
      this.#outage.refused({ code: 'KEVT_FORBIDDEN', detail: verdict.detail, fix: verdict.fix });
    // A successful read says nothing about writes.
    else if (verdict.is !== 'continue') this.#outage.ended();
    if (verdict.is === 'written') this.lastWrittenAt = this.#means.clock.now();
    this.#means.onVerdict?.(verdict);
    this.#step({ is: 'answered', problem, verdict });
  }

  #wakeAt(at: number): void {
    const { clock } = this.#means;
    const delayMs = at - clock.uptime();
    if (delayMs <= 0) return this.#tickSoon();
    if (this.#timer !== undefined && this.#timer.at <= at) return;
    this.#timer?.cancel();
    const fire = () => {
      this.#timer = undefined;
      this.#step({ is: 'tick' });
    };
    this.#timer = { at, cancel: clock.setTimer(fire, delayMs) };
  }

  #tickSoon(): void {
    if (this.#isTickPlanned) return;
    this.#isTickPlanned = true;
    // After the caller is done, so that a burst of records in one tick is one write.
    soon(() => {
      this.#isTickPlanned = false;
      this.#step({ is: 'tick' });
    });
  }
}
