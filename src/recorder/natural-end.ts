/** Something with counts that are not written yet. */
interface Flushable {
  flushOnce(): Promise<unknown>;
  reportLoss(): void;
}

const unfinished = new Set<Flushable>();

/**
 * Flushes when the process has nothing else to do, because nobody calls `close` at the natural end of a job. If the process
 * ends in another way, it reports what is lost. Called when counts begin to wait.
 */
export function flushAtNaturalEnd(recorder: Flushable): void {
  if (unfinished.size === 0) process.on('beforeExit', flushAll).on('exit', reportAll);
  unfinished.add(recorder);
}

/** Called when nothing is pending any more. */
export function isFlushed(recorder: Flushable): void {
  if (unfinished.delete(recorder) && unfinished.size === 0)
    process.off('beforeExit', flushAll).off('exit', reportAll);
}

function flushAll(): void {
  // Not again without new records. Otherwise an API server that does not answer could hold the process again and again.
  for (const recorder of unfinished) void recorder.flushOnce();
}

function reportAll(): void {
  for (const recorder of unfinished) recorder.reportLoss();
}
