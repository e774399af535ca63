import { ANY_LOWER, ANY_UPPER, classAt, DIGIT, endOf, isWordAt, LETTER, type Span } from './characters.ts';

// Random ids: base62 and base64, ULID, nanoid, cuid. They change between capitals, small letters and digits more often than
// names do, because a name consists of words, and a word has at most one capital.

/** A single word; a word after a prefix, as in `cus_…`; or several words with separators. */
type Form = 'word' | 'prefixed' | 'joined';

/** The shortest ids of each form. Shorter texts are names and abbreviations. */
const shortest: Record<Form, number> = { word: 16, prefixed: 10, joined: 16 };
/** From this length on, there are enough runs for their mean length to say more. */
const LONG = 20;
/** Names in one case have up to three runs: `http2session`. */
const RUNS_OF_ONE_CASE = 4;
/** Longer ids are examined in parts, so that the time stays linear. */
const LONGEST_LOOK = 128;
/** Ids that consist only of letters are at least this long. */
const SHORTEST_OF_LETTERS = 14;
/** The surroundings of a shorter part are not examined. */
const SHORTEST_PART = 5;

const paddingHere = /={0,2}/y;
const prefixHere = /(?:[a-z]{2,}[-_])*/y;

/** Whether the characters from `start` to `end` look like an id. Separators between them do not count. */
export function isOpaque(text: string, start: number, end: number, form: Form): boolean {
  if (end - start < shortest[form]) return false;
  let runs = 0;
  let length = 0;
  let shape = 0;
  let last = 0;
  for (let at = start; at < end; at += 1) {
    const kind = caseAt(text, at);
    if (kind === 0) {
      last = 0;
      continue;
    }
    // A capital and the small letters after it are one word.
    const isCapitalised = kind === ANY_LOWER && last === ANY_UPPER && caseAt(text, at - 2) !== ANY_UPPER;
    if (kind !== last && !isCapitalised) runs += 1;
    shape |= kind;
    last = kind;
    length += 1;
  }
  if (length < shortest[form]) return false;
  if ((shape & LETTER) === LETTER) return length <= runs * lengthPerRun(form, length);
  return form !== 'joined' && (shape & DIGIT) !== 0 && runs >= RUNS_OF_ONE_CASE;
}

/** The highest mean length of the runs of an id. It is about two for ids, and three to six for names. */
function lengthPerRun(form: Form, length: number): number {
  return form === 'prefixed' || length >= LONG ? 3 : 2.5;
}

/** Whether a character is a capital, a small letter or a digit; 0 for all others. */
function caseAt(text: string, at: number): number {
  const kind = classAt(text, at);
  if ((kind & ANY_UPPER) !== 0) return ANY_UPPER;
  return (kind & ANY_LOWER) !== 0 ? ANY_LOWER : kind & DIGIT;
}

/**
 * Masks ids after a prefix that happen to have no digit: `cus_kJQhSmrVxzPTbN`. Ids of other forms are so long that they
 * always have one.
 */
export function maskLetterIds(text: string): string {
  let masked = '';
  let done = 0;
  for (let at = text.indexOf('_'); at !== -1; at = text.indexOf('_', at + 1)) {
    const mayBeLong = (classAt(text, at + SHORTEST_OF_LETTERS) & LETTER) !== 0;
    if (!mayBeLong || caseAt(text, at - 1) !== ANY_LOWER) continue;
    const end = lettersEnd(text, at + 1);
    if (end - at <= SHORTEST_OF_LETTERS || isPartAt(text, end) || !isOpaque(text, at + 1, end, 'prefixed'))
      continue;
    masked += `${text.slice(done, at + 1)}<id>`;
    done = end;
  }
  return done === 0 ? text : masked + text.slice(done);
}

function lettersEnd(text: string, at: number): number {
  let end = at;
  while ((classAt(text, end) & LETTER) !== 0) end += 1;
  return end;
}

/** Whether a word or a name continues at a position. */
function isPartAt(text: string, at: number): boolean {
  return isWordAt(text, at) || text[at] === '_' || text[at] === '-';
}

/**
 * The id that a word is, or is a part of. Everything before `floor` is done. A prefix as in `cus_…` is not part of the id.
 */
export function opaqueSpan(
  text: string,
  floor: number,
  start: number,
  end: number,
  shape: number,
): Span | undefined {
  // Letters in one case between dashes and slashes are names of pods, packages and files.
  const mayBeJoined = end - start >= SHORTEST_PART && (shape & ANY_UPPER) !== 0 && (shape & ANY_LOWER) !== 0;
  return (
    (mayBeJoined ? joinedSpan(text, '-_', floor, start, end) : undefined) ??
    (mayBeJoined ? joinedSpan(text, '+/', floor, start, end) : undefined) ??
    wordSpan(text, floor, start, end)
  );
}

function wordSpan(text: string, floor: number, start: number, end: number): Span | undefined {
  const isPrefixed = text[start - 1] === '_' && start - 1 > floor && caseAt(text, start - 2) === ANY_LOWER;
  return isOpaque(text, start, end, isPrefixed ? 'prefixed' : 'word') ? padded(text, start, end) : undefined;
}

function joinedSpan(
  text: string,
  joints: string,
  floor: number,
  start: number,
  end: number,
): Span | undefined {
  if (!joints.includes(text[start - 1] ?? ' ') && !joints.includes(text[end] ?? ' ')) return undefined;
  const from = joinedStart(text, joints, start, Math.max(floor, start - LONGEST_LOOK));
  const first = withoutPrefix(text, from, start);
  const last = joinedEnd(text, joints, end, end + LONGEST_LOOK);
  if (first === start && last === end) return undefined;
  // What is already masked is not part of an id.
  if (text[first - 1] === '>' || text[last] === '<') return undefined;
  const isPath = joints === '+/' && text[last] !== '=' && !text.slice(first, last).includes('+');
  if (isPath || !isOpaque(text, first, last, 'joined')) return undefined;
  return padded(text, first, joinedEnd(text, joints, last, text.length));
}

/** Skips the words in small letters that an id may begin with: `sk_test_…`, `upload-…`. */
function withoutPrefix(text: string, from: number, start: number): number {
  return Math.min(endOf(prefixHere, text, from), start);
}

/** Adds the padding of base64. */
function padded(text: string, start: number, end: number): Span {
  return { start, end: endOf(paddingHere, text, end) };
}

function joinedStart(text: string, joints: string, from: number, floor: number): number {
  let at = from;
  while (at > floor && (isWordAt(text, at - 1) || joints.includes(text[at - 1]!))) at -= 1;
  return at;
}

function joinedEnd(text: string, joints: string, from: number, limit: number): number {
  let at = from;
  while (at < limit && (isWordAt(text, at) || joints.includes(text[at] ?? ' '))) at += 1;
  return at;
}
