/** A token bucket for each namespace, as in the admission plug-in EventRateLimit. */
export class RateLimit {
  readonly #limit: { qps: number; burst: number };
  readonly #now: () => number;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  constructor(limit: { qps: number; burst: number }, now: () => number) {
    this.#limit = limit;
    this.#now = now;
  }

  admits(namespace: string): boolean {
    const { qps, burst } = this.#limit;
    const at = this.#now();
    const last = this.#buckets.get(namespace) ?? { tokens: burst, at };
    const tokens = Math.min(burst, last.tokens + ((at - last.at) / 1000) * qps);
    this.#buckets.set(namespace, { tokens: tokens < 1 ? tokens : tokens - 1, at });
    return tokens >= 1;
  }
}
