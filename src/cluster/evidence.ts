import { type Account, hasOthers, sumOf } from './account.ts';

/** An Event as the server holds it: only what the next write depends on. */
export interface StoredEvent {
  readonly uid: string;
  readonly resourceVersion: string;
  readonly count: number;
  readonly account: Account;
  /** The pod that created it, as far as the Event says so. */
  readonly instance: string;
  /** Milliseconds since the epoch, to the second. */
  readonly lastAt: number;
}

/** A write of which nobody knows whether it was done. */
export interface Sent {
  readonly total: number;
  /** What it was to change; undefined: it was to create the Event. */
  readonly resourceVersion: string | undefined;
  /** No answer came. Otherwise the server said no, and at most a proxy has sent it twice. */
  readonly isLost: boolean;
}

/** What a process knows of an Event in which it has no part of its own. */
interface Knowledge {
  event: StoredEvent;
  /** The Event as it was last seen. */
  before: StoredEvent | undefined;
  /** How much of what this process has counted was in it then. */
  contributed: number;
  /** How much of that has no part of its own. */
  base: number;
  instance: string;
}

/**
 * The write that seems to be in an Event although the account does not tell: the count has to. In doubt too little is
 * better than too much.
 */
export function doneWithoutPart(
  sent: readonly Sent[],
  { event, before, contributed, base, instance }: Knowledge,
): Sent | undefined {
  const isSame = before?.uid === event.uid;
  if (isSame && before.resourceVersion === event.resourceVersion) return undefined;
  // All parts are there, and ours is not among them.
  if (contributed === base && !hasOthers(event.account) && sumOf(event.account) >= event.count)
    return undefined;
  const rise = event.count - (isSame ? before.count : 0);
  // A server that has answered with a no has not done it.
  const possible = sent.filter(
    ({ total, resourceVersion, isLost }) =>
      isLost &&
      (isSame || (resourceVersion === undefined && event.instance === instance)) &&
      rise >= total - contributed,
  );
  return possible.find(({ total }) => rise === total - contributed) ?? possible.at(-1);
}
