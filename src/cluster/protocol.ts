import type { Complaint, Drop, Outcome, Verdict } from '../delivery/verdict.ts';
import { type Account, countWriters, MAX_WRITERS, newWriter, partOf, withPart } from './account.ts';
import type { Meaning } from './answers.ts';
import { FOREIGN, GUESSED, NOT_OURS, STRIPPED } from './complaints.ts';
import { doneWithoutPart, type Sent, type StoredEvent } from './evidence.ts';

/** The next request to send. */
export type Request =
  | { readonly is: 'create'; readonly count: number; readonly account: Account }
  /** An empty patch. Its answer contains the whole Event, and it needs only the permission `patch`. */
  | { readonly is: 'read' }
  | { readonly is: 'patch'; readonly count: number; readonly account: Account; readonly stored: StoredEvent };

/** What a process assumes about all Events. */
export interface Expectation {
  /** Whether Events that it has not seen yet exist already. After a restart, most of them do. */
  areThere: boolean;
  /** Whether annotations are stripped. It is then reported only once. */
  isStripped?: boolean;
}

export interface ProtocolOptions {
  /** Shared by all protocols of a process. */
  expectation: Expectation;
  /** The name of this process in an Event that it creates. */
  instance: string;
  /** Occurrences of the problem that are in another Event already. @default 0 */
  start?: number;
  newWriter?: () => string;
  maxWriters?: number;
}

/**
 * Each writer of one Event gets this many round trips of time to spread out. With fewer, writers would mostly conflict.
 * With more, the last one would wait in vain.
 */
const ROUND_TRIPS_PER_WRITER = 2;
const FEWEST_ROUND_TRIPS = 16;

/**
 * The most writes that can be in doubt. Any of them may have been executed, so none may be forgotten. When there are this
 * many, further attempts repeat the last one.
 */
const MAX_SENT = 16;

/**
 * How a process adds its counts to one Event that others write too. It decides on the next request, and what an answer
 * means. It does no I/O and knows no time. All counts are occurrences of this process; `contributed` of them are in the
 * Event.
 */
export class Protocol {
  private readonly options: ProtocolOptions;
  private writer: string;
  /** `absent`: the Event must be created. `unread`: it exists, but may have changed since. `known`: it is as in `stored`. */
  private stage: 'absent' | 'unread' | 'known';
  private stored: StoredEvent | undefined;
  private contributed: number;
  /** Contributed occurrences that are not in the part of this writer. */
  private base: number;
  private sent: readonly Sent[] = [];
  /** The totals of the last writes, whatever their results. A late one may still be executed. */
  private totals: readonly number[] = [];
  /** The last request. */
  private last: { is: Request['is']; total: number } = { is: 'read', total: 0 };
  /** Conflicts with other writers in a row. */
  private conflicts = 0;
  /** Others wrote between our last writes: to read first is cheaper than to fail first. */
  private isContended = false;
  /** The server has refused a write while an earlier one was in doubt. The Event is read before the counts are given up. */
  private refusal: Drop | undefined;

  constructor(options: ProtocolOptions) {
    this.options = options;
    const { expectation, start = 0 } = options;
    this.writer = (options.newWriter ?? newWriter)();
    this.stage = expectation.areThere ? 'unread' : 'absent';
    this.contributed = start;
    this.base = start;
  }

  /** The kind of the next request. */
  get next(): Request['is'] {
    if (this.stage === 'absent') return 'create';
    return this.stage === 'known' && this.stored !== undefined ? 'patch' : 'read';
  }

  /**
   * True if nothing is known about the Event. It is read first, because it may exist. Without the permission to read, it is
   * created.
   */
  get isUnseen(): boolean {
    return this.stage !== 'known' && this.stored === undefined && !this.isInDoubt && this.conflicts === 0;
  }

  /** True if everything is known to be in the Event, and no request is open. */
  get isAtRest(): boolean {
    return this.sent.length === 0 && this.stage !== 'absent' && this.stored !== undefined;
  }

