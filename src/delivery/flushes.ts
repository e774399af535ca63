import type { Problem } from '../correlator/problem.ts';

interface Flush {
  /** What was pending when the flush began: the total that must be confirmed. */
  targets: Map<Problem, number>;
  readonly deadline: number;
  readonly resolve: (isDelivered: boolean) => void;
  readonly cancelDeadline: () => void;
  /** Something that was pending has been refused for good. */
  hasLoss: boolean;
}

/** Those who wait until what was pending is delivered. */
export class Flushes {
  readonly #unsettled: ReadonlySet<Problem>;
  readonly #flushes = new Set<Flush>();

  constructor(unsettled: ReadonlySet<Problem>) {
    this.#unsettled = unsettled;
  }

  get size(): number {
    return this.#flushes.size;
  }

  /**
   * Waits for all that is pending now. Resolves with whether it was delivered.
   * @param setDeadline starts a timer that calls back at the deadline; it returns what cancels it
   */
  wait(deadline: number, setDeadline: (giveUp: () => void) => () => void): Promise<boolean> {
    return new Promise((resolve) => {
      const giveUp = () => {
        this.#flushes.delete(flush);
        resolve(false);
      };
      const cancelDeadline = setDeadline(giveUp);
      const targets = totalsOf(this.#unsettled);
      const flush: Flush = { targets, deadline, resolve, cancelDeadline, hasLoss: false };
      this.#flushes.add(flush);
    });
  }

  /** When the first flush that waits for a problem gives up; undefined: none waits. */
  awaitedUntil(problem: Problem): number | undefined {
    let first: number | undefined;
    for (const { targets, deadline } of this.#flushes) {
      const isAwaited = (targets.get(problem) ?? 0) > problem.written;
      if (isAwaited && (first === undefined || deadline < first)) first = deadline;
    }
    return first;
  }

  /** What was pending of a problem is given up. */
  noteLoss(problem: Problem): void {
    for (const flush of this.#flushes) flush.hasLoss ||= flush.targets.has(problem);
  }

  /** Ends those that have what they wait for, and those for which `isHopeless` says that they never will. */
  settle(isHopeless: (problems: Iterable<Problem>) => boolean): void {
    for (const flush of this.#flushes) {
      for (const [problem, target] of flush.targets) {
        if (problem.written < target && this.#unsettled.has(problem)) continue;
        flush.targets.delete(problem);
        // Its counts were moved to another problem, to make room: that is waited for instead.
        if (problem.written < target && problem.total > problem.written) {
          flush.targets = totalsOf(this.#unsettled);
          break;
        }
      }
      if (flush.targets.size > 0 && !isHopeless(flush.targets.keys())) continue;
      this.#flushes.delete(flush);
      flush.cancelDeadline();
      flush.resolve(flush.targets.size === 0 && !flush.hasLoss);
    }
  }
}

function totalsOf(problems: Iterable<Problem>): Map<Problem, number> {
  return new Map(Array.from(problems, (problem) => [problem, problem.total]));
}
