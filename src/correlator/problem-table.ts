import type { Regarding } from '../object/reference.ts';
import { combinedOf, counterOf, crowdedBranch, isCrowded, problemsBelow } from './crowding.ts';
import type { Occurrence } from './occurrence.ts';
import { type Branch, FIRST_DELAY_MS, IDLE, type Problem, type Statement, UNPLANNED } from './problem.ts';
import { fewestToFold, ProblemTree } from './problem-tree.ts';

/** After this time without an occurrence, a problem is news again, and its first repeat waits only 1 s. */
const LULL_MS = 60_000;
/** The reason of the Event that combines several reasons of one object. */
const COMBINED_REASON = 'CombinedEvents';

/** 4,096 problems take 2.5 MB, or 4.5 MB if each has its own object. A pod with 128 MB can spare that. */
const MAX_PROBLEMS = 4096;
/** A reason with more than this share of the memory must not push out the problems of other reasons. */
const LARGE_PART = 1 / 8;

/** Where occurrences are counted if there is no room for their problem. */
interface LastResort {
  regarding: Regarding;
  onUse: () => void;
}

/**
 * The bounded memory of problems. It decides which Event counts an occurrence, and does no I/O. Its fields are not
 * `#private`, so that the proof can copy and compare states.
 */
export class ProblemTable {
  /** Occurrences that are counted but not yet confirmed. */
  pending = 0;
  /** Problems with something to write, oldest first. */
  readonly waiting: Set<Problem> = new Set();

  private readonly limit: number;
  private readonly tree = new ProblemTree();
  /** Problems that are completely written, least recently seen first. They may be forgotten. */
  private readonly settled = new Set<Problem>();
  private readonly lastResort: LastResort;
  /** The number of problems of each reason, about all objects, that have something to write. */
  private readonly waitingOfReason = new Map<string, number>();
  /** Reasons with more than their share of the memory. */
  private readonly largeReasons = new Set<string>();

  constructor(lastResort: LastResort, limit: number = MAX_PROBLEMS) {
    this.lastResort = lastResort;
    this.limit = limit;
  }

  /** The number of problems in memory. */
  get size(): number {
    return this.settled.size + this.waiting.size;
  }

  /** When the oldest unconfirmed occurrence was counted; undefined if all are confirmed. */
  get oldestPendingAt(): number | undefined {
    let oldest: number | undefined;
    for (const { pendingSince } of this.waiting)
      if (oldest === undefined || pendingSince < oldest) oldest = pendingSince;
    return oldest;
  }

  /**
   * Counts an occurrence and returns its problem.
   * @param at when it happened, in milliseconds since the epoch
   * @returns undefined if its text is new. Then nothing is counted; see {@link countNews}
   */
  count(occurrence: Occurrence, regarding: Regarding, at: number): Problem | undefined {
    const known = this.tree.groupOf(occurrence, regarding).problems.get(occurrence.group);
    if (known === undefined || known.branch.statement?.isStale === true) return undefined;
    const problem = counterOf(known, at);
    if (problem !== undefined) this.add(problem, 1, occurrence, at);
    return problem;
  }

  /**
   * Counts a text that is new, or that may belong to another statement than before.
   * @param statement undefined for records with keys of their own
   */
  countNews(
    occurrence: Occurrence,
    regarding: Regarding,
    at: number,
    statement: Statement | undefined,
  ): Problem {
    const group = this.tree.groupOf(occurrence, regarding);
    const branch = this.tree.statementIn(group, statement);
    const known = group.problems.get(occurrence.group);
    if (known !== undefined) this.rehang(known, branch);
    const problem = this.place(branch, known, occurrence, at);
    this.add(problem, 1, occurrence, at);
    return problem;
  }

  /**
   * Counts an occurrence without reading its text, if the text makes no difference. This is so if its statement is combined
   * and all known texts with the same beginning are of that statement.
   * @param beginning the first words of the text
   * @returns undefined if the text must be read. Then nothing is counted
   */
  countUnread(
    occurrence: Occurrence,
    regarding: Regarding,
    at: number,
    { key }: Statement,
    beginning: string,
  ): Problem | undefined {
    const branch = this.tree.groupOf(occurrence, regarding).branches.get(key);
    const combined = branch === undefined ? undefined : combinedOf(branch, at);
    if (branch === undefined || combined === undefined || !this.tree.isSoleOwner(branch, beginning))
      return undefined;
    this.add(combined, 1, occurrence, at);
    return combined;
  }

  /** Notes that the occurrences of a problem up to `written` are written. */
  confirm(problem: Problem, written: number): void {
    if (written > problem.written) {
      this.pending -= written - problem.written;
      problem.written = written;
      // The remaining occurrences were counted while the write was open.
      problem.pendingSince = problem.lastAt;
    }
    if (problem.total === problem.written && this.waiting.has(problem)) this.settle(problem);
  }

  /** Gives up the pending occurrences of a problem, and returns their number. */
  abandon(problem: Problem): number {
    const lost = problem.total - problem.written;
    this.pending -= lost;
    // This process is no longer responsible for what the Event contains. The next occurrence is counted from one.
    problem.total = 0;
    problem.written = 0;
    this.settle(problem);
    return lost;
  }

  private settle(problem: Problem): void {
    this.stopWaiting(problem);
    problem.activity = IDLE;
    this.settled.add(problem);
  }

  private startWaiting(problem: Problem, at: number): void {
    this.waiting.add(problem);
    problem.pendingSince = at;
    this.countWaiting(problem, 1);
    problem.activity = UNPLANNED;
  }

  private stopWaiting(problem: Problem): void {
    if (this.waiting.delete(problem)) this.countWaiting(problem, -1);
  }

