import { type ApplicationOptions, type Exit, runApplication } from './application.ts';
import type { CoreEvent, TestCluster, TestPod } from './cluster.ts';

/** The ways in which `test/fixtures/ending.mjs` can end, with the exit code and the count of its records. */
export const ENDINGS: Record<string, { code: number; count: number }> = {
  return: { code: 0, count: 1 },
  'return with repeats pending': { code: 0, count: 42 },
  'logger.end()': { code: 0, count: 40 },
  'logger.close()': { code: 0, count: 40 },
  'transport.flush()': { code: 0, count: 40 },
  'an exit code of its own': { code: 3, count: 1 },
  'an uncaught exception': { code: 1, count: 41 },
  'an unhandled rejection': { code: 1, count: 41 },
  'an exception with exceptionHandlers': { code: 1, count: 1 },
  'a rejection with rejectionHandlers': { code: 1, count: 1 },
  'an exception that is handled twice': { code: 1, count: 2 },
  'an exception, but exitOnError is false': { code: 0, count: 41 },
  'an exception, and exitOnError is a function': { code: 1, count: 42 },
  'a signal that the application handles': { code: 0, count: 40 },
  'a storm': { code: 0, count: 100_000 },
};

export interface Ending extends Exit {
  /** From before the first of the last records until the process was gone, in its own time (test/fixtures/own-time.mjs). */
  sinceLoggingMs: number;
  /** The same, from after the last record. */
  sinceLoggedMs: number;
  /** As in `Date.now()`. */
  goneAt: number;
}

/** The script that can end in all these ways. */
export const ENDING: URL = new URL('../fixtures/ending.mjs', import.meta.url);

/**
 * Runs a process that ends in this way.
 * @param how another runtime, or a copy of the script elsewhere
 */
export async function runEnding(
  way: string,
  pod: TestPod | undefined,
  options: object = {},
  how: Partial<ApplicationOptions> = {},
): Promise<Ending> {
  const args = [way, JSON.stringify(options)];
  const application = runApplication({ script: ENDING, ...(pod && { pod }), args, input: '', ...how });
  if (way.startsWith('a signal')) {
    await application.waitForLine(/^ready$/);
    application.child.kill('SIGTERM');
  }
  const exit = await application.exited;
  const goneAt = performance.timeOrigin + exit.exitedAt;
  const last = (what: string) =>
    Number([...exit.stdout.matchAll(new RegExp(`^${what} at ([\\d.]+)$`, 'gm'))].at(-1)?.[1]);
  return {
    ...exit,
    goneAt,
    sinceLoggingMs: last('gone') - last('logging'),
    sinceLoggedMs: last('gone') - last('logged'),
  };
}

export function sumOf(events: CoreEvent[]): number {
  return events.reduce((sum, { count = 0 }) => sum + count, 0);
}

/** Each test uses a namespace of its own. */
export async function podInNamespace(cluster: TestCluster, name = 'web-6c8b9d7f5-xk2lp'): Promise<TestPod> {
  return cluster.createPod({ namespace: await cluster.createNamespace(), name });
}
