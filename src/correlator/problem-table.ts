import type { ResolvedReference } from '../object/reference.ts';
import type { Occurrence } from './occurrence.ts';
import { type Group, keyOf, newGroup, newSubject, type Problem, type Subject } from './problem.ts';

/**
 * So many different problems with one reason about one object get an Event each; the next is combined, as in
 * client-go (`tools/record/events_cache.go`: the tenth within ten minutes).
 */
const SINGLES_PER_GROUP = 9;
const SIMILAR_WINDOW_MS = 10 * 60_000;
/**
 * An object of which so many Events tell within that time has one more for the rest: nobody reads more, and reasons may
 * come from whoever sends requests.
 */
const PROBLEMS_PER_SUBJECT = 100;
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
  reference: ResolvedReference;
  onUse: () => void;
}

/** The bounded memory of problems. It decides which Event counts an occurrence; it does no I/O. */
export class ProblemTable {
  /** Occurrences that are counted and not yet confirmed. */
  pending = 0;
  /** Problems with something to write, oldest first. */
  readonly unsettled: Set<Problem> = new Set();

  readonly #limit: number;
  readonly #subjects = new Map<string, Subject>();
  /** Problems that are written, least recently seen first: they may be forgotten. */
  readonly #settled = new Set<Problem>();
  /** Branches whose problems can be combined when room is short. */
  readonly #foldableGroups = new Set<Group>();
  readonly #foldableSubjects = new Set<Subject>();

  readonly #lastResort: LastResort;
  /** How many problems of a reason, whatever they are about, have something to write. */
  readonly #waiting = new Map<string, number>();
  /** Reasons with a large part of the room. */
  readonly #large = new Set<string>();

  constructor(lastResort: LastResort, limit: number = MAX_PROBLEMS) {
    this.#lastResort = lastResort;
    this.#limit = limit;
  }

  /** Problems remembered. */
  get size(): number {
    return this.#settled.size + this.unsettled.size;
  }

  /**
   * Counts an occurrence and returns the problem that it belongs to.
   * @param at milliseconds since the epoch when it happened
   */
  count(occurrence: Occurrence, reference: ResolvedReference, at: number): Problem {
    const group = this.#groupOf(occurrence, reference);
    const problem = group.problems.get(occurrence.group) ?? this.#place(group, occurrence, at);
    this.#add(problem, 1, occurrence, at);
    return problem;
  }

