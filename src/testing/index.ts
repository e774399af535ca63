import { inspect } from 'node:util';
import { systemClock } from '../clock.ts';
import type { EventSink } from '../delivery/event-sink.ts';
import type { RecordedEvent } from '../delivery/recorded-event.ts';

interface Waiter {
  count: number;
  resolve: (events: RecordedEvent[]) => void;
}

/** An {@link EventSink} that keeps the Events in memory, for tests of applications: `local: new MemorySink()`. */
export class MemorySink implements EventSink {
  readonly #events = new Map<string, RecordedEvent>();
  readonly #waiters = new Set<Waiter>();

  /** The current Events, oldest first. A repeat raises the `count` of its Event. */
  get events(): RecordedEvent[] {
    return [...this.#events.values()];
  }

  /** Called by the recorder. */
  write(event: RecordedEvent): void {
    this.#events.set(`${event.namespace}/${event.name}`, event);
    for (const waiter of this.#waiters) if (this.#events.size >= waiter.count) waiter.resolve(this.events);
  }

  /**
   * Resolves with the Events as soon as there are at least `count` different ones.
   * @param timeoutMs after this time, in milliseconds, it rejects with an error that lists the Events so far. With a limit,
   * the process is kept alive until then. Without a limit, it is not. @default no limit
   */
  waitFor(count: number, timeoutMs?: number): Promise<RecordedEvent[]> {
    return new Promise((resolve, reject) => {
      if (this.#events.size >= count) return resolve(this.events);
      const giveUp = () => {
        this.#waiters.delete(waiter);
        reject(new Error(`expected ${plural(count)} within ${timeoutMs} ms, got ${this.#list()}`));
      };
      const cancel = timeoutMs === undefined ? () => {} : systemClock.setTimer(giveUp, timeoutMs, true);
      const waiter = {
        count,
        resolve: (events: RecordedEvent[]) => {
          this.#waiters.delete(waiter);
          cancel();
          resolve(events);
        },
      };
      this.#waiters.add(waiter);
    });
  }

  /** Forgets all Events. */
  clear(): void {
    this.#events.clear();
  }

  /** The Events, for `JSON.stringify` and for test runners that print the sink. */
  toJSON(): RecordedEvent[] {
    return this.events;
  }

  /** The Events, for `console.log`. @internal */
  [inspect.custom](depth: number, options: object): string {
    return depth < 0 ? '[MemorySink]' : `MemorySink ${inspect(this.events, options)}`;
  }

  /** The number of Events, and one line for each. */
  #list(): string {
    const lines = this.events.map(
      ({ type, reason, regarding: { kind, name }, namespace, message, count }) =>
        `\n${type} ${reason} ${kind.toLowerCase()}/${name} in ${namespace}: ${message} (x${count})`,
    );
    return `${lines.length}${lines.length > 0 ? ':' : ''}${lines.join('')}`;
  }
}

function plural(count: number): string {
  return `${count} ${count === 1 ? 'Event' : 'Events'}`;
}
