import { shortHashOf } from './hash.ts';

/** What a text is judged by. */
export interface Words {
  /** Its words, each once and as one character: a hash. Values are left out. */
  readonly all: string;
  /** The character of the first word; 0: a value. */
  readonly first: number;
}

const MAX_WORDS = 64;
const MAX_WORD = 40;
/** Scripts without blanks between words. */
const UNSPACED = '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}]';
const WORD = new RegExp(`<[a-z0-9]+>|${UNSPACED}|[\\p{L}\\p{M}\\p{N}_'’-]+`, 'gu');
const TOKEN = new RegExp(`${UNSPACED}{1,2}|\\S+`, 'gu');
/** A placeholder, a digit, a quote. */
const VALUE = /<[a-z0-9]+>|\p{N}|^["'`]/u;
const BEGINNING = 3;

/** @param text a message whose volatile parts are masked */
export function wordsOf(text: string): Words {
  const all: number[] = [];
  let first: number | undefined;
  for (const [word] of text.matchAll(WORD)) {
    const hash = VALUE.test(word) ? 0 : shortHashOf(word);
    first ??= hash;
    if (hash !== 0 && !all.includes(hash) && all.push(hash) === MAX_WORDS) break;
  }
  return { all: String.fromCharCode(...all), first: first ?? 0 };
}

/**
 * What stands for the statement of a text whose statement cannot be seen: its first three words, but not further than a
 * value or what announces one. Values are `*`.
 */
export function beginningOf(text: string): string {
  const words: string[] = [];
  for (const [token] of text.matchAll(TOKEN)) {
    const end = token.search(/[=：]/) + 1;
    const word = VALUE.test(token) ? '*' : token.slice(0, Math.min(end || token.length, MAX_WORD));
    words.push(word);
    if (words.length === BEGINNING || word === '*' || /[:：]$/.test(word)) break;
  }
  return words.join(' ');
}

/** The first two words as they stand, and the first alone; they keep the text alive. */
export function firstWordsOf(text: string): [two: string, one: string] {
  const first = text.indexOf(' ');
  const second = first === -1 ? -1 : text.indexOf(' ', first + 1);
  return [prefixOf(text, second), prefixOf(text, first)];
}

function prefixOf(text: string, end: number): string {
  return text.slice(0, Math.min(end === -1 ? text.length : end, 2 * MAX_WORD));
}
