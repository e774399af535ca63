import type { Clock } from '../../src/clock.ts';

/** A clock that moves only when it is told to. */
export class ManualClock implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  #timers = new Set<{ at: number; callback: () => void }>();
  readonly random: () => number = () => 0.5;

  now(): number {
    return this.#now;
  }

  uptime(): number {
    return this.#now;
  }

  setTimer(callback: () => void, delayMs: number): () => void {
    const timer = { at: this.#now + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Moves on, timer by timer. Before the next timer, everything that the last one started is finished. */
  async pass(durationMs: number): Promise<void> {
    const end = this.#now + durationMs;
    await settled();
    for (;;) {
      const [next] = [...this.#timers].filter(({ at }) => at <= end).sort((one, other) => one.at - other.at);
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.callback();
      await settled();
    }
    this.#now = end;
  }
}

/** Waits until all promises are settled that need no I/O. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
