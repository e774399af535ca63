// Classes of ASCII characters, as bits. The bits of all characters of a word together describe the word.

export const DIGIT = 1;
/** A to F. */
const UPPER_HEX = 2;
/** G to Z. */
const UPPER = 4;
/** a to f. */
const LOWER_HEX = 8;
/** g to z. */
const LOWER = 16;
export const QUOTE = 32;
/** Characters that may stand between a noun and its number. */
export const GAP = 64;
/** Characters that make a number part of something else. */
export const JOINT = 128;

export const ANY_UPPER: number = UPPER_HEX | UPPER;
export const ANY_LOWER: number = LOWER_HEX | LOWER;
export const LETTER: number = ANY_UPPER | ANY_LOWER;
/** Letters that a hexadecimal number does not have. */
export const NOT_HEX: number = UPPER | LOWER;
const WORD = DIGIT | LETTER;

const classes = new Uint8Array(128);
for (const [members, bit] of [
  ['0123456789', DIGIT],
  ['ABCDEF', UPPER_HEX],
  ['GHIJKLMNOPQRSTUVWXYZ', UPPER],
  ['abcdef', LOWER_HEX],
  ['ghijklmnopqrstuvwxyz', LOWER],
  ['"\'`', QUOTE | GAP],
  [' =#([_\\', GAP],
  ['-:/.', GAP | JOINT],
  [',+%)$', JOINT],
] as const) {
  for (const member of members) classes[member.charCodeAt(0)] = bit;
}

/** The half-open range of a part within a text. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** The class of a character; 0 for all others and outside the text. */
export function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? classes[code]! : 0;
}

/**
 * Whether a character can make an adjacent number part of something else. This includes the signs of units that are not
 * ASCII.
 */
export function isJointAt(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  return code < 128 ? (classes[code]! & JOINT) !== 0 : code >= 128;
}

/** Whether a character is an ASCII letter or digit. Words consist of these. */
export function isWordAt(text: string, at: number): boolean {
  return (classAt(text, at) & WORD) !== 0;
}

export function isDigitAt(text: string, at: number): boolean {
  return classAt(text, at) === DIGIT;
}

export function isHexAt(text: string, at: number): boolean {
  const kind = classAt(text, at);
  return (kind & WORD) !== 0 && (kind & NOT_HEX) === 0;
}

/** Where the word of a character begins. Nothing before `floor` is read. */
export function wordStart(text: string, floor: number, at: number): number {
  let start = at;
  while (start > floor && isWordAt(text, start - 1)) start -= 1;
  return start;
}

export function wordEnd(text: string, at: number): number {
  let end = at;
  while (isWordAt(text, end)) end += 1;
  return end;
}

export function digitsEnd(text: string, at: number): number {
  let end = at;
  while (isDigitAt(text, end)) end += 1;
  return end;
}

/** The classes of all characters from `start` to `end`. */
export function shapeOf(text: string, start: number, end: number): number {
  let shape = 0;
  for (let at = start; at < end; at += 1) shape |= classAt(text, at);
  return shape;
}

/** Whether a sticky expression matches at a position. */
export function isAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

/** Where the match of a sticky expression at a position ends; the position itself if there is none. */
export function endOf(expression: RegExp, text: string, at: number): number {
  expression.lastIndex = at;
  return expression.test(text) ? expression.lastIndex : at;
}
