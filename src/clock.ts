import timers from 'node:timers';

// Not the global ones, and not looked up later: fake timers of test runners take their place, and delivery would stand still.
const { setTimeout, clearTimeout, setImmediate } = timers;

/** The only place that reads real time and randomness; tests hand in a clock of their own. */
export interface Clock {
  /** Wall-clock time in milliseconds since the epoch: what Events show. */
  now(): number;
  /** Milliseconds on a clock that never goes back: what delays are measured on. */
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
  // Of tests with fake timers this is what Events are to show.
  now: () => Date.now(),
  // Always loaded, and nobody fakes it.
  uptime: () => process.uptime() * 1_000,
  random: () => Math.random(),
  setTimer(callback, delayMs, holdsProcess = false) {
    const timer = setTimeout(callback, delayMs);
    if (!holdsProcess) timer.unref();
    return () => clearTimeout(timer);
  },
};

/** Calls back when the caller is done, before anything else happens. */
export function soon(callback: () => void): void {
  void Promise.resolve().then(callback);
}

/** Calls back when Node has shown the warnings of this turn. */
export function afterWarnings(callback: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    callback();
  };
  process.nextTick(once);
  // Fake timers may have taken the place of the other.
  setImmediate(once);
}
