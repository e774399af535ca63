import assert from 'node:assert/strict';

const RUNS = 3;

/** Only processor time counts, so a busy machine does not matter. */
function milliseconds(run: () => unknown): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/**
 * Asserts that the time a function takes grows with the length of a text made of so many units: for 16 times the length
 * 16 times the time, where a quadratic one takes 256 times.
 */
export function assertLinear(unit: string, mask: (text: string) => string): void {
  const textOf = (length: number) => `1${unit.repeat(Math.ceil(length / unit.length))}x`;
  assertGrowth(textOf, mask, { longest: 2 ** 16, most: 32 });
}

/**
 * The same for any texts.
 * @param longest the length of the longer of two texts; the longer it is, the more a quadratic search stands out
 * @param most how many times as long the longer text may take, which has 16 times the length
 */
export function assertGrowth(
  textOf: (length: number) => string,
  read: (text: string) => unknown,
  { longest, most, mostMs = Number.POSITIVE_INFINITY }: { longest: number; most: number; mostMs?: number },
): void {
  const [short, long] = [textOf(longest / 16), textOf(longest)];
  // The floor keeps the noise of a measurement of microseconds out.
  const small = Math.max(Math.min(...Array.from({ length: RUNS }, () => milliseconds(() => read(short)))), 1);
  const limit = Math.min(most * small, mostMs);
  // The fastest run counts: one that is fast enough needs no other.
  for (let run = 1; ; run++) {
    const ms = milliseconds(() => read(long));
    if (ms < limit) return;
    assert.ok(run < RUNS, `${ms} ms for ${longest} characters, expected less than ${limit} ms`);
  }
}
