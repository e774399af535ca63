import type { Problem } from '../correlator/problem.ts';

/** Somebody who waits until what is pending now is delivered. */
export interface Flush {
  readonly timeoutMs: number;
  /** On the clock that never goes back. */
  readonly deadline: number;
  /** What was pending when it began: the totals that must be confirmed. */
  targets: Map<Problem, number>;
  /** Something that was pending has been refused for good. */
  hasLoss: boolean;
}

/** A flush that begins when the schedule is told of it. */
export function createFlush(timeoutMs: number, now: number): Flush {
  return { timeoutMs, deadline: now + timeoutMs, targets: new Map(), hasLoss: false };
}

/** Those who wait until what was pending is delivered. */
export class Flushes {
  private readonly waiting: ReadonlySet<Problem>;
  private readonly open = new Set<Flush>();

  /** @param waiting the problems that have something to write, now and later */
  constructor(waiting: ReadonlySet<Problem>) {
    this.waiting = waiting;
  }

  get size(): number {
    return this.open.size;
  }

  /** Waits for all that is pending now. */
  begin(flush: Flush): void {
    flush.targets = totalsOf(this.waiting);
    this.open.add(flush);
  }

  /** When the first flush that waits for a problem gives up; undefined: none waits. */
  awaitedUntil(problem: Problem): number | undefined {
    let first: number | undefined;
    for (const { targets, deadline } of this.open) {
      const isAwaited = (targets.get(problem) ?? 0) > problem.written;
      if (isAwaited && (first === undefined || deadline < first)) first = deadline;
    }
    return first;
  }

  /** What was pending of a problem is given up. */
  noteLoss(problem: Problem): void {
    for (const flush of this.open) flush.hasLoss ||= flush.targets.has(problem);
  }

  /** Gives up; false: it has ended already. */
  end(flush: Flush): boolean {
    return this.open.delete(flush);
  }

  /** Ends and returns those that have what they wait for, and those for which `isHopeless` says that they never will. */
  settle(isHopeless: (flush: Flush) => boolean): Flush[] {
    const ended: Flush[] = [];
    for (const flush of this.open) {
      this.dropConfirmed(flush);
      if (flush.targets.size > 0 && !isHopeless(flush)) continue;
      this.open.delete(flush);
      ended.push(flush);
    }
    return ended;
  }

  private dropConfirmed(flush: Flush): void {
    for (const [problem, target] of flush.targets) {
      if (problem.written < target && this.waiting.has(problem)) continue;
      flush.targets.delete(problem);
      // Its counts were moved to another problem, to make room: that is waited for instead.
      if (problem.written < target && problem.total > problem.written) {
        flush.targets = totalsOf(this.waiting);
        return;
      }
    }
  }
}

function totalsOf(problems: Iterable<Problem>): Map<Problem, number> {
  return new Map(Array.from(problems, (problem) => [problem, problem.total]));
}
