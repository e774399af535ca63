import { nameAt, suspectName } from './secret-names.ts';
import { BLANK, COLON, secretSpan } from './secret-openings.ts';
import { suspectBeginning } from './secret-tokens.ts';

// Masks credentials in free text.
//
// The text is gone through sign by sign: a sign may open a secret (secret-openings.ts), by the name before it
// (secret-names.ts), and secret-values.ts says where that ends; or the word before the sign is one (secret-words.ts), by the
// form of a token (secret-tokens.ts) or by chance. The cursor only moves forward and nothing long is looked at twice, so the
// time stays linear.

const mark = '***';

/** A secret of fewer characters may be found again by chance. */
const SHORTEST_REPEATED = 8;
/** More of a secret is not compared: the time stays linear whatever the text repeats. */
const LONGEST_COMPARED = 64;
/** More secrets are not looked for again: a message that holds as many is a dump. */
const MOST_REPEATED = 16;

/** What words are made of; everything else is a sign. */
const inWord = new Uint8Array(128);
for (const character of 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.+/~')
  inWord[character.charCodeAt(0)] = 1;

function redactOnce(text: string): string {
  const { length } = text;
  let secrets: Set<string> | undefined;
  let masked = '';
  let kept = 0;
  let word = 0;
  let isInAddress = false;
  for (let at = 0; at <= length; at += 1) {
    const sign = at < length ? text.charCodeAt(at) : BLANK;
    if (sign < 128 && inWord[sign] === 1) continue;
    if (sign <= BLANK) isInAddress = false;
    const span = secretSpan(text, word, at, sign, isInAddress);
    word = at + 1;
    if (sign === COLON && (text[word] === '/' || text[word] === '\\')) isInAddress = true;
    if (span === undefined || span.end <= span.start || span.start < kept) continue;
    masked += text.slice(kept, span.start) + mark;
    kept = span.end;
    secrets ??= new Set();
    if (secrets.size < MOST_REPEATED) secrets.add(text.slice(span.start, span.end));
    word = kept;
    at = kept - 1;
  }
  if (secrets === undefined) return text;
  masked += text.slice(kept);
  for (const secret of secrets) masked = maskAgain(masked, secret);
  return masked;
}

/** The same secret once more, without a name: what has as many first characters in common counts as the same. */
function maskAgain(text: string, secret: string): string {
  if (
    secret.length < SHORTEST_REPEATED ||
    secret.includes(mark) ||
    nameAt(secret, secret.length) !== undefined
  )
    return text;
  const head = secret.slice(0, LONGEST_COMPARED);
  const isWord = /^[a-z]+$/i.test(secret);
  let masked = '';
  let kept = 0;
  for (let at = text.indexOf(head); at !== -1; at = text.indexOf(head, Math.max(kept, at + 1))) {
    let end = at + head.length;
    while (end - at < secret.length && text[end] === secret[end - at]) end += 1;
    if (isWord && /\w/.test(`${text[at - 1] ?? ' '}${text[end] ?? ' '}`)) continue;
    masked += text.slice(kept, at) + mark;
    kept = end;
  }
  return kept === 0 ? text : masked + text.slice(kept);
}

// A masked secret changes what its neighbours look like, so a masked text is looked at again. Twice is enough for
// all but a made-up text; the limit keeps the time linear for that one too.
const maxPasses = 4;

/**
 * Replaces the credentials in a text by `***` and leaves what helps to recognise them: the name of the key, the
 * scheme, user and host of an address, the prefix of a token. A text without any comes back unchanged, and so
 * does one that is masked already. The time is linear in the length of the text.
 */
export function redact(text: string): string {
  let masked = redactOnce(text);
  for (let before = text, passes = 1; masked !== before && passes < maxPasses; passes += 1) {
    before = masked;
    masked = redactOnce(before);
  }
  return masked;
}

/**
 * The built-in masking, and what the expressions match masked too: each match of each, whether they have the flags g and y
 * or not. What they match with no characters is left.
 */
export function redactAlso(also: readonly RegExp[]): (text: string) => string {
  const expressions = also.map(({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`));
  return (text) =>
    expressions.reduce(
      (masked, expression) => masked.replace(expression, (match) => (match === '' ? '' : mark)),
      redact(text),
    );
}

/** False for a text that has nothing that comes before a credential, nor would with other numbers. */
export function mayHoldCredentials(text: string): boolean {
  return suspectName.test(text) || suspectBeginning.test(text);
}

/**
 * Compiles the expressions, which takes milliseconds, before there is a record to wait for it. With a text of a thousand
 * characters V8 goes to machine code at once, without bytecode first.
 */
export function prepareRedact(): void {
  redact(`${' '.repeat(1_000)}://a:b password: c --password d`);
}
