import type { DiagnosticCode } from '../diagnostics.ts';
import type { ObjectReference } from '../object/reference.ts';

/** Why an Event was given up. These are the keys of `stats.dropped`. */
export type DropReason = 'rejected' | 'namespace';

export type WriteVerb = 'create' | 'patch';

/** The permission that a request needs. */
export interface Need {
  readonly verb: WriteVerb;
  readonly namespace: string;
}

/** The result of one attempt to write an Event, and what to do next. */
export type Verdict = Outcome & {
  /** True if a request about the Event was sent. Something may have failed before that. */
  readonly isRequested?: boolean;
  /** The permission that this request has proved. */
  readonly allowed?: Need | undefined;
  /** The write that the destination has confirmed. */
  readonly did?: 'created' | 'updated' | undefined;
  /** Something that an operator should know, although the write continues. */
  readonly note?: Complaint | undefined;
  /** The Event as confirmed by the API server. */
  readonly event?: WrittenEvent | undefined;
};

/** An Event on the API server. */
export interface WrittenEvent {
  readonly namespace: string;
  readonly name: string;
  /** The count of all writers together. */
  readonly count: number;
  readonly regarding: Readonly<ObjectReference>;
}

/** The contents of a diagnostic. */
export interface Complaint {
  readonly code: DiagnosticCode;
  readonly detail: string;
  readonly cause?: unknown;
}

export type Outcome =
  /** The destination has the counts up to `written`. */
  | { readonly is: 'written'; readonly written: number }
  /** The write needs one more request: at once, or, among competing writers, at a random time within `spreadMs`. */
  | {
      readonly is: 'continue';
      readonly spreadMs: number;
      readonly written?: number;
      readonly isInDoubt: boolean;
    }
  | Retry
  | Forbidden
  /** This Event will never be accepted. The counts up to `written` are in it anyway. */
  | (Drop & { readonly written?: number });

/** A later attempt may succeed. */
export interface Retry extends Complaint {
  readonly is: 'retry';
  readonly notBeforeMs?: number | undefined;
  /** A write was sent, and its result is not known. */
  readonly isInDoubt: boolean;
}

/** A permission is missing. Another attempt at once would be useless. */
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
