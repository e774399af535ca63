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

  /** The most in this many seconds in a row, as a rate per second. Seconds before `fromSecond` do not count. */
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

  /** The number from one second (included) to another (excluded), counted from the start. */
  between(fromSecond: number, toSecond: number): number {
    return this.#seconds.slice(fromSecond, toSecond).reduce((sum, count) => sum + count, 0);
  }
}
