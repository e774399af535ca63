import type { ResolvedReference } from '../record/object-reference.ts';
import type { EventType, Occurrence } from '../record/occurrence.ts';
import { SmallMap } from './small-map.ts';

/**
 * What is remembered, as a tree: an object, on it a type and reason, on those the problems that are told apart.
 * A combined problem stands for everything below its branch that has no Event of its own.
 */
export interface Subject {
  readonly key: string;
  readonly reference: ResolvedReference;
  readonly groups: SmallMap<Group>;
  combined: Problem | undefined;
}

export interface Group {
  readonly key: string;
  readonly subject: Subject;
  readonly type: EventType;
  readonly reason: string;
  readonly problems: SmallMap<Problem>;
  combined: Problem | undefined;
}

/** One Event to be: what has been counted for it, and how much of that is known to be written. */
export interface Problem {
  readonly group: Group;
  /** Tells it apart within its group. */
  readonly key: string;
  /** `group` and `subject` problems count what was combined at that level of the tree. */
  readonly level: 'single' | 'group' | 'subject';
  /** Occurrences that this process has counted for this Event. Never less than `written`. */
  total: number;
  /** How many of `total` the destination has confirmed. */
  written: number;
  /** A write was sent and its answer is not known: its counts may not move to another Event. */
  inDoubt: boolean;
  latest: Occurrence;
  firstAt: number;
  lastAt: number;
  /** When it is to be written, on the clock that never goes back; undefined: not planned. */
  dueAt: number | undefined;
  /** How long the next repeat waits for company; 0: as little as possible. */
  delayMs: number;
  isWriting: boolean;
  /** Failed attempts in a row. */
  failures: number;
  /** What the destination remembers of this Event. */
  remote: unknown;
}

/**
 * So many different problems with one reason about one object get an Event each; the next is combined, as in
 * client-go (`tools/record/events_cache.go`: the tenth within ten minutes).
 */
const SINGLES_PER_GROUP = 9;
const SIMILAR_WINDOW_MS = 10 * 60_000;
/** A problem that was quiet for so long is news again: its repeats wait as little as the first ones did. */
const LULL_MS = 60_000;
/** The reason of the Event that combines several reasons of one object. */
const COMBINED_REASON = 'CombinedEvents';
const COMBINED_PREFIX = '(combined from similar events): ';

