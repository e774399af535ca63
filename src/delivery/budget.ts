/** A burst that a process may write at once: client-go's figure for one object, here for all of them together. */
const BURST = 25;
/** Requests a second after the burst: 1,000 pods in a storm stay below what one API server takes in its stride. */
const PER_SECOND = 5;

/** The token bucket that bounds what one process asks of the API server. Being out of budget means later. */
export class Budget {
  #tokens = BURST;
  #refilledAt: number;

  constructor(now: number) {
    this.#refilledAt = now;
  }

  /** Milliseconds until a request may be made; 0: now. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / PER_SECOND);
  }

  /** Takes one request; a flush may borrow up to a burst, which later requests then wait for. */
  take(now: number): void {
    this.#refill(now);
    this.#tokens = Math.max(this.#tokens - 1, -BURST);
  }

  #refill(now: number): void {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) * PER_SECOND) / 1000);
    this.#refilledAt = now;
  }
}
