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
  readonly branch: Branch;
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
  /** How long the next repeat waits for company; 0: it was never written, and is to be at once. */
  delayMs: number;
  activity: Activity;
}

/** What is remembered, as a tree: an object, on it a type and reason, on those the problems that are told apart. */
export interface Branch {
  /** Of a type and reason: the object. */
  readonly parent: Branch | undefined;
  readonly key: string;
  readonly regarding: Regarding;
  readonly branches: SmallMap<Branch>;
  readonly problems: SmallMap<Problem>;
  /** Problems below it, without its own combined one. */
  size: number;
  combined: Problem | undefined;
}

/** `group` and `subject` problems count what was combined at that level of the tree. */
export function levelOf({ key, branch }: Problem): 'single' | 'group' | 'subject' {
  if (key !== undefined) return 'single';
  return branch.parent === undefined ? 'subject' : 'group';
}

const COMBINED_PREFIX = '(combined from similar events): ';

/** What the Event of a problem says. */
export function messageOf({ key, latest }: Problem): string {
  return key === undefined ? COMBINED_PREFIX + latest.message : latest.message;
}