/** 4,096 problems take 2.5 MB, or 4.5 MB when each has an object of its own: what a pod of 128 MB can spare. */
const MAX_PROBLEMS = 4096;

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

  constructor(limit: number = MAX_PROBLEMS) {
    this.#limit = limit;
  }

  /** Problems remembered. */
  get size(): number {
    return this.#settled.size + this.unsettled.size;
  }

  /**
   * Counts an occurrence and returns the problem that it belongs to; undefined when there was no room for it.
   * @param at milliseconds since the epoch when it happened
   */
  count(occurrence: Occurrence, reference: ResolvedReference, at: number): Problem | undefined {
    // Put together once: what is found out about the object later does not make it another subject.
    reference.key ??= keyOf(reference);
    const { key } = reference;
    const subject = this.#subjects.get(key) ?? {
      key,
      reference,
      groups: new SmallMap(),
      combined: undefined,
    };
    const groupKey = occurrence.type === 'Warning' ? occurrence.reason : `Normal ${occurrence.reason}`;
    let group = subject.groups.get(groupKey);
    if (group === undefined) {
      const { type, reason } = occurrence;
      group = { key: groupKey, subject, type, reason, problems: new SmallMap(), combined: undefined };
    }
    const problem = group.problems.get(occurrence.group) ?? this.#place(group, occurrence, at);
    if (problem !== undefined) this.#add(problem, 1, occurrence, at);
    return problem;
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
    if (problem.total > problem.written || !this.unsettled.delete(problem)) return;
    this.#settled.add(problem);
  }

  #add(problem: Problem, count: number, occurrence: Occurrence, at: number): void {
    if (problem.total === problem.written && this.#settled.delete(problem)) {
      this.unsettled.add(problem);
      if (at - problem.lastAt >= LULL_MS) problem.delayMs = 0;
    }
    problem.total += count;
    this.pending += count;
    problem.latest = occurrence;
    problem.lastAt = at;
  }

  /** The problem for a message that is new to the group. */
  #place(group: Group, occurrence: Occurrence, at: number): Problem | undefined {
    const isRecent = (problem: Problem) => at - problem.lastAt < SIMILAR_WINDOW_MS;
    const combine =
      (group.combined !== undefined && isRecent(group.combined)) ||
      (group.problems.size >= SINGLES_PER_GROUP &&
        countWhere(group.problems.values(), isRecent) >= SINGLES_PER_GROUP);
    if (combine && group.combined !== undefined) return group.combined;
    const hasRoom = this.size < this.#limit || this.#makeRoom();
    if (hasRoom && !(combine && group.combined))
      return this.#create(group, combine ? 'group' : 'single', occurrence, at);
    return group.combined ?? group.subject.combined;
  }

  #create(group: Group, level: Problem['level'], occurrence: Occurrence, at: number): Problem {
    const problem: Problem = {
      group: level === 'subject' ? { ...group, reason: COMBINED_REASON } : group,
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
    if (level !== 'subject') subject.groups.set(group.key, group);
    if (level === 'single') group.problems.set(occurrence.group, problem);
    else if (level === 'group') group.combined = problem;
    else subject.combined = problem;
    this.unsettled.add(problem);
    this.#updateFoldable(subject, group);
    return problem;
  }

  /**
   * Makes room for one problem: forgets one that is written, else combines two that cannot be written yet: first
   * those with one reason, then those about one object. No count is lost by it.
   */
  #makeRoom(): boolean {
    for (const problem of this.#settled) {
      if (problem.isWriting) continue;
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
    for (const victim of victims.slice(0, needed)) {
      this.unsettled.delete(victim);
      this.#settled.delete(victim);
      this.#detach(victim);
    }
    const group = isGroup ? branch : first.group;
    const combined =
      branch.combined ?? this.#create(group, isGroup ? 'group' : 'subject', first.latest, first.lastAt);
    for (const victim of victims.slice(0, needed)) {
      const count = victim.total - victim.written;
      this.pending -= count;
      combined.firstAt = Math.min(combined.firstAt, victim.firstAt);
      if (count === 0) continue;
      const { latest, lastAt } = victim.lastAt > combined.lastAt ? victim : combined;
      this.#add(combined, count, latest, lastAt);
    }
    return true;
  }

  #detach(problem: Problem): void {
    const { group, level } = problem;
    const { subject } = group;
    if (level === 'single') group.problems.delete(problem.key);
    else if (level === 'group') group.combined = undefined;
    else subject.combined = undefined;
    if (level !== 'subject' && group.problems.size === 0 && group.combined === undefined) {
      subject.groups.delete(group.key);
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

/** What the Event of a problem says. */
export function messageOf(problem: Problem): string {
  return problem.level === 'single' ? problem.latest.message : COMBINED_PREFIX + problem.latest.message;
}

/** Everything that tells a problem from all others, in one string; parts cannot run into each other. */
export function identityOf({ group, key, level }: Problem): string {
  // Not the subject's key: what was missing in the reference may have been found since.
  return [level, keyOf(group.subject.reference), group.type, group.reason, key].join('\0');
}

function keyOf(reference: ResolvedReference): string {
  const {
    apiVersion = '',
    kind,
    eventNamespace,
    name,
    uid = '',
    fieldPath = '',
    isWorkload = '',
  } = reference;
  return `${apiVersion}\0${kind}\0${eventNamespace}\0${name}\0${uid}\0${fieldPath}\0${isWorkload}`;
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
