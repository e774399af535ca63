/** A third of the letters may be wrong. With more, names that have nothing in common are similar. */
const MAX_WRONG = 1 / 3;
const MOST_WRONG = 3;

/** The known name with the most similar spelling, else all known names. */
export function suggest(name: string, known: readonly string[]): string {
  const [nearest] = known
    .map((candidate) => ({ candidate, distance: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance);
  const length = Math.max(name.length, nearest?.candidate.length ?? 0);
  if (nearest !== undefined && nearest.distance <= Math.min(Math.ceil(length * MAX_WRONG), MOST_WRONG))
    return `, did you mean ${nearest.candidate}?`;
  return ` (there are ${known.join(', ')})`;
}

/** Levenshtein distance of two short names. */
function distance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 0; i < one.length; i++) {
    const next = [i + 1];
    for (let j = 0; j < other.length; j++) {
      const replaced = (row[j] as number) + (one[i] === other[j] ? 0 : 1);
      next.push(Math.min(replaced, (row[j + 1] as number) + 1, (next[j] as number) + 1));
    }
    row = next;
  }
  return row.at(-1) as number;
}
