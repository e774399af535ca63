import type { Clock } from '../clock.ts';
import { DIAGNOSTICS, type Report } from '../diagnostics.ts';
import type { Complaint } from './verdict.ts';

/** A restart of the API server takes less, and ends by itself. */
const LASTING_MS = 60_000;

interface Means {
  clock: Clock;
  report: Report;
  /** Occurrences that wait. */
  pending: () => number;
}

/** The time during which every attempt to write fails. An operator is told when it lasts. */
export class Outage {
  readonly #means: Means;
  #last: (Complaint & { fix?: string }) | undefined;
  #cancel: (() => void) | undefined;

  constructor(means: Means) {
    this.#means = means;
  }

  /** Why nothing is written at the moment, and how to mend it; undefined: the last attempt was a success, or there was none. */
  get reason(): { readonly text: string; readonly fix: string } | undefined {
    if (this.#last === undefined) return undefined;
    const { code, detail, fix = DIAGNOSTICS[code].fix } = this.#last;
    return { text: `${DIAGNOSTICS[code].what}: ${detail}`, fix };
  }

  /** A permission is missing, which is told at once. */
  refused(complaint: Complaint & { fix?: string }): void {
    this.ended();
    this.#last = complaint;
  }

  failed(complaint: Complaint): void {
    this.#last = complaint;
    this.#cancel ??= this.#means.clock.setTimer(() => this.#tell(complaint), LASTING_MS);
  }

  ended(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#last = undefined;
  }

  #tell(first: Complaint): void {
    const { code, detail, cause } = this.#last ?? first;
    const waiting = `nothing was written for ${LASTING_MS / 1_000} s; pending occurrences: ${this.#means.pending()}`;
    this.#means.report(code, `${detail}; ${waiting}`, { cause, isLasting: true });
  }
}
