/**
 * The requests that a process may send at once. It is client-go's figure for one object, used here for all objects
 * together.
 */
const BURST = 25;
/** Requests a second after the burst. 1,000 pods in a storm then stay below what one API server can handle easily. */
const PER_SECOND = 5;

/**
 * The token bucket that limits the requests of one process to the API server. Beyond the budget, a request is sent later.
 */
export class Budget {
  #tokens = BURST;
  #refilledAt: number;

  constructor(now: number) {
    this.#refilledAt = now;
  }

  /** Milliseconds until a request may be sent; 0 means now. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / PER_SECOND);
  }

  /** Takes one request. A flush may borrow up to a burst. Later requests then wait until that is paid back. */
  take(now: number): void {
    this.#refill(now);
    this.#tokens = Math.max(this.#tokens - 1, -BURST);
  }

  #refill(now: number): void {
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) * PER_SECOND) / 1000);
    this.#refilledAt = now;
  }
}
