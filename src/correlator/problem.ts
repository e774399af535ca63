import type { Regarding } from '../object/reference.ts';
import type { EventType, Occurrence } from './occurrence.ts';
import type { SmallMap } from './small-map.ts';

/** Repeats are written together after this delay, which doubles while the problem goes on. */
export const FIRST_DELAY_MS = 1_000;

/** The state of a problem. */
export type Activity =
  /** Everything counted is written. */
  | { readonly is: 'idle' }
  /** Something was counted, and the time of its write is not decided yet. */
  | { readonly is: 'unplanned' }
  | Due
  | Writing;

/** A write is planned. */
export interface Due {
  readonly is: 'due';
  /** The time of the write, on the clock that never goes back. */
  readonly at: number;
  /** Failed attempts in a row. */
  readonly failures: number;
  /** A write was sent and its result is not known, so the counts must not move to another Event. */
  readonly isInDoubt: boolean;
  /** The last answer requires one more request. */
  readonly isBegun: boolean;
}

/** A request is open. */
export interface Writing {
  readonly is: 'writing';
  /** When the request was sent. */
  readonly startedAt: number;
  /** Failed attempts in a row before this one. */
  readonly failures: number;
}

export const IDLE: Activity = Object.freeze({ is: 'idle' });
export const UNPLANNED: Activity = Object.freeze({ is: 'unplanned' });

/** A problem: one Event, what has been counted for it, and how much of that is known to be written. */
export interface Problem {
  /** The branch to which it belongs. */
  branch: Branch;
  /** Tells it apart from other problems of its branch; undefined for the combined problem of the branch. */
  readonly key: string | undefined;
  readonly type: EventType;
  readonly reason: string;
  /** Occurrences that this process has counted for this Event. Never less than `written`. */
  total: number;
  /** The part of `total` that the destination has confirmed. */
  written: number;
  latest: Occurrence;
  firstAt: number;
  lastAt: number;
  /** When the oldest unconfirmed occurrence was counted, as far as that is known. Only for the statistics. */
  pendingSince: number;
  /** How long the next repeat waits for further ones; 0 for a problem that was never written, which is due at once. */
  delayMs: number;
  activity: Activity;
}

/**
 * The tree of what is remembered: below an object its types and reasons, below these the log statements, below these the
 * problems.
 */
export interface Branch {
  readonly parent: Branch | undefined;
  /**
   * Tells it apart within its parent. For a statement, the key of the statement, or {@link KEYED} for records with keys of
   * their own.
   */
  readonly key: string;
  readonly regarding: Regarding;
  readonly branches: SmallMap<Branch>;
  /** Problems by their key. A statement has its own, a reason those of all its statements. */
  readonly problems: SmallMap<Problem>;
  /** The number of problems below it, without its own combined one. */
  size: number;
  /** For a statement or an object: the problem that counts everything below it that has no Event of its own. */
  combined: Problem | undefined;
  /** For a statement: when it was combined to free places for others, although it had few texts itself. */
  closedAt: number | undefined;
  /** For a statement: the statement as it was last recognized. */
  statement: Statement | undefined;
}

/** A log statement, as far as it was seen. */
export interface Statement {
  /** The same in all processes that run one build. */
  readonly key: string;
  /** True if later texts have shown that it was not recognized correctly. Its texts then count as new again. */
  readonly isStale: boolean;
}

/** The key in place of a statement for records with a key of their own, which alone tells them apart. */
export const KEYED = '';

/** The level of the tree at which a problem counts. `group` is that of records with keys of their own. */
export function levelOf({ key, branch }: Problem): 'single' | 'statement' | 'group' | 'subject' {
  if (key !== undefined) return 'single';
  if (branch.parent === undefined) return 'subject';
  return branch.key === KEYED ? 'group' : 'statement';
}

const COMBINED_PREFIX = '(combined from similar events): ';

/** The message of the Event of a problem. */
export function messageOf({ key, latest }: Problem): string {
  return key === undefined ? COMBINED_PREFIX + latest.message : latest.message;
}
