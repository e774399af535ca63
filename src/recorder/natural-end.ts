/** Something with counts that are not written yet. */
interface Flushable {
  flushOnce(): Promise<unknown>;
}

const unfinished = new Set<Flushable>();

/**
 * Flushes when the process has nothing else to do: at the natural end of a job nobody calls `close`. Called for each
 * record, so that one logged during such a flush has a flush of its own.
 */
export function flushAtNaturalEnd(recorder: Flushable): void {
  if (unfinished.size === 0) process.on('beforeExit', flushAll);
  unfinished.add(recorder);
}

/** Nothing is pending any more. */
export function isFlushed(recorder: Flushable): void {
  if (unfinished.delete(recorder) && unfinished.size === 0) process.off('beforeExit', flushAll);
}

function flushAll(): void {
  // Once for each record at most: a server that does not answer must not hold the process again and again.
  for (const recorder of [...unfinished]) {
    isFlushed(recorder);
    void recorder.flushOnce();
  }
}
