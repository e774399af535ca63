import type { Problem } from '../correlator/problem.ts';
import { type RecordedEvent, type Reporter, toRecordedEvent } from './recorded-event.ts';
import type { Destination } from './scheduler.ts';
import type { RecorderCounters } from './stats.ts';
import type { Verdict, WriteVerb } from './verdict.ts';

/** A place for Events other than an API server: a file, a console, the memory of a test. */
export interface EventSink {
  /**
   * Takes an Event: first when its problem occurs, then again under the same name with a higher `count`. What it
   * throws or rejects with is a diagnostic, and the Event is offered again later.
   */
  write(event: RecordedEvent): void | Promise<void>;
}

/** Writes Events to a sink. */
export class SinkDestination implements Destination {
  readonly #sink: EventSink;
  readonly #reporter: Reporter;
  readonly #counters: RecorderCounters;

  constructor(sink: EventSink, { reporter, counters }: { reporter: Reporter; counters: RecorderCounters }) {
    this.#sink = sink;
    this.#reporter = reporter;
    this.#counters = counters;
  }

  nextVerb(problem: Problem): WriteVerb {
    return problem.written === 0 ? 'create' : 'patch';
  }

  async write(problem: Problem): Promise<Verdict> {
    const event = toRecordedEvent(problem, this.#reporter);
    this.#counters.requests++;
    try {
      await this.#sink.write(event);
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      return { is: 'retry', code: 'KEVT_SINK', detail, inDoubt: true, cause };
    }
    if (this.nextVerb(problem) === 'create') this.#counters.created++;
    else this.#counters.updated++;
    return { is: 'written', written: event.count };
  }
}
