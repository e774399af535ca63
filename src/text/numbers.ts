import { DIGIT, digitsEnd, endOf, isAt, isDigitAt, isWordAt, shapeOf } from './characters.ts';
import { isPort } from './volatile-patterns.ts';

// Decides whether a number is volatile. A number of four digits or more is, unless the noun before it announces a code. A
// shorter one is not, because it is a code, a count or part of a name, unless its surroundings say otherwise.

const MANY_DIGITS = 4;

const numeralHere = /(?:\d{1,3}(?:,\d{3}){1,8}(?!\d)|\d+)(?:\.\d+)?(?!\.[\d<])(?![0-9A-Za-z])/y;
const keptHere = /(?:[-./,:]\d+(?![0-9A-Za-z]))*/y;
const joinHere = /(?: ?[-/] ?|:| of | out of )(?=\d)/y;
const LONGEST_JOIN = 8;
const ratioHere = /(?:\/| \/ )\d{1,9}(?![\w./-])/y;
const extensionHere = /\.[A-Za-z][0-9A-Za-z]{1,4}(?![\w.<])/y;
const MOST_GROUPS = 8;

const blank = 0x20;
const quote = 0x22;
const dollar = 0x24;
const parenthesis = 0x28;
const comma = 0x2c;
const dash = 0x2d;
const dot = 0x2e;
const slash = 0x2f;
const colon = 0x3a;
const exclamation = 0x21;
const less = 0x3c;
const greater = 0x3e;
const equals = 0x3d;
const backslash = 0x5c;
const LAST_ASCII = 0x7f;
const currencySigns = new Set([...'€£¥₹₩'].map((sign) => sign.charCodeAt(0)));

/** Where a number ends whose first digits end at `end`, with the groups of digits after dots and commas. */
export function groupsEnd(text: string, end: number): number {
  let stop = end;
  let dots = 0;
  for (let groups = 0; groups < MOST_GROUPS; groups += 1) {
    const sign = text.charCodeAt(stop);
    if (sign === dot) dots += 1;
    // After an address or a version, a comma separates the items of a list.
    else if (sign !== comma || dots > 1) break;
    if (!isDigitAt(text, stop + 1)) break;
    stop = digitsEnd(text, stop + 1);
  }
  return stop;
}

/** Where a number ends, with its fraction and the commas between thousands; `start` if it is a version. */
export function numeralEnd(text: string, start: number): number {
  return endOf(numeralHere, text, start);
}

/** Where a code ends, with what is joined to it: `ISO-8859-1`, `shard 1/3`. */
export function keptEnd(text: string, end: number): number {
  return endOf(keptHere, text, end);
}

/** Whether a number has so many digits that it is volatile everywhere. */
export function isLong(text: string, start: number, end: number): boolean {
  const length = end - start;
  if (length <= MANY_DIGITS) return length === MANY_DIGITS && shapeOf(text, start, end) === DIGIT;
  return true;
}

export function isBehindCurrency(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  return before === dollar || (before > LAST_ASCII && currencySigns.has(before));
}

/** Whether a number is in a list without spaces: `80,443`. */
export function isListed(text: string, end: number): boolean {
  return text.charCodeAt(end) === comma && (isDigitAt(text, end + 1) || text.charCodeAt(end + 1) === less);
}

/**
 * Whether a short number is volatile because of its surroundings. Everything before `floor` is done. `previousEnd` is where
 * the number before it ends, if that one was masked.
 */
export function isVolatileHere(
  text: string,
  floor: number,
  start: number,
  end: number,
  previousEnd: number,
): boolean {
  const behind = text.charCodeAt(end);
  const isRatio = behind === slash || (behind === blank && text.charCodeAt(end + 1) === slash);
  return (
    isValue(text, floor, start, end) ||
    (previousEnd >= 0 &&
      start - previousEnd <= LONGEST_JOIN &&
      endOf(joinHere, text, previousEnd) === start) ||
    (isRatio && !isNameBefore(text, start) && isAt(ratioHere, text, end))
  );
}

function isNameBefore(text: string, start: number): boolean {
  const before = text.charCodeAt(start - 1);
  return before === slash || before === dot || before === backslash || before === dash || before === colon;
}

/** Whether the character before it shows that it is a value. */
function isValue(text: string, floor: number, start: number, end: number): boolean {
  const before = text.charCodeAt(start - 1);
  if (before === slash || before === backslash) return isInPath(text, floor, start, end);
  const at = before === blank || before === parenthesis ? start - 2 : start - 1;
  const sign = text.charCodeAt(at);
  if (sign === equals) return !isComparison(text.charCodeAt(at - 1));
  return sign === colon && (text.charCodeAt(at - 1) === quote || isPort(text, start));
}

function isComparison(before: number): boolean {
  return before === less || before === greater || before === exclamation;
}

/** Whether it is a whole segment of a path, or the name of a file without its extension. */
function isInPath(text: string, floor: number, start: number, end: number): boolean {
  const behind = text.charCodeAt(end);
  const isFile = behind === dot && isAt(extensionHere, text, end);
  if (
    isFile ||
    behind === dash ||
    (behind === dot && isWordAt(text, end + 1)) ||
    '_%~'.includes(text[end] ?? ' ')
  ) {
    return isFile;
  }
  let at = start - 2;
  while (at >= floor && (isWordAt(text, at) || '-_.~%+@'.includes(text[at]!))) at -= 1;
  const before = text.charCodeAt(at);
  return at === start - 2 || (at < floor && floor > 0) || before === slash || before === backslash;
}
