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
  now: () => Date.now(),
  uptime: () => performance.now(),
  random: () => Math.random(),
  setTimer(callback, delayMs, holdsProcess = false) {
    const timer = setTimeout(callback, delayMs);
    if (!holdsProcess) timer.unref();
    return () => clearTimeout(timer);
  },
};
