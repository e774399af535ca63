import { classAt, DIGIT, isWordAt, QUOTE, wordStart } from './characters.ts';
import { isKept, isSayingField, nounKind } from './nouns.ts';
import { idPart, type Part } from './volatile-patterns.ts';

// Values that are volatile whatever they contain: ids in quotes, strings in JSON, names of persons.

/**
 * Texts in quotes that are not an id. What stands between two quoted words begins or ends like `,404,`. The parts of a
 * path, a URL, an e-mail address and a partly masked text are examined one by one.
 */
const noId = /^[,:;=)}\]/]|[,:;=({[]$|:\/\/|@|<[a-z]{2,5}>/;
const namesWithDigits = new Set(
  (
    's3 ec2 h2 h3 http1 http2 http3 ipv4 ipv6 utf8 utf-8 utf16 utf-16 latin1 iso-8859-1 windows-1252 sha1 sha-1 ' +
    'sha256 sha-256 sha384 sha-384 sha512 sha-512 md5 rs256 hs256 es256 aes-128 aes-256 x509 oauth2 base64 x86 ' +
    'x86_64 x64 arm64 amd64 win32 int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64 k8s i18n ' +
    'eth0 eth1 lo0 es5 es6 es2015 mp3 mp4 log4j log4j2 neo4j'
  ).split(' '),
);
const versionOrRegion =
  /^(?:v?\d+(?:\.(?:\d+|x))+(?:[-+][\w.+-]+)?|v\d+(?:(?:alpha|beta)\d+)?|(?:[a-z]{2}|[a-z]{4,9})(?:-[a-z]{3,12}){1,2}-?\d[a-z]?|sd[a-z]\d+)$/;
const errorCode =
  /^(?:[A-Z]\d{4,5}|TS\d{4,5}|(?:CVE|DPI|DPY|NJS|ORA|PLS|TNS)-[-\d]{3,10}|\d\d[A-Z]\d\d|HY\d{3})$/;

const blank = 0x20;
const greater = 0x3e; // ends a placeholder
const backslash = 0x5c;

/** The volatile part after the quote at `open`: the string of a JSON field, the name of a person, or an id. */
export function quotedPart(text: string, floor: number, open: number): Part | undefined {
  if (isWordAt(text, open - 1) || text.charCodeAt(open - 1) === greater) return undefined; // a closing one, or an apostrophe
  if (isJsonField(text, floor, open)) {
    if (isSayingField(text, floor, open)) return undefined;
    const end = stringEnd(text, open + 1);
    return end === open + 1 || isName(text.slice(open + 1, end))
      ? undefined
      : idPart({ start: open + 1, end });
  }
  const mark = text.charCodeAt(open);
  let close = open + 1;
  let shape = 0;
  for (let code = text.charCodeAt(close); code !== mark; code = text.charCodeAt(close)) {
    shape |= classAt(text, close);
    // There is more than one word in the quotes.
    if (close === text.length || code <= blank || (shape & QUOTE) !== 0) return undefined;
    close += 1;
  }
  const noun = nounKind(text, floor, open);
  if (isKept(noun) || (noun !== 'person' && (shape & DIGIT) === 0)) return undefined;
  const end = text.charCodeAt(close - 1) === backslash ? close - 1 : close; // quotes within a JSON string
  const word = text.slice(open + 1, end);
  return word === '' || noId.test(word) || isName(word) ? undefined : idPart({ start: open + 1, end });
}

function isJsonField(text: string, floor: number, open: number): boolean {
  if (text[open] !== '"') return false;
  const sign = text[open - 1] === ' ' ? open - 2 : open - 1;
  if (text[sign] !== ':' || sign - 1 < floor) return false;
  if (text[sign - 1] === '"') return true;
  const brace = wordStart(text, floor, sign) - 1;
  return (text[brace] === ' ' ? text[brace - 1] : text[brace]) === '{';
}

/** Where a JSON string ends. Without a closing quote, it was cut off. */
function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at;
    while (first > start && text.charCodeAt(first - 1) === backslash) first -= 1;
    if ((at - first) % 2 === 0) return at;
  }
  return text.length;
}

function isName(word: string): boolean {
  return namesWithDigits.has(word.toLowerCase()) || versionOrRegion.test(word) || errorCode.test(word);
}
