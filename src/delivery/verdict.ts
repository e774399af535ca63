import type { DiagnosticCode } from '../diagnostics.ts';
import type { ObjectReference } from '../object/reference.ts';

/** Why an Event was given up: keys of `stats.dropped`. */
export type DropReason = 'rejected' | 'namespace';

export type WriteVerb = 'create' | 'patch';

/** The permission that a request needs. */
export interface Need {
  readonly verb: WriteVerb;
  readonly namespace: string;
}

/** What came of one attempt to write an Event, and what is to be done about it. */
export type Verdict = Outcome & {
  /** A request was sent about the Event; none was when something before it failed. */
  readonly isRequested?: boolean;
  /** The permission that the request has shown to be there. */
  readonly allowed?: Need | undefined;
  /** What the destination has confirmed of the write. */
  readonly did?: 'created' | 'updated' | undefined;
  /** What an operator should know although the write goes on. */
  readonly note?: Complaint | undefined;
  /** The Event as the API server has confirmed it. */
  readonly event?: WrittenEvent | undefined;
};

/** An Event on the API server. */
export interface WrittenEvent {
  readonly namespace: string;
  readonly name: string;
  /** Of all writers. */
  readonly count: number;
  readonly regarding: Readonly<ObjectReference>;
}

/** A diagnostic to be. */
export interface Complaint {
  readonly code: DiagnosticCode;
  readonly detail: string;
  readonly cause?: unknown;
}

export type Outcome =
  /** The destination holds the counts up to `written`. */
  | { readonly is: 'written'; readonly written: number }
  /** All is well, but one more request is needed: at once, or, among competing writers, at some time within `spreadMs`. */
  | {
      readonly is: 'continue';
      readonly spreadMs: number;
      readonly written?: number;
      readonly isInDoubt: boolean;
    }
  | Retry
  | Forbidden
  /** This Event will never be accepted; the counts up to `written` are in it all the same. */
  | (Drop & { readonly written?: number });

/** The destination may be better off later. */
export interface Retry extends Complaint {
  readonly is: 'retry';
  readonly notBeforeMs?: number | undefined;
  /** A write was sent and nobody knows what became of it. */
  readonly isInDoubt: boolean;
}

/** No permission: no use in asking again at once. */
export interface Forbidden extends Need {
  readonly is: 'forbidden';
  readonly detail: string;
  readonly fix: string;
  readonly isInDoubt: boolean;
}

export interface Drop extends Complaint {
  readonly is: 'drop';
  readonly reason: DropReason;
}
