import type { Regarding } from '../object/reference.ts';
import { counterOf, crowdedBranch, isCrowded, problemsBelow } from './crowding.ts';
import type { Occurrence } from './occurrence.ts';
import { type Branch, FIRST_DELAY_MS, IDLE, type Problem, type Statement, UNPLANNED } from './problem.ts';
import { fewestToFold, ProblemTree } from './problem-tree.ts';

/** A problem that was quiet for so long is news again: its repeats wait as little as the first ones did. */
const LULL_MS = 60_000;
/** The reason of the Event that combines several reasons of one object. */
const COMBINED_REASON = 'CombinedEvents';

/** 4,096 problems take 2.5 MB, or 4.5 MB when each has an object of its own: what a pod of 128 MB can spare. */
const MAX_PROBLEMS = 4096;
/** A reason that has more than this part of the room must not keep others out. */
const LARGE_PART = 1 / 8;

/** Where occurrences are counted for which there is no room. */
interface LastResort {
  regarding: Regarding;
  onUse: () => void;
}

/**
 * The bounded memory of problems. It decides which Event counts an occurrence; it does no I/O. Its fields are ordinary
 * ones, so that a state of it can be copied and compared.
 */
export class ProblemTable {
  /** Occurrences that are counted and not yet confirmed. */
  pending = 0;
  /** Problems with something to write, oldest first. */
  readonly waiting: Set<Problem> = new Set();

  private readonly limit: number;
  private readonly tree = new ProblemTree();
  /** Problems that are written, least recently seen first: they may be forgotten. */
  private readonly settled = new Set<Problem>();
  private readonly lastResort: LastResort;
  /** How many problems of a reason, whatever they are about, have something to write. */
  private readonly waitingOfReason = new Map<string, number>();
  /** The reasons that must not keep others out. */
  private readonly largeReasons = new Set<string>();

  constructor(lastResort: LastResort, limit: number = MAX_PROBLEMS) {
    this.lastResort = lastResort;
    this.limit = limit;
  }

  /** Problems remembered. */
  get size(): number {
    return this.settled.size + this.waiting.size;
  }

  /** When the oldest occurrence was counted that is not confirmed; undefined: all are. */
  get oldestPendingAt(): number | undefined {
    let oldest: number | undefined;
    for (const { pendingSince } of this.waiting)
      if (oldest === undefined || pendingSince < oldest) oldest = pendingSince;
    return oldest;
  }

  /**
   * Counts an occurrence and returns the problem that it belongs to.
   * @param at milliseconds since the epoch when it happened
   * @returns undefined: its text is news, and nothing is counted; see {@link countNews}
   */
  count(occurrence: Occurrence, regarding: Regarding, at: number): Problem | undefined {
    const known = this.tree.groupOf(occurrence, regarding).problems.get(occurrence.group);
    if (known === undefined || known.branch.statement?.isStale === true) return undefined;
    const problem = counterOf(known, at);
    if (problem !== undefined) this.add(problem, 1, occurrence, at);
    return problem;
  }

  /**
   * The same for a text that was not seen before, or that may be of another statement than was thought.
   * @param statement undefined: records with keys of their own have none
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

  /** A part of what is pending of a problem was written: all up to `written`. */
  confirm(problem: Problem, written: number): void {
    if (written > problem.written) {
      this.pending -= written - problem.written;
      problem.written = written;
      // What is left came while the write was on its way.
      problem.pendingSince = problem.lastAt;
    }
    if (problem.total === problem.written && this.waiting.has(problem)) this.settle(problem);
  }

  /** Gives up what is pending of a problem and returns how many occurrences that are. */
  abandon(problem: Problem): number {
    const lost = problem.total - problem.written;
    this.pending -= lost;
    // What the destination has of it is its own affair from now on: the next occurrence is counted from one.
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

  /** The problem for a text of a statement: one of its own, or the combined one that stands for it. */
  private place(branch: Branch, known: Problem | undefined, occurrence: Occurrence, at: number): Problem {
    const isFull = isCrowded(branch, occurrence.group, at);
    if (known !== undefined && !isFull) return known;
    const crowded = isFull ? branch : crowdedBranch(branch, at);
    if (crowded?.combined !== undefined) return crowded.combined;
    const hasRoom = this.size < this.limit || this.makeRoom(occurrence);
    // To make room, one may have been combined just now.
    if (crowded?.combined !== undefined) return crowded.combined;
    if (hasRoom)
      return this.create(crowded ?? branch, crowded ? undefined : occurrence.group, occurrence, at);
    return branch.combined ?? branch.parent?.parent?.combined ?? this.useLastResort(occurrence, at);
  }

  /** A text was taken for that of another statement before. Its Event stays what it is. */
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
      // A warning that is combined with others must not look normal.
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
   * Makes room for one problem. It forgets one that is written. Else the counts of some that cannot be written yet move up
   * the tree: two of one statement, two of one object, or one of a reason that keeps others out. No count is lost by it.
   */
  private makeRoom(newcomer: Occurrence): boolean {
    for (const problem of this.settled) {
      // It would be back at once, and begin at one.
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

  /** Moves the counts of as many problems of a branch as needed into its combined problem, to end up with one less. */
  private fold(branch: Branch): boolean {
    const victims = problemsBelow(branch).filter(isMovable).slice(0, fewestToFold(branch));
    const [first] = victims;
    if (first === undefined || victims.length < fewestToFold(branch)) return false;
    const combined = branch.combined ?? this.create(branch, undefined, first.latest, first.lastAt);
    for (const victim of victims) this.move(victim, combined);
    return true;
  }

  /** The problem that counts what there is no room for; another one makes room for it. */
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

  /** Removes a problem and moves what is pending of it to another one. */
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

/** Counts that may be part of a write on its way must stay where they are. */
function isMovable({ activity }: Problem): boolean {
  return activity.is === 'unplanned' || (activity.is === 'due' && !activity.isInDoubt);
}
