import type { Problem } from '../correlator/problem.ts';

/** Waits until everything that is pending now is delivered. */
export interface Flush {
  readonly timeoutMs: number;
  /** On the clock that never goes back. */
  readonly deadline: number;
  /** The pending problems when the flush began, with the totals that must be confirmed. */
  targets: Map<Problem, number>;
  /** Something that was pending has been refused permanently. */
  hasLoss: boolean;
}

/** Creates a flush. It begins when the schedule gets it. */
export function createFlush(timeoutMs: number, now: number): Flush {
  return { timeoutMs, deadline: now + timeoutMs, targets: new Map(), hasLoss: false };
}

/** The open flushes. */
export class Flushes {
  private readonly waiting: ReadonlySet<Problem>;
  private readonly open = new Set<Flush>();

  /** @param waiting the problems that have something to write; it changes with time */
  constructor(waiting: ReadonlySet<Problem>) {
    this.waiting = waiting;
  }

  get size(): number {
    return this.open.size;
  }

  /** Waits for everything that is pending now. */
  begin(flush: Flush): void {
    flush.targets = totalsOf(this.waiting);
    this.open.add(flush);
  }

  /** The deadline of the first flush that waits for a problem; undefined if none waits. */
  awaitedUntil(problem: Problem): number | undefined {
    let first: number | undefined;
    for (const { targets, deadline } of this.open) {
      const isAwaited = (targets.get(problem) ?? 0) > problem.written;
      if (isAwaited && (first === undefined || deadline < first)) first = deadline;
    }
    return first;
  }

  /** Pending occurrences of a problem were given up. */
  noteLoss(problem: Problem): void {
    for (const flush of this.open) flush.hasLoss ||= flush.targets.has(problem);
  }

  /** Ends a flush. Returns false if it has already ended. */
  end(flush: Flush): boolean {
    return this.open.delete(flush);
  }

  /** Ends and returns the flushes that are complete, and those for which `isHopeless` says that they never will be. */
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
      // The counts of this problem were moved to another one, to make room. The flush now waits for that one.
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
