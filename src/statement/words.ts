import { shortHashOf } from './hash.ts';

/** The words of a text, for comparison. */
export interface Words {
  /** Its words without values, each once and as one character, which is a hash. */
  readonly all: string;
  /** The character of the first word; 0 if that is a value. */
  readonly first: number;
}

const MAX_WORDS = 64;
const MAX_WORD = 40;

interface Expressions {
  readonly word: RegExp;
  readonly token: RegExp;
  /** A placeholder, a digit or a quote. */
  readonly value: RegExp;
}

const NOT_ASCII = /[^\s!-~]/;
/** The expressions for ASCII texts, which need no Unicode properties. */
const asciiExpressions: Expressions = {
  word: /<[a-z0-9]+>|[\w'-]+/g,
  token: /\S+/g,
  value: /<[a-z0-9]+>|\d|^["'`]/,
};
/** Compiling them takes three milliseconds, so this is done only for a text that needs them. */
let expressions: Expressions | undefined;

function expressionsFor(text: string): Expressions {
  if (!NOT_ASCII.test(text)) return asciiExpressions;
  expressions ??= makeExpressions();
  return expressions;
}

function makeExpressions(): Expressions {
  // Scripts that do not separate words by spaces.
  const unspaced = '[\\p{sc=Han}\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Thai}]';
  return {
    word: new RegExp(`<[a-z0-9]+>|${unspaced}|[\\p{L}\\p{M}\\p{N}_'’-]+`, 'gu'),
    token: new RegExp(`${unspaced}{1,2}|\\S+`, 'gu'),
    value: /<[a-z0-9]+>|\p{N}|^["'`]/u,
  };
}

const BEGINNING = 3;

/** @param text a message whose volatile parts are masked */
export function wordsOf(text: string): Words {
  const { word: words, value } = expressionsFor(text);
  const all: number[] = [];
  let first: number | undefined;
  for (const [word] of text.matchAll(words)) {
    const hash = value.test(word) ? 0 : shortHashOf(word);
    first ??= hash;
    if (hash !== 0 && !all.includes(hash) && all.push(hash) === MAX_WORDS) break;
  }
  return { all: String.fromCharCode(...all), first: first ?? 0 };
}

/**
 * Stands for the statement of a text whose statement cannot be seen. It is the first three words, but not beyond a value or
 * a word that announces one. Values become `*`.
 */
export function beginningOf(text: string): string {
  const { token: tokens, value } = expressionsFor(text);
  const words: string[] = [];
  for (const [token] of text.matchAll(tokens)) {
    const end = token.search(/[=\uff1a]/) + 1;
    const word = value.test(token) ? '*' : token.slice(0, Math.min(end || token.length, MAX_WORD));
    words.push(word);
    if (words.length === BEGINNING || word === '*' || /[:\uff1a]$/.test(word)) break;
  }
  return words.join(' ');
}

/** The first two words, and the first one alone. They keep the text in memory. */
export function firstWordsOf(text: string): [two: string, one: string] {
  const first = text.indexOf(' ');
  const second = first === -1 ? -1 : text.indexOf(' ', first + 1);
  return [prefixOf(text, second), prefixOf(text, first)];
}

function prefixOf(text: string, end: number): string {
  return text.slice(0, Math.min(end === -1 ? text.length : end, 2 * MAX_WORD));
}
