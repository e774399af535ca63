import type { EventSink } from '../delivery/event-sink.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';

/** An {@link EventSink} that keeps what was written, for the tests of applications: `local: new MemorySink()`. */
export class MemorySink implements EventSink {
  readonly #events = new Map<string, RecordedEvent>();

  /** The Events as they stand, oldest first; a repeat raises the `count` of its Event. */
  get events(): RecordedEvent[] {
    return [...this.#events.values()];
  }

  write(event: RecordedEvent): void {
    this.#events.set(`${event.namespace}/${event.name}`, event);
  }

  /** Forgets all Events. */
  clear(): void {
    this.#events.clear();
  }
}
