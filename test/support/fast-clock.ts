import type { Clock } from '../../src/clock.ts';
import { ownTimeMs } from '../fixtures/own-time.mjs';
import { SEED, seededRandom } from './random.ts';

/**
 * A clock that runs this many times faster, so that minutes of delays take seconds of a test. It runs slower on a busy
 * machine, where the requests of a test take longer too.
 */
export class FastClock implements Clock {
  readonly #speed: number;
  readonly #startedAt = ownTimeMs();
  readonly #epoch = Date.now();
  readonly random: () => number;

  constructor(speed: number, random = seededRandom(SEED)) {
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
        Math.max(at - this.uptime(), 0) / this.#speed,
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
