import { nameAt, suspectName } from './secret-names.ts';
import { BLANK, COLON, secretSpan } from './secret-openings.ts';
import { suspectBeginning } from './secret-tokens.ts';

// Masks credentials in free text.
//
// A text consists of words and the signs between them. It is read from sign to sign.
// - A sign may begin a secret (secret-openings.ts), mostly because of the name before it (secret-names.ts). Where the secret
//   ends is decided in secret-values.ts.
// - The word before a sign may itself be a secret (secret-words.ts): because it has the form of a token (secret-tokens.ts),
//   or because it looks random.
// The cursor only moves forward, and no long text is read twice. So the time is linear.

const mark = '***';

/** A shorter secret may occur again by chance. */
const SHORTEST_REPEATED = 8;
/** Only so many characters of a secret must occur again. So the time stays linear, whatever the text repeats. */
const LONGEST_COMPARED = 64;
/** Only so many secrets are searched for again. A message with more of them is a dump. */
const MOST_REPEATED = 16;

/** The characters of words. All others are signs. */
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

/** Masks the same secret in the rest of the text, where it has no name. Only its first characters must be the same. */
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

// A secret that is masked may change how the text next to it is read, so a masked text is read again. Two passes are enough
// for all but artificial texts. The limit keeps the time linear for those too.
const maxPasses = 4;

/**
 * Replaces the credentials in a text with `***`. It keeps what helps to recognize them: the name of the key, the scheme,
 * user and host of an address, the prefix of a token. A text without credentials stays the same, and so does a text that is
 * masked already. The time is linear in the length of the text.
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
 * The built-in masking, which then also masks all matches of these expressions, with or without the flags g and y. An empty
 * match is left alone.
 */
export function redactAlso(also: readonly RegExp[]): (text: string) => string {
  const expressions = also.map(({ source, flags }) => new RegExp(source, `${flags.replace(/[gy]/g, '')}g`));
  return (text) =>
    expressions.reduce(
      (masked, expression) => masked.replace(expression, (match) => (match === '' ? '' : mark)),
      redact(text),
    );
}

/** False if nothing in a text can announce a credential, even with other digits in its numbers. */
export function mayHoldCredentials(text: string): boolean {
  return suspectName.test(text) || suspectBeginning.test(text);
}
