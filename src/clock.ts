import timers from 'node:timers';

// Bound once, from `node:timers`. Fake timers of test runners replace the global functions, and delivery would then stop.
const { setTimeout, clearTimeout, setImmediate } = timers;
// Always loaded. Bound once too, because tests of health endpoints replace `process.uptime`.
const { uptime } = process;

/** The only place that reads real time and randomness. Tests pass a clock of their own. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch, for the times in Events. */
  now(): number;
  /** Milliseconds on a clock that never goes back, for delays. */
  uptime(): number;
  /** A number from 0 (included) to 1 (excluded). */
  random(): number;
  /**
   * Calls back once after `delayMs`; the returned function cancels. The timer does not keep the process
   * alive unless `holdsProcess` is true.
   */
  setTimer(callback: () => void, delayMs: number, holdsProcess?: boolean): () => void;
}

export const systemClock: Clock = {
  // Looked up at each call: in tests with fake timers, Events show the fake time.
  now: () => Date.now(),
  uptime: () => uptime() * 1_000,
  random: () => Math.random(),
  setTimer(callback, delayMs, holdsProcess = false) {
    const timer = setTimeout(callback, delayMs);
    if (!holdsProcess) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Calls back in the next microtask, after the code of the caller and before any I/O or timer. */
export function soon(callback: () => void): void {
  void Promise.resolve().then(callback);
}

/** Calls back after Node has shown the warnings of this turn of the event loop. */
export function afterWarnings(callback: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    callback();
  };
  process.nextTick(once);
  // Fake timers may have replaced `process.nextTick`.
  setImmediate(once);
}