  /** The count of the Event when it was last seen. */
  get count(): number | undefined {
    return this.stored?.count;
  }

  /**
   * The request that raises the contribution of this process to `wanted`. If too many writes are in doubt, it repeats the
   * last one.
   */
  request(wanted: number): Request {
    const { next, stored, options } = this;
    const { start = 0, maxWriters = MAX_WRITERS } = options;
    const isRead = next === 'read' || (next === 'patch' && stored === undefined);
    const latest = isRead || this.sent.length < MAX_SENT ? undefined : this.sent.at(-1);
    const total = latest?.total ?? wanted;
    this.last = { is: next, total };
    if (isRead) return { is: 'read' };
    const resourceVersion = next === 'patch' ? stored?.resourceVersion : undefined;
    const isSame = (one: Sent) => one.total === total && one.resourceVersion === resourceVersion;
    const isLost = this.wasLost(isSame);
    this.sent = [...this.sent.filter((one) => !isSame(one)), { total, resourceVersion, isLost }];
    this.totals = [...this.totals.filter((one) => one !== total), total].slice(-MAX_SENT);
    if (next === 'create' || stored === undefined)
      return {
        is: 'create',
        count: total - start,
        account: withPart('', this.writer, total - start, maxWriters),
      };
    const account = withPart(stored.account, this.writer, total - this.base, maxWriters);
    return { is: 'patch', count: stored.count + total - this.contributed, account, stored };
  }

  /**
   * Decides what the answer to the last request means.
   * @param event the Event in a successful answer; undefined if there is none, or if it is not ours
   * @param roundTripMs how long the answer took
   */
  accept(meaning: Meaning, event: StoredEvent | undefined, roundTripMs: number): Verdict {
    switch (meaning.is) {
      case 'stored':
        if (event === undefined) return this.lose({ code: 'KEVT_SERVER_ERROR', detail: NOT_OURS });
        return this.last.is === 'read' ? this.readBack(event) : this.confirm(event);
      case 'taken':
        return this.giveWay(roundTripMs);
      case 'gone':
        return this.miss();
      case 'resend':
        // Most probably the server did not see the request, but that is not certain.
        this.markLost();
        return this.goOn();
      case 'retry':
        if (meaning.fate === 'unknown') return this.lose(meaning, meaning.notBeforeMs);
        if (meaning.fate === 'unsent') this.forgetLast();
        return { ...meaning, isInDoubt: this.isInDoubt };
      case 'forbidden':
        return this.forbid(meaning);
      case 'drop':
        return this.refuse(meaning);
    }
  }

  private get isInDoubt(): boolean {
    return this.sent.length > 0;
  }

  /** The write has succeeded. */
  private confirm(event: StoredEvent): Verdict {
    const { is, total } = this.last;
    if (is === 'create') this.base = this.options.start ?? 0;
    const { expectation } = this.options;
    const isStripped = partOf(event.account, this.writer) !== total - this.base;
    const isNews = isStripped && expectation.isStripped !== true;
    expectation.isStripped ||= isStripped;
    this.contributed = total;
    this.stored = event;
    this.sent = [];
    this.stage = this.isContended ? 'unread' : 'known';
    this.conflicts = 0;
    const did = is === 'create' ? 'created' : 'updated';
    return { is: 'written', written: total, did, ...(isNews && { note: STRIPPED }) };
  }

