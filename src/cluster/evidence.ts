import { type Account, hasOthers, sumOf } from './account.ts';

/** The parts of an Event on the API server that the next write depends on. */
export interface StoredEvent {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly count: number;
  readonly account: Account;
  /** The pod that created it, according to the Event. */
  readonly instance: string;
  /** Milliseconds since the epoch, to the second. */
  readonly lastAt: number;
}

/** A write whose result is not known. */
export interface Sent {
  readonly total: number;
  /** The version that it was to change; undefined if it was to create the Event. */
  readonly resourceVersion: string | undefined;
  /** True if there was no answer. Otherwise the server refused it, and at most a proxy has sent it twice. */
  readonly isLost: boolean;
}

/** What a process knows about an Event in which it has no part of its own. */
interface Knowledge {
  event: StoredEvent;
  /** The Event when it was last seen. */
  before: StoredEvent | undefined;
  /** How many occurrences counted by this process were in it then. */
  contributed: number;
  /** How many of those do not belong to a part of its own. */
  base: number;
  instance: string;
}

/**
 * Finds the write that seems to be in an Event although the account does not show it, by comparing counts. If that is not
 * certain, it assumes too little rather than too much.
 */
export function doneWithoutPart(
  sent: readonly Sent[],
  { event, before, contributed, base, instance }: Knowledge,
): Sent | undefined {
  const isSame = before?.uid === event.uid;
  if (isSame && before.resourceVersion === event.resourceVersion) return undefined;
  // The parts of all writers are there, and ours is not among them.
  if (contributed === base && !hasOthers(event.account) && sumOf(event.account) >= event.count)
    return undefined;
  const rise = event.count - (isSame ? before.count : 0);
  // A write that the server refused was not executed.
  const possible = sent.filter(
    ({ total, resourceVersion, isLost }) =>
      isLost &&
      (isSame || (resourceVersion === undefined && event.instance === instance)) &&
      rise >= total - contributed,
  );
  return possible.find(({ total }) => rise === total - contributed) ?? possible.at(-1);
}
