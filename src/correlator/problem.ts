import type { ResolvedReference } from '../object/reference.ts';
import type { EventType, Occurrence } from './occurrence.ts';
import { SmallMap } from './small-map.ts';

/**
 * What is remembered, as a tree: an object, on it a type and reason, on those the problems that are told apart.
 * A combined problem stands for everything below its branch that has no Event of its own.
 */
export interface Subject {
  readonly key: string;
  readonly reference: ResolvedReference;
  readonly groups: SmallMap<Group>;
  /** Problems below it, without the combined one. */
  size: number;
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

const COMBINED_PREFIX = '(combined from similar events): ';

export function newSubject(key: string, reference: ResolvedReference): Subject {
  return { key, reference, groups: new SmallMap(), size: 0, combined: undefined };
}

export function newGroup(key: string, subject: Subject, { type, reason }: Occurrence): Group {
  return { key, subject, type, reason, problems: new SmallMap(), combined: undefined };
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

/** Tells an object from all others. */
export function keyOf(reference: ResolvedReference): string {
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
