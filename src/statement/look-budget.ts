import type { Clock } from '../clock.ts';

/** An application that starts or fails logs many new texts at once. */
const BURST = 1000;
/** With 15 µs each, this takes 0.3 % of a processor. */
const PER_SECOND = 200;
/**
 * A look that takes longer than this, because of a deep stack or source maps, counts as several. So looks take at most 1 %
 * of a processor.
 */
const USUAL_MS = 0.05;
/** The most that one look counts for, because the process may have been stopped meanwhile. */
const MAX_COST = 100;

/** The token bucket that limits how much time a process spends on reading its call stack. */
export class LookBudget {
  readonly #clock: Clock;
  #tokens = BURST;
  #refilledAt: number;
  #spentAt: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refilledAt = clock.uptime();
  }

  /**
   * True if no look is allowed now.
   * @param at now, in milliseconds since the epoch. Within a millisecond, the clock is not asked again
   */
  isSpent(at: number): boolean {
    if (at === this.#spentAt) return true;
    const isSpent = this.#refill(this.#clock.uptime()) < 1;
    this.#spentAt = isSpent ? at : undefined;
    return isSpent;
  }

  /** Calls `look` if the budget allows it. */
  spend<T>(look: () => T): T | undefined {
    const start = this.#clock.uptime();
    if (this.#refill(start) < 1) return undefined;
    const seen = look();
    const cost = (this.#clock.uptime() - start) / USUAL_MS;
    this.#tokens -= Math.min(Math.max(cost, 1), MAX_COST);
    return seen;
  }

  #refill(now: number): number {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) * PER_SECOND) / 1000);
    this.#refilledAt = now;
    return this.#tokens;
  }
}

const budgets = new WeakMap<Clock, LookBudget>();

/** The budget that everything with the same clock shares. */
export function lookBudgetOf(clock: Clock): LookBudget {
  let budget = budgets.get(clock);
  if (budget === undefined) {
    budget = new LookBudget(clock);
    budgets.set(clock, budget);
  }
  return budget;
}
