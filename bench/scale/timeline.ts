import type { Clock } from '../../src/clock.ts';

interface Entry {
  readonly at: number;
  /** Entries with the same time run in the order in which they were made. */
  readonly order: number;
  run: (() => void) | undefined;
}

/** Simulated time: a heap of planned entries. All clocks of a simulation show the time of one timeline. */
export class Timeline {
  #now: number;
  #order = 0;
  readonly #heap: Entry[] = [];

  /** @param now the time at which it starts, in milliseconds since the epoch */
  constructor(now: number) {
    this.#now = now;
  }

  get now(): number {
    return this.#now;
  }

  /** Runs `run` at a time, or at once if that time has passed. The returned function cancels it. */
  at(time: number, run: () => void): () => void {
    const entry: Entry = { at: Math.max(time, this.#now), order: this.#order++, run };
    this.#push(entry);
    return () => {
      entry.run = undefined;
    };
  }

  /** A clock of this timeline. Each simulated process gets its own object. */
  clock(random: () => number): Clock {
    return {
      now: () => Math.floor(this.#now),
      uptime: () => this.#now,
      random,
      setTimer: (callback, delayMs) => this.at(this.#now + delayMs, callback),
    };
  }

  /** Runs until `time`. After each entry, it waits until all promises are settled that can be. */
  async runUntil(time: number): Promise<void> {
    await settled();
    for (;;) {
      const next = this.#heap[0];
      if (next === undefined || next.at > time) break;
      this.#pop();
      if (next.run === undefined) continue;
      this.#now = next.at;
      next.run();
      await settled();
    }
    this.#now = time;
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let index = heap.length;
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(entry, heap[parent]!)) break;
      heap[index] = heap[parent]!;
      index = parent;
    }
    heap[index] = entry;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop()!;
    if (heap.length === 0) return;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, last)) break;
      heap[index] = heap[child]!;
      index = child;
    }
    heap[index] = last;
  }
}

function isBefore(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}

/** All microtasks run before the next macrotask, and nothing here waits for I/O. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
