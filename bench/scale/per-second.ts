/** Counts what happens in each second of a simulation. */
export class PerSecond {
  total = 0;
  readonly #seconds: number[] = [];

  /** @param atMs milliseconds since the start */
  add(atMs: number): void {
    const second = Math.floor(atMs / 1000);
    while (this.#seconds.length <= second) this.#seconds.push(0);
    this.#seconds[second]!++;
    this.total++;
  }

  /** The most in so many seconds in a row, as a rate per second; of those from `fromSecond` on. */
  peak(seconds: number, fromSecond = 0): number {
    const counts = this.#seconds.slice(fromSecond);
    let sum = 0;
    let most = 0;
    for (const [index, count] of counts.entries()) {
      sum += count - (counts[index - seconds] ?? 0);
      most = Math.max(most, sum);
    }
    return most / seconds;
  }

  /** How many there were from one time (included) to another (excluded), in whole seconds from the start. */
  between(fromSecond: number, toSecond: number): number {
    return this.#seconds.slice(fromSecond, toSecond).reduce((sum, count) => sum + count, 0);
  }
}
