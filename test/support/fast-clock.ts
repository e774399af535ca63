import type { Clock } from '../../src/clock.ts';

/** A generator of the same numbers for the same seed (mulberry32), so that a failing run can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A turn of the event loop that takes longer was kept waiting by others on the machine. */
const LONGEST_TURN_MS = 2;

/**
 * The time that this process had for itself. On a busy machine it goes slower than that of the wall, as everything
 * does that the process waits for, so no test has to know how busy the machine is.
 */
class OwnTime {
  static #started: OwnTime | undefined;
  #ms = 0;
  #seenAt = performance.now();

  static get(): OwnTime {
    if (OwnTime.#started === undefined) {
      const time = new OwnTime();
      OwnTime.#started = time;
      setInterval(() => time.ms(), 1).unref();
    }
    return OwnTime.#started;
  }

  ms(): number {
    const now = performance.now();
    this.#ms += Math.min(now - this.#seenAt, LONGEST_TURN_MS);
    this.#seenAt = now;
    return this.#ms;
  }
}

/** A clock on which everything happens so many times faster: minutes of backing off in seconds of test. */
export class FastClock implements Clock {
  readonly #speed: number;
  readonly #time = OwnTime.get();
  readonly #startedAt = this.#time.ms();
  readonly #epoch = Date.now();
  readonly random: () => number;

  constructor(speed: number, random: () => number = Math.random) {
    this.#speed = speed;
    this.random = random;
  }

  now(): number {
    return this.#epoch + Math.floor(this.uptime());
  }

  uptime(): number {
    return (this.#time.ms() - this.#startedAt) * this.#speed;
  }

  setTimer(callback: () => void, delayMs: number, holdsProcess = false): () => void {
    const at = this.uptime() + delayMs;
    let timer: NodeJS.Timeout;
    const wait = () => {
      timer = setTimeout(
        () => (this.uptime() < at ? wait() : callback()),
        (at - this.uptime()) / this.#speed,
      );
      if (!holdsProcess) timer.unref();
    };
    wait();
    return () => clearTimeout(timer);
  }

  /** Resolves when so much time of this clock has passed. */
  pass(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(resolve, durationMs, true);
    });
  }
}