  private countWaiting({ reason }: Problem, change: 1 | -1): void {
    const count = (this.waitingOfReason.get(reason) ?? 0) + change;
    if (count === 0) this.waitingOfReason.delete(reason);
    else this.waitingOfReason.set(reason, count);
    if (count > this.limit * LARGE_PART) this.largeReasons.add(reason);
    else this.largeReasons.delete(reason);
  }

  private add(problem: Problem, count: number, occurrence: Occurrence, at: number): void {
    if (problem.total === problem.written && this.settled.delete(problem)) {
      this.startWaiting(problem, at);
      if (at - problem.lastAt >= LULL_MS) problem.delayMs = Math.min(problem.delayMs, FIRST_DELAY_MS);
    }
    problem.total += count;
    this.pending += count;
    problem.latest = occurrence;
    problem.lastAt = at;
  }

  /** The problem that counts a text of a statement: its own, or the combined one. */
  private place(branch: Branch, known: Problem | undefined, occurrence: Occurrence, at: number): Problem {
    const isFull = isCrowded(branch, occurrence.group, at);
    if (known !== undefined && !isFull) return known;
    const crowded = isFull ? branch : crowdedBranch(branch, at);
    if (crowded?.combined !== undefined) return crowded.combined;
    const hasRoom = this.size < this.limit || this.makeRoom(occurrence);
    // A problem may have been combined just now to make room.
    if (crowded?.combined !== undefined) return crowded.combined;
    if (hasRoom)
      return this.create(crowded ?? branch, crowded ? undefined : occurrence.group, occurrence, at);
    return branch.combined ?? branch.parent?.parent?.combined ?? this.useLastResort(occurrence, at);
  }

  /** Moves a problem to another statement than was assumed before. Its Event stays the same. */
  private rehang(problem: Problem, branch: Branch): void {
    if (problem.branch === branch) return;
    this.tree.detach(problem);
    problem.branch = branch;
    this.tree.attach(problem);
  }

  private create(branch: Branch, key: string | undefined, occurrence: Occurrence, at: number): Problem {
    const isSubject = branch.parent === undefined;
    const problem: Problem = {
      branch,
      key,
      // A combined Event that contains warnings must be a Warning.
      type: isSubject ? 'Warning' : occurrence.type,
      reason: isSubject ? COMBINED_REASON : occurrence.reason,
      total: 0,
      written: 0,
      latest: occurrence,
      firstAt: at,
      lastAt: at,
      pendingSince: at,
      delayMs: 0,
      activity: IDLE,
    };
    if (key === undefined) branch.combined = problem;
    this.tree.attach(problem);
    this.startWaiting(problem, at);
    return problem;
  }

  /**
   * Makes room for one problem. First it forgets a problem that is completely written. If there is none, it moves counts of
   * problems that are not written yet up the tree: of two problems of one statement, then of two problems of one object,
   * then of one problem of a large reason. No count is lost.
   */
  private makeRoom(newcomer: Occurrence): boolean {
    for (const problem of this.settled) {
      // This problem would come back at once, and its count would begin at one.
      if (problem === this.tree.subjectOf(this.lastResort.regarding).combined) continue;
      this.remove(problem);
      return true;
    }
    for (const branches of this.tree.foldable)
      for (const branch of branches) if (this.fold(branch)) return true;
    if (this.largeReasons.size === 0 || this.largeReasons.has(newcomer.reason)) return false;
    const victim = this.findMovable(({ reason }) => this.largeReasons.has(reason));
    if (victim === undefined) return false;
    const lastResort = this.useLastResort(victim.latest, victim.lastAt);
    if (this.waiting.has(victim)) this.move(victim, lastResort);
    return true;
  }

  /** Moves the counts of just enough problems of a branch into its combined problem, so that there is one problem less. */
  private fold(branch: Branch): boolean {
    const victims = problemsBelow(branch).filter(isMovable).slice(0, fewestToFold(branch));
    const [first] = victims;
    if (first === undefined || victims.length < fewestToFold(branch)) return false;
    const combined = branch.combined ?? this.create(branch, undefined, first.latest, first.lastAt);
    for (const victim of victims) this.move(victim, combined);
    return true;
  }

  /** The problem that counts everything without room. If it does not exist yet, it takes the room of another problem. */
  private useLastResort(occurrence: Occurrence, at: number): Problem {
    const { regarding, onUse } = this.lastResort;
    onUse();
    const subject = this.tree.subjectOf(regarding);
    if (subject.combined !== undefined) return subject.combined;
    const victim = this.findMovable(() => true);
    const lastResort = this.create(subject, undefined, occurrence, at);
    if (victim !== undefined) this.move(victim, lastResort);
    return lastResort;
  }

  private findMovable(test: (problem: Problem) => boolean): Problem | undefined {
    for (const problem of this.waiting)
      if (problem.key !== undefined && isMovable(problem) && test(problem)) return problem;
    return undefined;
  }

  /** Removes a problem and moves its pending occurrences to another one. */
  private move(from: Problem, to: Problem): void {
    this.remove(from);
    const count = from.total - from.written;
    this.pending -= count;
    to.firstAt = Math.min(to.firstAt, from.firstAt);
    const { latest, lastAt } = from.lastAt > to.lastAt ? from : to;
    this.add(to, count, latest, lastAt);
    to.pendingSince = Math.min(to.pendingSince, from.pendingSince);
  }

  private remove(problem: Problem): void {
    this.stopWaiting(problem);
    this.settled.delete(problem);
    this.tree.detach(problem);
  }
}

/** Counts that may be part of an open request must stay where they are. */
function isMovable({ activity }: Problem): boolean {
  return activity.is === 'unplanned' || (activity.is === 'due' && !activity.isInDoubt);
}
