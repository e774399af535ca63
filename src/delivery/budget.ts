/**
 * The requests that a process may send at once. It is client-go's figure for one object, used here for all objects
 * together.
 */
const BURST = 25;
/** Requests a second after the burst. 1,000 pods in a storm then stay below what one API server can handle easily. */
const PER_SECOND = 5;
/**
 * The requests that flushes may have sent before the next one may not send everything at once. It is a minute's worth, more
 * than a process has pending when it ends. Who flushes for each record gets no more.
 */
const MOST_LENT = 60 * PER_SECOND;

/**
 * The token bucket that limits the requests of one process to the API server. Beyond the budget, a request is sent later.
 */
export class Budget {
  #tokens = BURST;
  /** Requests during flushes, as far as they are not paid back at the usual rate. */
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

  /**
   * True if a flush that begins now may send everything at once. Otherwise it may send at the usual rate. It does not wait
   * until earlier flushes have paid back what they borrowed, because that may take longer than its timeout.
   */
  lends(now: number): boolean {
    this.#refill(now);
    if (this.#lent < MOST_LENT) return true;
    this.#tokens = Math.max(this.#tokens, 0);
    return false;
  }

  /**
   * Takes one request. A flush may borrow up to a burst. Later requests then wait until that is paid back.
   * @param isInFlush true while a flush is open
   */
  take(now: number, isInFlush: boolean): void {
    this.#refill(now);
    if (isInFlush) this.#lent = Math.min(this.#lent + 1, 2 * MOST_LENT);
    this.#tokens = Math.max(this.#tokens - 1, -BURST);
  }

  #refill(now: number): void {
    const refill = ((now - this.#refilledAt) * PER_SECOND) / 1000;
    this.#tokens = Math.min(BURST, this.#tokens + refill);
    this.#lent = Math.max(0, this.#lent - refill);
    this.#refilledAt = now;
  }
}
