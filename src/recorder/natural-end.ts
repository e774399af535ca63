/** Something with counts that are not written yet. */
interface Flushable {
  flushOnce(): Promise<unknown>;
  reportLoss(): void;
}

const unfinished = new Set<Flushable>();

/**
 * Flushes when the process has nothing else to do: at the natural end of a job nobody calls `close`. When the process ends
 * in another way before that, it says what is lost. Called when counts begin to wait.
 */
export function flushAtNaturalEnd(recorder: Flushable): void {
  if (unfinished.size === 0) process.on('beforeExit', flushAll).on('exit', reportAll);
  unfinished.add(recorder);
}

/** Nothing is pending any more. */
export function isFlushed(recorder: Flushable): void {
  if (unfinished.delete(recorder) && unfinished.size === 0)
    process.off('beforeExit', flushAll).off('exit', reportAll);
}

function flushAll(): void {
  // Once for each record at most: a server that does not answer must not hold the process again and again.
  for (const recorder of unfinished) void recorder.flushOnce();
}

function reportAll(): void {
  for (const recorder of unfinished) recorder.reportLoss();
}
