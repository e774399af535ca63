import type { EventSink } from '../delivery/event-sink.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';

interface Waiter {
  count: number;
  resolve: (events: RecordedEvent[]) => void;
}

/** An {@link EventSink} that keeps what was written, for the tests of applications: `local: new MemorySink()`. */
export class MemorySink implements EventSink {
  readonly #events = new Map<string, RecordedEvent>();
  #waiters: Waiter[] = [];

  /** The Events as they stand, oldest first; a repeat raises the `count` of its Event. */
  get events(): RecordedEvent[] {
    return [...this.#events.values()];
  }

  /** Called by the recorder. */
  write(event: RecordedEvent): void {
    this.#events.set(`${event.namespace}/${event.name}`, event);
    this.#waiters = this.#waiters.filter(({ count, resolve }) => {
      if (this.#events.size < count) return true;
      resolve(this.events);
      return false;
    });
  }

  /** Resolves with the Events as soon as there are at least `count` different ones. */
  waitFor(count: number): Promise<RecordedEvent[]> {
    return new Promise((resolve) => {
      if (this.#events.size >= count) resolve(this.events);
      else this.#waiters.push({ count, resolve });
    });
  }

  /** Forgets all Events. */
  clear(): void {
    this.#events.clear();
  }
}
