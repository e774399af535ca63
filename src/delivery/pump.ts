import { afterWarnings, type Clock, soon } from '../clock.ts';
import type { Problem } from '../correlator/problem.ts';
import type { Report } from '../diagnostics.ts';
import { textOfThrown } from '../text/thrown.ts';
import { createFlush, type Flush } from './flushes.ts';
import { Outage } from './outage.ts';
import type { Effect, Input, Schedule } from './schedule.ts';
import type { Need, Verdict } from './verdict.ts';

/** Where Events go: the API server, or a sink. One call is at most one request, and it never rejects. */
export interface Destination {
  write(problem: Problem): Promise<Verdict>;
  /** What the next request about this problem would need: a missing permission stops only what needs it. */
  need(problem: Problem): Need;
}

interface Means {
  clock: Clock;
  report: Report;
  destination: Destination;
  /** Occurrences that wait. */
  pending: () => number;
  /** Nothing is pending any more. */
  onRest: () => void;
  /** Told what came of each write. */
  onVerdict?: ((verdict: Verdict) => void) | undefined;
}

interface Waiter {
  resolve: (isDelivered: boolean) => void;
  cancel: () => void;
}

/** Does what the schedule says: the only place of delivery with timers, promises and microtasks. */
export class Pump {
  readonly #schedule: Schedule;
  readonly #means: Means;
  readonly #outage: Outage;
  readonly #waiters = new Map<Flush, Waiter>();
  #timer: { at: number; cancel: () => void } | undefined;
  #isTickPlanned = false;
  /** When the destination confirmed a write last, in milliseconds since the epoch. */
  lastWrittenAt: number | undefined;

  constructor(schedule: Schedule, means: Means) {
    this.#schedule = schedule;
    this.#means = means;
    this.#outage = new Outage(means);
  }

  /** An occurrence was counted for the problem. Returns whether it is the first one that waits. */
  counted(problem: Problem): boolean {
    const isFirst = problem.activity.is === 'unplanned';
    if (isFirst) this.#step({ is: 'counted', problem });
    return isFirst;
  }

  /** Writes all that is pending; resolves with whether it was delivered, after `timeoutMs` at the latest. */
  flush(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#means;
    const flush = createFlush(timeoutMs, clock.uptime());
    return new Promise((resolve) => {
      // The one timer that keeps the process alive: sockets and other timers never do.
      const cancel = clock.setTimer(() => this.#step({ is: 'deadline', flush }), timeoutMs, true);
      this.#waiters.set(flush, { resolve, cancel });
      this.#step({ is: 'flush', flush });
    });
  }

  /** Why nothing is written at the moment, and how to mend it. */
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
        // It says how much is not written, and this says why.
        const reason = code === 'KEVT_UNDELIVERED' ? this.#outage.reason : undefined;
        if (reason === undefined) return this.#means.report(code, complaint.detail, { cause, ...more });
        return this.#means.report(code, `${complaint.detail}; ${reason.text}`, { fix: reason.fix });
      }
      case 'flushed': {
        const waiter = this.#waiters.get(effect.flush);
        this.#waiters.delete(effect.flush);
        waiter?.cancel();
        // Whoever waits may end the process, and Node shows the warnings of this turn only before the next one.
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
    // That reads work says nothing of writes.
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
    // After the caller is done: a burst of records in one tick is one write.
    soon(() => {
      this.#isTickPlanned = false;
      this.#step({ is: 'tick' });
    });
  }
}
