import type { Clock } from '../../src/clock.ts';
import { ownTimeMs } from '../fixtures/own-time.mjs';

/** A generator that returns the same numbers for the same seed (mulberry32), so that a failing run can be repeated. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * A clock that runs this many times faster, so that minutes of delays take seconds of a test. It runs slower on a busy
 * machine, where the requests of a test take longer too.
 */
export class FastClock implements Clock {
  readonly #speed: number;
  readonly #startedAt = ownTimeMs();
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
    return (ownTimeMs() - this.#startedAt) * this.#speed;
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

  /** Resolves when this much time of this clock has passed. */
  pass(durationMs: number): Promise<void> {
    return new Promise((resolve) => {
      this.setTimer(resolve, durationMs, true);
    });
  }
}
