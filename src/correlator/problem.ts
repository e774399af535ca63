import type { Regarding } from '../object/reference.ts';
import type { EventType, Occurrence } from './occurrence.ts';
import type { SmallMap } from './small-map.ts';

/** Repeats are written together: after 1 s, then 2 s, 4 s … while the problem goes on. */
export const FIRST_DELAY_MS = 1_000;

/** What a problem is doing. */
export type Activity =
  /** All that was counted is written. */
  | { readonly is: 'idle' }
  /** Something was counted, and it is not decided yet when it is written. */
  | { readonly is: 'unplanned' }
  | Due
  | Writing;

/** It is to be written. */
export interface Due {
  readonly is: 'due';
  /** When, on the clock that never goes back. */
  readonly at: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** A write was sent and nobody knows what became of it: its counts may not move to another Event. */
  readonly isInDoubt: boolean;
  /** The last answer asked for one more request. */
  readonly isBegun: boolean;
}

/** A request about it is on its way. */
export interface Writing {
  readonly is: 'writing';
  /** When it was sent. */
  readonly startedAt: number;
  /** Failed attempts in a row before it. */
  readonly failures: number;
}

export const IDLE: Activity = Object.freeze({ is: 'idle' });
export const UNPLANNED: Activity = Object.freeze({ is: 'unplanned' });

/** One Event to be: what has been counted for it, and how much of that is known to be written. */
export interface Problem {
  /** Where it hangs in the tree. */
  branch: Branch;
  /** Tells it apart among the problems of its branch; undefined: it counts what has no Event of its own below the branch. */
  readonly key: string | undefined;
  readonly type: EventType;
  readonly reason: string;
  /** Occurrences that this process has counted for this Event. Never less than `written`. */
  total: number;
  /** How many of `total` the destination has confirmed. */
  written: number;
  latest: Occurrence;
  firstAt: number;
  lastAt: number;
  /** When the oldest occurrence was counted that is not confirmed, as far as that is known. Nothing is decided by it. */
  pendingSince: number;
  /** How long the next repeat waits for company; 0: it was never written, and is to be at once. */
  delayMs: number;
  activity: Activity;
}

/**
 * What is remembered, as a tree: an object, on it a type and reason, on those the log statements, on those the problems
 * that are told apart.
 */
export interface Branch {
  readonly parent: Branch | undefined;
  /** Of a statement: what it is known by; {@link KEYED} for all that have keys of their own. */
  readonly key: string;
  readonly regarding: Regarding;
  readonly branches: SmallMap<Branch>;
  /** Problems by their key: of a statement its own, of a reason those of all its statements. */
  readonly problems: SmallMap<Problem>;
  /** Problems below it, without its own combined one. */
  size: number;
  /** What counts all that has no Event of its own below it: of a statement, or of an object. */
  combined: Problem | undefined;
  /** Of a statement: when it was combined to make place for others, although it had not said too much itself. */
  closedAt: number | undefined;
  /** Of a statement: what it was taken for last. */
  statement: Statement | undefined;
}

/** A log statement, as far as it was seen. */
export interface Statement {
  /** The same in all processes that run one build. */
  readonly key: string;
  /** What was learnt since says otherwise, so that its texts are news again. */
  readonly isStale: boolean;
}

/** In the place of a statement: records with a key of their own are told apart by that alone. */
export const KEYED = '';

/** At which level of the tree a problem counts; `group` is that of records with keys of their own. */
export function levelOf({ key, branch }: Problem): 'single' | 'statement' | 'group' | 'subject' {
  if (key !== undefined) return 'single';
  if (branch.parent === undefined) return 'subject';
  return branch.key === KEYED ? 'group' : 'statement';
}

const COMBINED_PREFIX = '(combined from similar events): ';

/** What the Event of a problem says. */
export function messageOf({ key, latest }: Problem): string {
  return key === undefined ? COMBINED_PREFIX + latest.message : latest.message;
}