  /** Compares the Event with what this process has written. */
  private readBack(event: StoredEvent): Verdict {
    const before = this.stored;
    const known = [this.contributed, ...this.totals];
    // Read before a write: there was no need to if nobody else wrote meanwhile.
    if (before !== undefined && this.sent.length === 0)
      this.isContended = before.resourceVersion !== event.resourceVersion;
    if (before?.uid !== event.uid) this.contributed = this.base = this.options.start ?? 0;
    const part = partOf(event.account, this.writer);
    const claimed = part === undefined ? undefined : this.base + part;
    let note: Complaint | undefined;
    if (claimed !== undefined && known.includes(claimed)) this.contributed = claimed;
    else {
      if (claimed !== undefined) {
        this.writer = (this.options.newWriter ?? newWriter)();
        note = FOREIGN;
      }
      const { contributed, base, sent, options } = this;
      const done = doneWithoutPart(sent, { event, before, contributed, base, instance: options.instance });
      if (done !== undefined) {
        this.contributed = done.total;
        note = GUESSED;
      }
      this.base = this.contributed;
    }
    this.stored = event;
    this.stage = 'known';
    // Only a write that changes this very version can still be executed. All others are too late.
    this.sent = this.sent.filter(({ resourceVersion }) => resourceVersion === event.resourceVersion);
    return { ...this.afterReading(), ...(note !== undefined && { note }) };
  }

  private afterReading(): Outcome {
    const { contributed, refusal, last } = this;
    this.refusal = undefined;
    if (contributed >= last.total) return { is: 'written', written: last.total };
    if (refusal !== undefined) return { ...refusal, written: contributed };
    return { ...this.goOn(), written: contributed };
  }

  /** The Event exists already, or another writer was faster. It is read next. */
  private giveWay(roundTripMs: number): Outcome {
    const isFirst = this.stored === undefined && this.sent.length === 1;
    if (this.last.is === 'create' && isFirst) this.options.expectation.areThere = true;
    this.isContended = this.last.is === 'patch';
    this.stage = 'unread';
    const writers = countWriters(this.stored?.account ?? '');
    const roundTrips = Math.max(FEWEST_ROUND_TRIPS, ROUND_TRIPS_PER_WRITER * writers);
    const spreadMs = roundTripMs * roundTrips * 2 ** this.conflicts++;
    return { is: 'continue', spreadMs, isInDoubt: this.isInDoubt };
  }

  /** The Event never existed, has expired, or was deleted. */
  private miss(): Outcome {
    if (this.stored === undefined && this.sent.length === 0) this.options.expectation.areThere = false;
    this.stage = 'absent';
    // A write that was to change it has failed. A write that was to create it may still be executed.
    this.sent = this.sent.filter(({ resourceVersion }) => resourceVersion === undefined);
    return this.refusal ?? this.goOn();
  }

  private forbid(meaning: Extract<Meaning, { is: 'forbidden' }>): Outcome {
    const { expectation } = this.options;
    if (this.last.is !== 'read' || !this.isUnseen) return { ...meaning, isInDoubt: this.isInDoubt };
    // A process that may not read may still create.
    expectation.areThere = false;
    this.stage = 'absent';
    return this.goOn();
  }

  private refuse(refusal: Drop): Outcome {
    if (this.last.is === 'read') return { ...refusal, written: this.contributed };
    this.forgetLast();
    if (!this.sent.some(({ isLost }) => isLost)) return { ...refusal, written: this.contributed };
    this.refusal = refusal;
    this.stage = 'unread';
    return this.goOn();
  }

  /** The result of the request is not known. */
  private lose(complaint: Complaint, notBeforeMs?: number): Outcome {
    this.markLost();
    // The write may be in the Event, or another writer may have changed it. So the Event is read before the next write.
    if (this.stage === 'known') this.stage = 'unread';
    return { is: 'retry', ...complaint, notBeforeMs, isInDoubt: this.isInDoubt };
  }

  private goOn(): Extract<Outcome, { is: 'continue' }> {
    return { is: 'continue', spreadMs: 0, isInDoubt: this.isInDoubt };
  }

  private markLost(): void {
    if (this.last.is === 'read') return;
    const lost = this.sent.at(-1);
    if (lost !== undefined) this.sent = [...this.sent.slice(0, -1), { ...lost, isLost: true }];
  }

  /** The last write was not sent, or was refused. */
  private forgetLast(): void {
    if (this.last.is !== 'read' && this.sent.at(-1)?.isLost === false) this.sent = this.sent.slice(0, -1);
  }

  private wasLost(isSame: (one: Sent) => boolean): boolean {
    return this.sent.some((one) => isSame(one) && one.isLost);
  }
}
