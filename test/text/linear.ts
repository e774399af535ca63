import assert from 'node:assert/strict';

function milliseconds(text: string, mask: (text: string) => string): number {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < 3; run += 1) {
    const start = process.hrtime.bigint();
    mask(text);
    best = Math.min(best, Number(process.hrtime.bigint() - start) / 1e6);
  }
  return best;
}

/**
 * Asserts that the time a function takes grows with the length of a text made of so many units: for 16 times the length
 * 16 times the time, where a quadratic one takes 256 times.
 */
export function assertLinear(unit: string, mask: (text: string) => string): void {
  const textOf = (length: number) => `1${unit.repeat(Math.ceil(length / unit.length))}x`;
  // The floor keeps the noise of a measurement of microseconds out.
  const small = Math.max(milliseconds(textOf(2 ** 13), mask), 2);
  assert.ok(milliseconds(textOf(2 ** 17), mask) < 80 * small);
}
