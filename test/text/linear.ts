import assert from 'node:assert/strict';

const RUNS = 3;

function milliseconds(text: string, mask: (text: string) => string): number {
  const start = process.hrtime.bigint();
  mask(text);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

/**
 * Asserts that the time a function takes grows with the length of a text made of so many units: for 16 times the length
 * 16 times the time, where a quadratic one takes 256 times.
 */
export function assertLinear(unit: string, mask: (text: string) => string): void {
  const textOf = (length: number) => `1${unit.repeat(Math.ceil(length / unit.length))}x`;
  const [short, long] = [textOf(2 ** 13), textOf(2 ** 17)];
  // The floor keeps the noise of a measurement of microseconds out.
  const small = Math.max(Math.min(...Array.from({ length: RUNS }, () => milliseconds(short, mask))), 2);
  // The fastest run counts: one that is fast enough needs no other.
  for (let run = 1; milliseconds(long, mask) >= 80 * small; run++) assert.ok(run < RUNS);
}
