/**
 * The requests that a process may send at once. It is client-go's figure for one object, used here for all objects
 * together.
 */
const BURST = 25;
/** Requests a second after the burst. 1,000 pods in a storm then stay below what one API server can handle easily. */
const PER_SECOND = 5;
/**
 * The requests beyond the budget that flushes may have sent before the next one has to wait. It is a minute's worth, more
 * than a process has pending when it ends. Who flushes for each record gets no more.
 */
const MOST_LENT = 60 * PER_SECOND;

/**
 * The token bucket that limits the requests of one process to the API server. Beyond the budget, a request is sent later.
 */
export class Budget {
  #tokens = BURST;
  /** Requests that flushes have sent beyond the budget, as far as they are not paid back at the same rate. */
  #lent = 0;
  #refilledAt: number;

  constructor(now: number) {
    this.#refilledAt = now;
  }

  /** Milliseconds until a request may be sent; 0 means now. */
  waitMs(now: number): number {
    this.#refill(now);
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * 1000) / PER_SECOND);
  }

  /** True if a flush that begins now may send everything at once. */
  lends(now: number): boolean {
    this.#refill(now);
    return this.#lent < MOST_LENT;
  }

  /** Takes one request. A flush may borrow up to a burst. Later requests then wait until that is paid back. */
  take(now: number): void {
    this.#refill(now);
    if (this.#tokens < 1) this.#lent = Math.min(this.#lent + 1, 2 * MOST_LENT);
    this.#tokens = Math.max(this.#tokens - 1, -BURST);
  }

  #refill(now: number): void {
    const refill = ((now - this.#refilledAt) * PER_SECOND) / 1000;
    this.#tokens = Math.min(BURST, this.#tokens + refill);
    this.#lent = Math.max(0, this.#lent - refill);
    this.#refilledAt = now;
  }
}
