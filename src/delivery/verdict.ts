import type { DiagnosticCode } from '../diagnostics.ts';

/** Why an Event was given up: keys of `stats.dropped`. */
export type DropReason = 'rejected' | 'namespace';

/** What came of one attempt to write an Event, and what is to be done about it. */
export type Verdict =
  /** The destination holds the counts up to `written`. */
  | { is: 'written'; written: number }
  /** All is well, but one more request is needed: at once, or, among competing writers, at some time within `spreadMs`. */
  | { is: 'continue'; spreadMs: number }
  /** The destination may be better off later; `inDoubt`: the write may have been applied all the same. */
  | {
      is: 'retry';
      code: DiagnosticCode;
      detail: string;
      notBeforeMs?: number;
      inDoubt: boolean;
      cause?: unknown;
    }
  /** No permission for `verb` in `namespace`: no use in asking again at once. */
  | { is: 'forbidden'; verb: WriteVerb; namespace: string; detail: string; fix: string }
  /** This Event will never be accepted. */
  | { is: 'drop'; reason: DropReason; code: DiagnosticCode; detail: string };

export type WriteVerb = 'create' | 'patch';