  #groupOf(occurrence: Occurrence, reference: ResolvedReference): Group {
    // Put together once: what is found out about the object later does not make it another subject.
    reference.key ??= keyOf(reference);
    const { key } = reference;
    const subject = this.#subjects.get(key) ?? newSubject(key, reference);
    const groupKey = occurrence.type === 'Warning' ? occurrence.reason : `Normal ${occurrence.reason}`;
    return subject.groups.get(groupKey) ?? newGroup(groupKey, subject, occurrence);
  }

  /** What is pending of a problem was written, as far as `written` says. */
  confirm(problem: Problem, written: number): void {
    this.pending -= written - problem.written;
    problem.written = written;
    problem.inDoubt = false;
    this.#settleIfWritten(problem);
  }

  /** Gives up what is pending of a problem and returns how many occurrences that are. */
  abandon(problem: Problem): number {
    const lost = problem.total - problem.written;
    this.pending -= lost;
    // What the destination has of it is its own affair from now on: the next occurrence is counted from one.
    problem.total = 0;
    problem.written = 0;
    problem.remote = undefined;
    problem.inDoubt = false;
    this.#settleIfWritten(problem);
    return lost;
  }

  #settleIfWritten(problem: Problem): void {
    if (problem.total > problem.written || !this.unsettled.has(problem)) return;
    this.#stopWaiting(problem);
    this.#settled.add(problem);
  }

  #startWaiting(problem: Problem): void {
    this.unsettled.add(problem);
    this.#countWaiting(problem.group.key, 1);
  }

  #stopWaiting(problem: Problem): void {
    if (this.unsettled.delete(problem)) this.#countWaiting(problem.group.key, -1);
  }

  #countWaiting(groupKey: string, change: number): void {
    const count = (this.#waiting.get(groupKey) ?? 0) + change;
    if (count === 0) this.#waiting.delete(groupKey);
    else this.#waiting.set(groupKey, count);
    setMembership(this.#large, groupKey, count > this.#limit * LARGE_PART);
  }

  #add(problem: Problem, count: number, occurrence: Occurrence, at: number): void {
    if (problem.total === problem.written && this.#settled.delete(problem)) {
      this.#startWaiting(problem);
      if (at - problem.lastAt >= LULL_MS) problem.delayMs = 0;
    }
    problem.total += count;
    this.pending += count;
    problem.latest = occurrence;
    problem.lastAt = at;
  }

  /** The problem for a message that is new to the group. */
  #place(group: Group, occurrence: Occurrence, at: number): Problem {
    const isRecent = (problem: Problem | undefined) =>
      problem !== undefined && at - problem.lastAt < SIMILAR_WINDOW_MS;
    const { subject } = group;
    const isSimilar =
      isRecent(group.combined) || countWhere(group.problems.values(), isRecent) >= SINGLES_PER_GROUP;
    const isCrowded =
      subject.size >= PROBLEMS_PER_SUBJECT &&
      (isRecent(subject.combined) || countWhere(problemsBelow(subject), isRecent) >= PROBLEMS_PER_SUBJECT);
    const level = isSimilar ? 'group' : isCrowded ? 'subject' : 'single';
    const combined = () =>
      level === 'group' ? group.combined : level === 'subject' ? subject.combined : undefined;
    const known = combined();
    if (known !== undefined) return known;
    const hasRoom = this.size < this.#limit || this.#makeRoom();
    // To make room, one may have been combined just now.
    const other = combined() ?? (hasRoom ? undefined : (group.combined ?? subject.combined));
    if (other !== undefined) return other;
    if (hasRoom || this.#displace(group)) return this.#create(group, level, occurrence, at);
    return this.#useLastResort(occurrence, at);
  }

  #create(group: Group, level: Problem['level'], occurrence: Occurrence, at: number): Problem {
    const problem: Problem = {
      // A warning that is combined with others must not look normal.
      group: level === 'subject' ? { ...group, type: 'Warning', reason: COMBINED_REASON } : group,
      key: level === 'single' ? occurrence.group : '',
      level,
      total: 0,
      written: 0,
      inDoubt: false,
      latest: occurrence,
      firstAt: at,
      lastAt: at,
      dueAt: undefined,
      delayMs: 0,
      isWriting: false,
      failures: 0,
      remote: undefined,
    };
    const { subject } = group;
    this.#subjects.set(subject.key, subject);
    if (level !== 'subject') {
      subject.groups.set(group.key, group);
      subject.size++;
    }
    if (level === 'single') group.problems.set(occurrence.group, problem);
    else if (level === 'group') group.combined = problem;
    else subject.combined = problem;
    this.#startWaiting(problem);
    this.#updateFoldable(subject, group);
    return problem;
  }

  /**
   * Makes room for one problem: forgets one that is written, else combines two that cannot be written yet: first
   * those with one reason, then those about one object. No count is lost by it.
   */
  #makeRoom(): boolean {
    for (const problem of this.#settled) {
      if (problem.isWriting || this.#isLastResort(problem)) continue;
      this.#settled.delete(problem);
      this.#detach(problem);
      return true;
    }
    for (const branches of [this.#foldableGroups, this.#foldableSubjects]) {
      for (const branch of branches) if (this.#fold(branch)) return true;
    }
    return false;
  }

  /** Moves the counts of as many problems of a branch as needed into its combined problem, to end up with one less. */
  #fold(branch: Group | Subject): boolean {
    const isGroup = 'subject' in branch;
    const victims = (isGroup ? [...branch.problems.values()] : problemsBelow(branch)).filter(isMovable);
    const needed = fewestToFold(branch);
    if (victims.length < needed) return false;
    const [first] = victims as [Problem];
    for (const victim of victims.slice(0, needed)) this.#remove(victim);
    const combined =
      branch.combined ?? this.#create(first.group, isGroup ? 'group' : 'subject', first.latest, first.lastAt);
    for (const victim of victims.slice(0, needed)) this.#move(victim, combined);
    return true;
  }

  /** Makes room for a problem in place of one whose reason has a large part of it. */
  #displace(group: Group): boolean {
    if (this.#large.size === 0 || this.#large.has(group.key)) return false;
    const victim = this.#findMovable((problem) => this.#large.has(problem.group.key));
    if (victim === undefined) return false;
    const lastResort = this.#useLastResort(victim.latest, victim.lastAt);
    if (this.unsettled.has(victim)) this.#moveAway(victim, lastResort);
    return true;
  }

  /** The problem about the object of last resort, for which another one makes room. */
  #useLastResort(occurrence: Occurrence, at: number): Problem {
    const { reference, onUse } = this.#lastResort;
    onUse();
    const group = this.#groupOf(occurrence, reference);
    if (group.subject.combined !== undefined) return group.subject.combined;
    const victim = this.#findMovable(() => true);
    const lastResort = this.#create(group, 'subject', occurrence, at);
    if (victim !== undefined) this.#moveAway(victim, lastResort);
    return lastResort;
  }

  #isLastResort({ level, group }: Problem): boolean {
    return level === 'subject' && group.subject.key === this.#lastResort.reference.key;
  }

  #findMovable(test: (problem: Problem) => boolean): Problem | undefined {
    for (const problem of this.unsettled)
      if (problem.level === 'single' && isMovable(problem) && test(problem)) return problem;
    return undefined;
  }

  #moveAway(victim: Problem, to: Problem): void {
    this.#remove(victim);
    this.#move(victim, to);
  }

  #remove(problem: Problem): void {
    this.#stopWaiting(problem);
    this.#settled.delete(problem);
    this.#detach(problem);
  }

  /** Moves what is pending of a problem that is removed to another one. */
  #move(from: Problem, to: Problem): void {
    const count = from.total - from.written;
    this.pending -= count;
    to.firstAt = Math.min(to.firstAt, from.firstAt);
    if (count === 0) return;
    const { latest, lastAt } = from.lastAt > to.lastAt ? from : to;
    this.#add(to, count, latest, lastAt);
  }

  #detach(problem: Problem): void {
    const { group, level } = problem;
    const { subject } = group;
    if (level === 'single') group.problems.delete(problem.key);
    else if (level === 'group') group.combined = undefined;
    else subject.combined = undefined;
    if (level !== 'subject') {
      subject.size--;
      if (group.problems.size === 0 && group.combined === undefined) subject.groups.delete(group.key);
    }
    if (subject.groups.size === 0 && subject.combined === undefined) this.#subjects.delete(subject.key);
    this.#updateFoldable(subject, level === 'subject' ? undefined : group);
  }

  #updateFoldable(subject: Subject, group: Group | undefined): void {
    setMembership(this.#foldableSubjects, subject, subject.groups.size >= fewestToFold(subject));
    if (group !== undefined)
      setMembership(this.#foldableGroups, group, group.problems.size >= fewestToFold(group));
  }
}

function problemsBelow(subject: Subject): Problem[] {
  return [...subject.groups.values()].flatMap((group) => [
    ...group.problems.values(),
    ...(group.combined === undefined ? [] : [group.combined]),
  ]);
}

/** Combining must leave one problem less than before, the new combined one included. */
function fewestToFold(branch: Group | Subject): number {
  return branch.combined === undefined ? 2 : 1;
}

/** Counts that may be part of a write on its way must stay where they are. */
function isMovable(problem: Problem): boolean {
  return !problem.isWriting && !problem.inDoubt;
}

function countWhere<T>(items: Iterable<T>, test: (item: T) => boolean): number {
  let count = 0;
  for (const item of items) if (test(item)) count++;
  return count;
}

function setMembership<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}
