import { ANY_LOWER, ANY_UPPER, classAt, DIGIT, isAt, LETTER, type Span, wordEnd } from './characters.ts';
import { isOpaque } from './opaque.ts';
import { isBehindSecretWord } from './secret-names.ts';
import { formSpan, tokenSpan } from './secret-tokens.ts';
import { isStandIn } from './secret-values.ts';

// Long words that are secrets by themselves: tokens, and random values after a name.

const PERCENT = 0x25;
const BACKSLASH = 0x5c;
/** The parts of a UUID and the hashes in names of pods are shorter than this. */
const SHORTEST_RUN = 16;

/** What may follow a value that looks random. If something else follows, the value goes on. */
const chanceEndHere = /={0,2}(?:(?=[\s"'`,;)\]}>&|<\\])|(?=[.:!?](?:\s|$))|$)/y;

/** The span of a token that begins inside a long word, or of the whole word. */
export function wordSpan(text: string, word: number, at: number): Span | undefined {
  // In `\nghp_…` and `%3Dghp_…`, the n and the 3D are not part of the token. Neither are digits before it.
  const sign = text.charCodeAt(word - 1);
  let token = sign === BACKSLASH ? tokenSpan(text, word + 1) : undefined;
  if (sign === PERCENT) token = tokenSpan(text, word + 2);
  let shape = 0;
  let run = 0;
  let runShape = 0;
  let mayBeChance = false;
  for (let part = word, last = 0; part < at && token === undefined; part += 1) {
    const kind = classAt(text, part) & (LETTER | DIGIT);
    if (last === 0 ? kind !== 0 : last === DIGIT && kind > DIGIT) token = tokenSpan(text, part);
    run = kind === 0 ? 0 : run + 1;
    runShape = kind === 0 ? 0 : runShape | kind;
    if (run >= SHORTEST_RUN && runShape > DIGIT && (runShape & DIGIT) !== 0) mayBeChance = true;
    shape |= kind;
    last = kind;
  }
  const hasBothCases = (shape & DIGIT) !== 0 && (shape & ANY_UPPER) !== 0 && (shape & ANY_LOWER) !== 0;
  if (token === undefined && !hasBothCases && !mayBeChance) return undefined;
  token ??= formSpan(text, word, at);
  if (token !== undefined) return isStandIn(text, token.start) ? undefined : token;
  return chanceSpan(text, word, at, hasBothCases);
}

/** The span of a value that looks random, if a word before it says that it is a secret. */
function chanceSpan(text: string, start: number, wordEnds: number, hasBothCases: boolean): Span | undefined {
  let end = wordEnds;
  while (text[end - 1] === '.') end -= 1;
  if (!isAt(chanceEndHere, text, end)) return undefined;
  end = chanceEndHere.lastIndex;
  const value = text.slice(start, end);
  // Paths begin with a slash. The names of hosts, files and packages have dots.
  if (value.startsWith('/') || value.includes('.') || isStandIn(text, start)) return undefined;
  const isChance = (hasBothCases && isOpaque(text, start, end, 'joined')) || hasOpaqueWord(text, start, end);
  return isChance && isBehindSecretWord(text, start, value) ? { start, end } : undefined;
}

function hasOpaqueWord(text: string, start: number, end: number): boolean {
  for (let at = start; at < end; at = wordEnd(text, at) + 1) {
    if (isOpaque(text, at, wordEnd(text, at), 'word')) return true;
  }
  return false;
}
