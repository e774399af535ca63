import type { Problem } from '../correlator/problem.ts';
import { addressOf } from '../object/reference.ts';
import { detailOf } from '../text/thrown.ts';
import type { Destination } from './pump.ts';
import { eventName, type RecordedEvent, type Reporter, toRecordedEvent } from './recorded-event.ts';
import type { Need, Verdict } from './verdict.ts';

/** A destination for Events other than an API server: a file, a console, the memory of a test. */
export interface EventSink {
  /**
   * Takes an Event when its problem first occurs, and again under the same name with a higher `count`. If it throws or
   * rejects, a diagnostic is reported, and the Event is offered again later.
   */
  write(event: RecordedEvent): void | Promise<void>;
}

/** Writes Events to a sink. */
export class SinkDestination implements Destination {
  readonly #sink: EventSink;
  readonly #reporter: Reporter;

  constructor(sink: EventSink, reporter: Reporter) {
    this.#sink = sink;
    this.#reporter = reporter;
  }

  need({ written, branch }: Problem): Need {
    return { verb: written === 0 ? 'create' : 'patch', namespace: branch.regarding.eventNamespace };
  }

  async write(problem: Problem): Promise<Verdict> {
    const address = addressOf(problem.branch.regarding);
    const name = eventName(problem, address, this.#reporter.api);
    const event = toRecordedEvent(problem, address, name, this.#reporter);
    const did = problem.written === 0 ? 'created' : 'updated';
    try {
      await this.#sink.write(event);
    } catch (cause) {
      const detail = detailOf(cause);
      return { is: 'retry', code: 'KEVT_SINK', detail, isInDoubt: true, cause, isRequested: true };
    }
    return { is: 'written', written: event.count, did, isRequested: true };
  }
}
