import type { Complaint, Drop, Outcome, Verdict } from '../delivery/verdict.ts';
import { type Account, countWriters, MAX_WRITERS, newWriter, partOf, withPart } from './account.ts';
import type { Meaning } from './answers.ts';
import { doneWithoutPart, type Sent, type StoredEvent } from './evidence.ts';

/** What to send next. */
export type Request =
  | { readonly is: 'create'; readonly count: number; readonly account: Account }
  /** An empty patch: the whole Event comes back, and `patch` is all the permission it takes. */
  | { readonly is: 'read' }
  | { readonly is: 'patch'; readonly count: number; readonly account: Account; readonly stored: StoredEvent };

/** What a process expects of all Events. */
export interface Expectation {
  /** Also those that it has not seen: after a restart most of them are there already. */
  areThere: boolean;
  /** Annotations are stripped, and that has been said. */
  isStripped?: boolean;
}

export interface ProtocolOptions {
  /** Shared by all protocols of a process. */
  expectation: Expectation;
  /** How this process names itself in an Event that it creates. */
  instance: string;
  /** Occurrences of the problem that are in another Event already. @default 0 */
  start?: number;
  newWriter?: () => string;
  maxWriters?: number;
}

/**
 * Writers of one Event spread over so many round trips each: with less they would mostly meet, with more the last
 * one would wait for nothing.
 */
const ROUND_TRIPS_PER_WRITER = 2;
const FEWEST_ROUND_TRIPS = 16;

const NOT_OURS = 'the answer is not the Event that was written';
const STRIPPED: Complaint = {
  code: 'KEVT_ACCOUNT',
  detail: 'the answer to a write does not have the annotation that was written',
};
const FOREIGN: Complaint = {
  code: 'KEVT_ACCOUNT',
  detail:
    'the count of this process in the annotation is not what it has written, so it goes on under another name',
};
const GUESSED: Complaint = {
  code: 'KEVT_ACCOUNT',
  detail:
    'the answer to a write was lost, and the annotation does not say whether it was done; it is taken for done',
};

/** So many writes can be in doubt. Any of them may be the one that was done, so none is forgotten: further attempts bring no more. */
const MAX_SENT = 16;

/**
 * How a process adds its counts to one Event that others write too: which request is next, and what an answer means. It
 * has no I/O and no time. All counts are occurrences of this process; `contributed` of them are in the Event.
 */
export class Protocol {
  private readonly options: ProtocolOptions;
  private writer: string;
  /** `absent`: to be created. `unread`: it is there, but not as last seen. `known`: as in `stored`. */
  private stage: 'absent' | 'unread' | 'known';
  private stored: StoredEvent | undefined;
  private contributed: number;
  /** What is contributed, but not in the part of this writer. */
  private base: number;
  private sent: readonly Sent[] = [];
  /** The totals of the last writes, whatever became of them: one that is late may still come. */
  private totals: readonly number[] = [];
  /** The last request. */
  private last: { is: Request['is']; total: number } = { is: 'read', total: 0 };
  /** Competing writers met in a row. */
  private conflicts = 0;
  /** Others wrote between our last writes: to read first is cheaper than to fail first. */
  private isContended = false;
  /** The server has refused a write while an earlier one was in doubt: what is in the Event is read before it is given up. */
  private refusal: Drop | undefined;

  constructor(options: ProtocolOptions) {
    this.options = options;
    const { expectation, start = 0 } = options;
    this.writer = (options.newWriter ?? newWriter)();
    this.stage = expectation.areThere ? 'unread' : 'absent';
    this.contributed = start;
    this.base = start;
  }

  /** What the next request is. */
  get next(): Request['is'] {
    if (this.stage === 'absent') return 'create';
    return this.stage === 'known' && this.stored !== undefined ? 'patch' : 'read';
  }

  /** Nothing is known of the Event. It is read in the hope that it is there, but who may not read may still create. */
  get isUnseen(): boolean {
    return this.stage !== 'known' && this.stored === undefined && !this.isInDoubt && this.conflicts === 0;
  }

  /** All that is known to be in the Event, and nothing is on its way. */
  get isAtRest(): boolean {
    return this.sent.length === 0 && this.stage !== 'absent' && this.stored !== undefined;
  }

  /** Of the Event as it was last seen. */
  get count(): number | undefined {
    return this.stored?.count;
  }

  /** The request that brings the contribution of this process to `wanted`, or as near to it as can be remembered. */
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
   * What the answer to the last request means.
   * @param event the Event in an answer that says that all is well; undefined: there is none, or not ours
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
        // Mostly it was not seen at all, but nobody can be sure.
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

  /** The write is done. */
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
    this.isContended = false;
    this.conflicts = 0;
    const did = is === 'create' ? 'created' : 'updated';
    return { is: 'written', written: total, did, ...(isNews && { note: STRIPPED }) };
  }

  /** What the Event says of our part of it. */
  private readBack(event: StoredEvent): Verdict {
    const before = this.stored;
    const known = [this.contributed, ...this.totals];
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
    // What was to change this very version may still come; everything else is too late now.
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

  /** It is there already, or another writer was faster: read it. */
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

  /** It is not there: never was, or it has expired or was deleted. */
  private miss(): Outcome {
    if (this.stored === undefined && this.sent.length === 0) this.options.expectation.areThere = false;
    this.stage = 'absent';
    // What was to change it came to nothing. What was to create it may still come.
    this.sent = this.sent.filter(({ resourceVersion }) => resourceVersion === undefined);
    return this.refusal ?? this.goOn();
  }

  private forbid(meaning: Extract<Meaning, { is: 'forbidden' }>): Outcome {
    const { expectation } = this.options;
    if (this.last.is !== 'read' || !this.isUnseen) return { ...meaning, isInDoubt: this.isInDoubt };
    // Who may not read may still create.
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

  /** Nobody knows what became of the request. */
  private lose(complaint: Complaint, notBeforeMs?: number): Outcome {
    this.markLost();
    // The write may be in the Event, or another writer's: read before writing again.
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
