import { ANY_LOWER, classAt, DIGIT, endOf, isAt, type Span } from './characters.ts';
import { nounKind } from './nouns.ts';

// The suffixes that controllers add to the names of pods. A ReplicaSet adds the hash of its template and five characters, a
// DaemonSet and a Job five characters, a StatefulSet a number. Kubernetes uses no vowels in hashes and characters, so they
// are not words.

const characters = '[2-9b-df-hj-np-tv-xz]{5}';
const hash = '[0-9b-df-hj-np-tv-z]{8,10}';
const nameEnd = '(?![-\\w])';
const hashHere = new RegExp(`${hash}-${characters}${nameEnd}`, 'y');
/** With a letter after a digit, because `http2` is a word. */
const charactersHere = new RegExp(`(?=[a-z]{0,3}\\d+[a-z])${characters}${nameEnd}`, 'y');
const nameHere = new RegExp(`[0-9a-z][-0-9a-z./]{1,252}${nameEnd}`, 'y');
const suffix = new RegExp(`-(?:(?:${hash}-)?${characters}|\\d{1,5})$`);
/** Longer names are not searched. */
const LONGEST_NAME = 64;

/** The suffix that a controller added to the name of a pod, at a word with a digit after a dash. */
export function podSuffix(text: string, floor: number, start: number): Span | undefined {
  if (isAt(hashHere, text, start)) return { start, end: hashHere.lastIndex };
  if (isAt(charactersHere, text, start)) return { start, end: charactersHere.lastIndex };
  const first = nameStart(text, floor, start);
  if (nounKind(text, floor, first) !== 'pod') return undefined;
  const end = endOf(nameHere, text, first);
  const found = suffix.exec(text.slice(first, end));
  return found === null ? undefined : { start: Math.min(start, first + found.index + 1), end };
}

function nameStart(text: string, floor: number, at: number): number {
  const limit = Math.max(floor, at - LONGEST_NAME);
  let start = at;
  while (start > limit && isNameAt(text, start - 1)) start -= 1;
  return start;
}

function isNameAt(text: string, at: number): boolean {
  return (classAt(text, at) & (DIGIT | ANY_LOWER)) !== 0 || '-./'.includes(text[at] ?? ' ');
}
