import {
  classAt,
  DIGIT,
  digitsEnd,
  endOf,
  isAt,
  isHexAt,
  isJointAt,
  isWordAt,
  NOT_HEX,
  QUOTE,
  shapeOf,
  wordEnd,
  wordStart,
} from './characters.ts';
import { maskEmails } from './emails.ts';
import { isKept, nounKind } from './nouns.ts';
import {
  groupsEnd,
  isBehindCurrency,
  isListed,
  isLong,
  isVolatileHere,
  keptEnd,
  numeralEnd,
} from './numbers.ts';
import { maskLetterIds, opaqueSpan } from './opaque.ts';
import { podSuffix } from './pods.ts';
import { quotedPart } from './quoted.ts';
import {
  address6Part,
  groupedPart,
  idPart,
  monthPart,
  numberPattern,
  type Part,
  phonePart,
  withWeekday,
} from './volatile-patterns.ts';

// Finds the volatile parts of a message: the values that differ from one occurrence of a problem to the next.
//
// Nearly all of them contain a digit. From a digit, the search goes back to the start of its word. It then examines the
// word and its surroundings: the noun before a number says what the number is. Words consist of ASCII letters and digits
// only. What is read beyond the word is limited, so the time stays linear.

/** Every volatile part has one of these characters, except ids that happen to have no digit. */
const signs = /[0-9@?"'`]/g;

const queries = /\?(?=[\w.[\]%-]{1,64}=)[^\s"'`<>)}]*(?<![.,:;!?])/g;
/** With two dots, it is certainly a version. Its build follows. */
const versionHere = /(?:\.\d+(?![0-9A-Za-z])){2,}(?:[-+]\w[\w.+-]*)?|\.\d+(?![0-9A-Za-z])/y;
const prefixedHexHere = /0[xX][0-9A-Fa-f]{8,}(?![0-9A-Za-z])/y;
/** The rest of an id. */
const nameHere = /[-_0-9A-Za-z]*/y;
const nameBehindNumber = /[-_][0-9A-Za-z]*[A-Za-z]/y;

/** The length to which git abbreviates commits. Shorter words may be anything. */
const SHORTEST_HEX = 7;
/** Codes have fewer digits after their letters: `E11000`. */
const MANY_DIGITS_OF_NAME = 6;
const LONGEST_GROUP = 4;

const blank = 0x20;
const comma = 0x2c;
const dash = 0x2d;
const dot = 0x2e;
const plus = 0x2b;
const colon = 0x3a;
const greater = 0x3e; // ends a placeholder
const questionMark = 0x3f;
const atSign = 0x40;
const underscore = 0x5f;

/**
 * Replaces the volatile parts of a message (ids, times, durations, sizes, addresses, amounts, numbers of four digits or
 * more, and shorter ones after a noun) by placeholders such as `<uuid>`. The result is the same for two messages about the
 * same problem. Codes, versions, names with digits and plain words in quotes stay. The time is linear in the length.
 */
export function maskVolatile(message: string): string {
  return maskSigns(maskLetterIds(message), false);
}

/**
 * Masks the parts at all signs. `isReady` is true once the text was searched for parts that begin long before their sign.
 */
function maskSigns(text: string, isReady: boolean): string {
  let masked = '';
  let done = 0;
  let numberEnd = -1;
  signs.lastIndex = 0;
  while (signs.test(text)) {
    const at = signs.lastIndex - 1;
    const code = text.charCodeAt(at);
    if ((code === atSign || code === questionMark) && !isReady) {
      return maskSigns(maskQueries(maskEmails(text)), true);
    }
    const found = partAt(text, done, numberEnd, at);
    if (typeof found === 'number') {
      signs.lastIndex = found;
      continue;
    }
    masked += text.slice(done, found.start) + found.placeholder;
    done = found.end;
    numberEnd = found.placeholder === '<num>' ? done : -1;
    signs.lastIndex = done;
  }
  return done === 0 ? text : masked + text.slice(done);
}

function maskQueries(text: string): string {
  return text.includes('?') ? text.replace(queries, '?<query>') : text;
}

/** What is found at a sign: a volatile part, or where to continue. */
type Found = Part | number;

/**
 * The volatile part at the sign at a position. Everything before `floor` is done. `previousEnd` is where the last part
 * ends, if that is a number.
 */
function partAt(text: string, floor: number, previousEnd: number, at: number): Found {
  const kind = classAt(text, at);
  if (kind !== DIGIT) return ((kind & QUOTE) === 0 ? undefined : quotedPart(text, floor, at)) ?? at + 1;
  const start = wordStart(text, floor, at);
  const digits = digitsEnd(text, at);
  const end = wordEnd(text, digits);
  const found =
    end - start === digits - at
      ? numberAt(text, floor, previousEnd, start, end)
      : (mixedAt(text, floor, start, at, digits, end) ?? end);
  return found === end && text.charCodeAt(end) === dot ? endOf(versionHere, text, end) : found;
}

function numberAt(text: string, floor: number, previousEnd: number, start: number, end: number): Found {
  const pattern = partOfMore(text, floor, start, end);
  if (pattern !== undefined) return pattern;
  const noun = nounKind(text, floor, start);
  if (isKept(noun)) return keptEnd(text, end);
  const date = noun === 'month' ? monthPart(text, floor, start) : undefined;
  if (date !== undefined) return date;
  const isNamed = noun === 'thing' || noun === 'person';
  const behind = text.charCodeAt(end);
  if (isNamed && (behind === dash || behind === underscore) && isAt(nameBehindNumber, text, end)) {
    return idPart({ start, end: endOf(nameHere, text, end) });
  }
  const last = behind === dot || behind === comma ? numeralEnd(text, start) : end;
  if (last === start) return end;
  const isVolatile =
    isLong(text, start, last) ||
    (!isListed(text, last) &&
      (isNamed ||
        noun === 'currency' ||
        isVolatileHere(text, floor, signStart(text, floor, start), last, previousEnd)));
  return isVolatile ? signed(text, floor, { start, end: last, placeholder: '<num>' }) : end;
}

/** The part that a number belongs to or begins. Most numbers stand alone. */
function partOfMore(text: string, floor: number, start: number, end: number): Part | undefined {
  const isBehind = isJointAt(text, end);
  if (isBehind || text.charCodeAt(end) === blank) {
    const pattern = patternAt(text, floor, start, end, isBehind ? groupsEnd(text, end) : end);
    if (pattern !== undefined) return signed(text, floor, pattern);
  }
  if (!isBehind && !isJointAt(text, start - 1)) return undefined;
  const joined = joinedPart(text, floor, start, end) ?? podPart(text, floor, start);
  if (joined !== undefined) return signed(text, floor, joined);
  return isBehindCurrency(text, start)
    ? { start, end: groupsEnd(text, end), placeholder: '<num>' }
    : undefined;
}

/** The part at a word with letters and digits. Its first digits are those from `first` to `digits`. */
function mixedAt(
  text: string,
  floor: number,
  start: number,
  first: number,
  digits: number,
  end: number,
): Part | undefined {
  const shape = shapeOf(text, start, end);
  const isHex = (shape & NOT_HEX) === 0;
  const joined = (isHex ? joinedPart(text, floor, start, end) : undefined) ?? podPart(text, floor, start);
  if (joined !== undefined) return joined;
  if (
    (isHex && end - start >= SHORTEST_HEX) ||
    (digits === start + 1 && isAt(prefixedHexHere, text, start))
  ) {
    return isKept(nounKind(text, floor, start)) ? undefined : { start, end, placeholder: '<hex>' };
  }
  const pattern = first === start ? patternAt(text, floor, start, digits, digits) : undefined;
  if (pattern !== undefined) return signed(text, floor, pattern);
  const span = opaqueSpan(text, floor, start, end, shape);
  if (span !== undefined) return idPart(span);
  if (digits < end || first === start) {
    const noun = nounKind(text, floor, start);
    return noun === 'thing' || noun === 'person'
      ? idPart({ start, end: endOf(nameHere, text, end) })
      : undefined;
  }
  // A name that ends in a number: `sda1`.
  return digits - first >= MANY_DIGITS_OF_NAME ? { start: first, end, placeholder: '<num>' } : undefined;
}

/** The suffix of the name of a pod. */
function podPart(text: string, floor: number, start: number): Part | undefined {
  const span = text.charCodeAt(start - 1) === dash ? podSuffix(text, floor, start) : undefined;
  return span === undefined ? undefined : idPart(span);
}

function patternAt(text: string, floor: number, start: number, end: number, stop: number): Part | undefined {
  const part = numberPattern(text, start, end, stop);
  if (part?.placeholder === '<ip>' && text.charCodeAt(start - 1) === colon) {
    return address6Part(text, floor, start) ?? part;
  }
  return part?.placeholder === '<time>' && text.charCodeAt(start - 1) === blank
    ? withWeekday(text, floor, part)
    : part;
}

/** A part that is joined by colons, dashes or a plus sign. The word may be any piece of it. */
function joinedPart(text: string, floor: number, start: number, end: number): Part | undefined {
  const before = text.charCodeAt(start - 1);
  const behind = text.charCodeAt(end);
  const isJoined = isJoint(text, before, start - 2) || isJoint(text, behind, end + 1);
  const hasColon = before === colon || behind === colon;
  return (
    (isJoined && hasColon && end - start <= LONGEST_GROUP ? address6Part(text, floor, start) : undefined) ??
    (isJoined ? groupedPart(text, floor, start, end) : undefined) ??
    (before === plus ? phonePart(text, start) : undefined)
  );
}

/** Whether a sign joins a word with another hexadecimal one, or is doubled. */
function isJoint(text: string, sign: number, next: number): boolean {
  return (sign === colon || sign === dash) && (isHexAt(text, next) || text.charCodeAt(next) === sign);
}

/** A part together with the sign before it. */
function signed(text: string, floor: number, part: Part): Part {
  const start = signStart(text, floor, part.start);
  return start === part.start ? part : { ...part, start };
}

/** Where the sign before a number is, or where the number begins if it has none. */
function signStart(text: string, floor: number, start: number): number {
  const sign = text.charCodeAt(start - 1);
  const isSigned = (sign === dash || sign === plus) && start > floor && !isNameEnd(text, start - 2);
  return isSigned ? start - 1 : start;
}

/** Whether a word or a placeholder ends at a position. */
function isNameEnd(text: string, at: number): boolean {
  return isWordAt(text, at) || text.charCodeAt(at) === greater;
}
