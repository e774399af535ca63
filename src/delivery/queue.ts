import { BoundedMap } from '../bounded-map.ts';
import type { Problem } from '../correlator/problem.ts';

/** Writes that have begun are finished first. But a new problem waits for at most four requests about others. */
const OTHERS_BEFORE_NEW = 4;
/** The number of reasons whose turns are remembered. */
const MAX_TURNS = 256;

/** Plans the write of a problem, and returns its time. */
export function plan(problem: Problem, now: number): number {
  const at = now + problem.delayMs;
  problem.activity = { is: 'due', at, failures: 0, isInDoubt: false, isBegun: false };
  return at;
}

/** Decides which problem is written next. */
export class Queue {
  /** True while more is due than the budget allows. */
  isShort = false;
  private readonly waiting: ReadonlySet<Problem>;
  private readonly allowedAt: (problem: Problem) => number;
  /** The turn in which a new problem of a reason was last written. */
  private readonly turns = new BoundedMap<string, number>(MAX_TURNS);
  private turn = 0;
  /** The number of requests since the last one for a new problem. */
  private othersSinceNew = 0;

  /**
   * @param waiting the problems that have something to write; it changes with time
   * @param allowedAt when the next request about a problem may be sent at the earliest
   */
  constructor(waiting: ReadonlySet<Problem>, allowedAt: (problem: Problem) => number) {
    this.waiting = waiting;
    this.allowedAt = allowedAt;
  }

  /** The problem to write now, or the time to ask again. */
  next(now: number): Problem | number {
    let begun: Problem | undefined;
    let fresh: Problem | undefined;
    let turn = 0;
    let repeat: Problem | undefined;
    let lookAgainAt = Number.POSITIVE_INFINITY;
    for (const problem of this.waiting) {
      const at = this.dueAt(problem, now);
      if (at > now) lookAgainAt = Math.min(lookAgainAt, at);
      else if (isBegun(problem)) begun = earlier(begun, problem);
      else if (isNew(problem)) {
        const itsTurn = this.turnOf(problem);
        if (fresh === undefined || itsTurn < turn) [fresh, turn] = [problem, itsTurn];
        else if (itsTurn === turn) fresh = earlier(fresh, problem);
      } else repeat = earlier(repeat, problem);
    }
    if (fresh !== undefined && this.othersSinceNew >= OTHERS_BEFORE_NEW) return fresh;
    return begun ?? fresh ?? repeat ?? lookAgainAt;
  }

  /** Notes that a request about the problem is sent. */
  take(problem: Problem): void {
    if (!isNew(problem) || isBegun(problem)) {
      this.othersSinceNew++;
      return;
    }
    this.othersSinceNew = 0;
    this.turns.set(problem.reason, ++this.turn);
  }

  /** When a problem is to be written. Never while a request about it is open. */
  private dueAt(problem: Problem, now: number): number {
    if (problem.activity.is === 'unplanned') plan(problem, now);
    const { activity } = problem;
    if (activity.is !== 'due') return Number.POSITIVE_INFINITY;
    return Math.max(activity.at, this.allowedAt(problem));
  }

  /**
   * While the budget is short, the reasons of new problems take turns, so that a flood of one reason does not delay the
   * others. Within a turn, the problem that is due longest is first.
   */
  private turnOf({ reason }: Problem): number {
    return this.isShort ? (this.turns.get(reason) ?? 0) : 0;
  }
}

/** True if the problem was never written. */
function isNew({ delayMs }: Problem): boolean {
  return delayMs === 0;
}

function isBegun({ activity }: Problem): boolean {
  return activity.is === 'due' && activity.isBegun;
}

/** The problem that has been due longer. If both are equal, the one that has waited longer. */
function earlier(one: Problem | undefined, other: Problem): Problem {
  if (one === undefined) return other;
  const [first, second] = [one.activity, other.activity];
  return first.is === 'due' && second.is === 'due' && second.at < first.at ? other : one;
}
