import type { Clock } from '../clock.ts';
import { DIAGNOSTICS, KubernetesEventsError, type Report } from '../diagnostics.ts';
import type { Complaint } from './verdict.ts';

/** A restart of the API server takes less time than this, and needs no action. */
const LASTING_MS = 60_000;

interface Means {
  clock: Clock;
  report: Report;
  /** The number of pending occurrences. */
  pending: () => number;
}

/** The time during which every attempt to write fails. If it lasts, an operator is told. */
export class Outage {
  readonly #means: Means;
  #last: (Complaint & { fix?: string }) | undefined;
  #cancel: (() => void) | undefined;

  constructor(means: Means) {
    this.#means = means;
  }

  /** Why nothing is written now, and how to fix it; undefined if the last attempt succeeded, or if there was none. */
  get reason(): { readonly text: string; readonly fix: string } | undefined {
    if (this.#last === undefined) return undefined;
    const { code, detail } = this.#last;
    return { text: `${DIAGNOSTICS[code].what}: ${detail}`, fix: fixOf(this.#last) };
  }

  /** A permission is missing. The operator is told at once. */
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
    const last = this.#last ?? first;
    const { code, detail, cause } = last;
    const waiting = `nothing was written for ${LASTING_MS / 1_000} s; pending occurrences: ${this.#means.pending()}`;
    this.#means.report(code, `${detail}; ${waiting}`, { cause, fix: fixOf(last), isLasting: true });
  }
}

/** An error of this library may know more about the case than its code says. */
function fixOf({ code, cause, fix }: Complaint & { fix?: string }): string {
  return fix ?? (cause instanceof KubernetesEventsError ? cause.fix : DIAGNOSTICS[code].fix);
}
