import assert from 'node:assert/strict';

const RUNS = 4;
/** Shorter times are noise. */
const LEAST_MS = 1;

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
  for (let run = 1; run < RUNS; run++) read(short);
  // The two are measured in turn, because a machine may change its speed. The best pair counts.
  for (let run = 1; ; run++) {
    const shortMs = Math.min(
      milliseconds(() => read(short)),
      milliseconds(() => read(short)),
    );
    const limitMs = Math.min(most * Math.max(shortMs, LEAST_MS), mostMs);
    const longMs = milliseconds(() => read(long));
    if (longMs < limitMs) return;
    assert.ok(run < RUNS, `${longMs} ms for ${longest} characters, expected less than ${limitMs} ms`);
  }
}
