import type { Clock } from '../clock.ts';

/** An application that starts, or breaks, says many new things at once. */
const BURST = 1000;
/** At 15 µs each 0.3 % of a processor. */
const PER_SECOND = 200;
/** One that takes longer, on a deep stack or with source maps, counts as several: looks take 1 % at most. */
const USUAL_MS = 0.05;
/** A process may have been stopped meanwhile. */
const MAX_COST = 100;

/** The token bucket that bounds what a process spends on looking at its stack. */
export class LookBudget {
  readonly #clock: Clock;
  #tokens = BURST;
  #refilledAt: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#refilledAt = clock.uptime();
  }

  /** Looks, if there is something left to spend on it. */
  spend<T>(look: () => T): T | undefined {
    const start = this.#clock.uptime();
    this.#tokens = Math.min(BURST, this.#tokens + ((start - this.#refilledAt) * PER_SECOND) / 1000);
    this.#refilledAt = start;
    if (this.#tokens < 1) return undefined;
    const seen = look();
    const cost = (this.#clock.uptime() - start) / USUAL_MS;
    this.#tokens -= Math.min(Math.max(cost, 1), MAX_COST);
    return seen;
  }
}

const budgets = new WeakMap<Clock, LookBudget>();

/** The one budget of all who live by a clock. */
export function lookBudgetOf(clock: Clock): LookBudget {
  let budget = budgets.get(clock);
  if (budget === undefined) {
    budget = new LookBudget(clock);
    budgets.set(clock, budget);
  }
  return budget;
}
