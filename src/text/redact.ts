import { encoded, opening, userInfo } from './secret-opening.ts';

// Masks credentials in free text.
//
// One regular expression finds what stands right before a secret (a key and its separator, `scheme://user:`, the
// known prefix of a token …). Its alternatives begin with a rare character and look back from there, which makes
// the common message, one without any secret, cheap. Small functions then say where the secret begins and ends.
// The cursor only moves forward and nothing long is looked at twice, so the time stays linear.

const mark = '***';

/** The half-open range of one secret within the text. */
interface Span {
  readonly start: number;
  readonly end: number;
}

const userInfoHere = new RegExp(userInfo, 'y');
const tokenHere = /[-\w+/=]+(?:\.[-\w+/=]{2,})*/y;
const credentialsHere = /[-\w+/.~]+={0,2}/y;
const pathHere = /[-\w/%]+/y;
const elementHere = /[^<]+(?=<\/)/y;
const blanksHere = /[=>]*[ \t]*(?:[|>][-+]?[ \t]*\r?\n[ \t]+)?/y;
const quoteHere = /(\\*)(["'`])/y;
const schemeHere =
  /(?:api-?key|basic|bearer|digest|dpop|hawk|jwt|negotiate|ntlm|oauth|ssws|token|aws4-[-\w]+|scram-[-\w]+)[ \t]+/iy;
const encodedBlanksHere = new RegExp(
  `(?:${encoded}2[027]|\\+)*(?:(?:basic|bearer|token)(?:${encoded}20|\\+)+)?`,
  'iy',
);
/** Values that are encoded so many times more than once: what is encoded once more does not end them. */
const encodedValuesHere = [0, 1, 2, 3].map(
  (depth) => new RegExp(`(?:[-\\w.~!*+/=]|%(?!(?:25){0,${depth}}(?:0[ad]|2[026]|3b)))+`, 'iy'),
);
const parameterHere = /[-\w]{1,40}=/y;
const cookieHere = /[^\s=;,"']{1,128}=/y;

// What cannot be a secret: nothing, a reference to one, something masked before.
const noSecretHere = new RegExp(
  `\\[?\\*{3}|(?:${[
    'true|false|null|nil|none|undefined|nan|yes|no|on|off|include|omit|same-origin',
    '<[a-z_ -]{1,30}>|\\(nil\\)',
    '\\[(?:array|asyncfunction|circular|class|filtered|function|getter|hidden|masked|object|redacted|symbol)\\b[^\\]\\n]{0,40}\\]',
    '\\$\\{[^}\\n]{0,80}\\}|\\$\\([^)\\n]{0,80}\\)|\\{\\{[^}\\n]{0,80}\\}\\}|%[sdvqoj]',
  ].join('|')})(?=[\\s"'\`,;&)\\]}>\\\\.]|$)`,
  'iy',
);

// How a sentence goes on behind `password:`. A secret equal to one of these words would guard nothing.
const sentenceHere =
  /(?:a|an|and|are|at|authentication|authorization|be|been|but|by|can|can't|cannot|contains?|could|denied|does|doesn't|empty|exceeds?|expired|failed|field|flag|for|format|found|from|has|have|if|in|incorrect|invalid|is|isn't|it|length|malformed|may|mismatch|missing|must|needs?|no|not|of|ok|on|option|or|parameter|please|refresh|rejected|required|requires|revoked|should|signature|the|this|to|token|too|unauthorized|undefined|unexpected|unknown|unsupported|use|used|using|validation|value|was|were|when|will|with|without|wrong)(?![-\w@#$%^*+=!])/iy;
const moreWordsHere = /[ \t]+[a-z][a-z']*(?![-\w.]*[:=])/iy;

// Longer than any password, short enough to be looked through at every colon.
const maxEncodedPassword = 256;

// Where a value without quotes ends. A comma, an ampersand, a bracket or a quote may as well be part of a
// password: they end it only if what follows says so.
const bareEnd = new RegExp(
  [
    '[\\s;]',
    ',(?=[\\s"\'`]|$|[-\\w.]{1,40}[:=])',
    '&(?=$|[-\\w.[\\]%$]{1,64}=)',
    '[)\\]}>](?=[\\s"\'`.,;:)\\]}>\\\\]|$)',
    '["\'`](?=[\\s,;:.)\\]}>\\\\]|$)',
    '\\\\(?=[nrt"\'`\\\\])',
  ].join('|'),
  'g',
);
const lineEnd = /[\r\n]|\\[rn]/g;
const pemEnd = /-{4,5} ?END /g;

/** Whether a sticky expression matches at a position. */
function isAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

/** The end of what a sticky expression matches at a position, or the position itself. */
function endOf(expression: RegExp, text: string, at: number): number {
  return isAt(expression, text, at) ? expression.lastIndex : at;
}

/** The position of the next match of a global expression, or the end of the text. */
function next(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.exec(text)?.index ?? text.length;
}

/**
 * Where a quoted value ends. With `depth` backslashes before the opening quote (a string within a string) the
 * closing one has as many, apart from escaped backslashes the value itself ends in.
 */
function quotedEnd(text: string, from: number, quote: string, depth: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let start = at;
    while (start > from && text[start - 1] === '\\') {
      start -= 1;
    }
    if ((at - start) % (2 * depth + 2) === depth) {
      return at - depth;
    }
  }
  return next(lineEnd, text, from); // cut off, or a mere apostrophe
}

/** Whether the words behind `password: ` read as a sentence about the password. */
function isSentence(text: string, start: number, end: number): boolean {
  if (end - start < 3 || isAt(sentenceHere, text, start)) {
    return true;
  }
  if (!isAt(moreWordsHere, text, end)) {
    return false;
  }
  const word = text.slice(start, end).replace(/[!?.:]{1,3}$/, '');
  return !(/[!#$%^*+=~@&?]/.test(word) || (word.length > 4 && /\d/.test(word) && /[a-z]/i.test(word)));
}

/** A header that holds several parameters is secret up to the end of the line, or of the string it stands in. */
function headerSpan(text: string, from: number, name: string, before: string): Span | undefined {
  const isCookie = /cookie$/i.test(name);
  const start = isCookie ? from : endOf(schemeHere, text, from);
  if (isCookie ? !isAt(cookieHere, text, start) : start === from || !isAt(parameterHere, text, start)) {
    return undefined;
  }
  return {
    start,
    end: before === '"' || before === "'" ? quotedEnd(text, start, before, 0) : next(lineEnd, text, start),
  };
}

/** The secret that follows a name, its separator being right before `from`. */
function valueSpan(
  text: string,
  from: number,
  separator: string,
  name: string,
  before: string,
): Span | undefined {
  let start = endOf(blanksHere, text, from);
  if (isAt(noSecretHere, text, start) || text[start] === '{') {
    return undefined; // the keys of an object are looked at one by one
  }
  if (text[start] === '[') {
    const close = text.indexOf(']', start);
    return { start: start + 1, end: close === -1 ? next(lineEnd, text, start) : close };
  }
  quoteHere.lastIndex = start;
  const quote = quoteHere.exec(text);
  if (quote !== null) {
    start = endOf(schemeHere, text, quoteHere.lastIndex);
    if (isAt(noSecretHere, text, start) || (separator === '-' && text[start] === '-')) {
      return undefined;
    }
    return { start, end: quotedEnd(text, start, quote[2]!, quote[1]!.length) };
  }
  if (/(?:authorization|cookie)$/i.test(name)) {
    const header = headerSpan(text, start, name, before);
    if (header !== undefined) {
      return header;
    }
  }
  const scheme = endOf(schemeHere, text, start);
  if (scheme > start) {
    const innocent = isAt(noSecretHere, text, scheme) || isAt(sentenceHere, text, scheme);
    return innocent ? undefined : { start: scheme, end: next(bareEnd, text, scheme) };
  }
  if (/pwd$/i.test(name) && text[start] === '/') {
    return undefined; // PWD=/app is the working directory
  }
  const end = next(bareEnd, text, start);
  if (separator === '-') {
    return text[start] === '-' || isAt(sentenceHere, text, start) ? undefined : { start, end };
  }
  if (separator === ':' && start > from && (before === '/' || isSentence(text, start, end))) {
    return undefined; // `open /var/run/token: no such file` is about a file
  }
  if (/(?:^|[^a-z])pass$/i.test(name) && end - start < 5 && /^\d+$/.test(text.slice(start, end))) {
    return undefined; // `pass=12 fail=0` counts tests
  }
  return { start, end };
}

/** The secret that follows an encoded separator, up to the next encoded quote, blank, `&` or `;`. */
function encodedSpan(text: string, from: number, separator: string): Span | undefined {
  const start = endOf(encodedBlanksHere, text, from);
  const encodedValueHere = encodedValuesHere[(separator.length - 3) / 2]!;
  return isAt(noSecretHere, text, start) ? undefined : { start, end: endOf(encodedValueHere, text, start) };
}

/** The password of an encoded address: up to the `@`, which is encoded as often as the colon before it. */
function encodedUserSpan(text: string, start: number, colon: string): Span | undefined {
  const length = text.slice(start, start + maxEncodedPassword).search(/[\s&"'<>]|$/);
  const at = text.slice(start, start + length).indexOf(`${colon.slice(0, -2)}40`);
  return at === -1 ? undefined : { start, end: start + at };
}

/** What follows `Bearer ` or `Basic ` without a header in front, unless it is a mere word. */
function schemeSpan(text: string, start: number, scheme: string): Span | undefined {
  const end = endOf(credentialsHere, text, start);
  const value = text.slice(start, end);
  const isSecret = /^basic/i.test(scheme)
    ? value.length >= 8 && /\d|=|[a-z][A-Z]/.test(value) && Buffer.from(value, 'base64').includes(':')
    : value.length >= 20 || (value.length >= 8 && /\d/.test(value));
  return isSecret ? { start, end } : undefined;
}

/** The secret behind an opening, if there is one. */
function secretSpan(
  text: string,
  start: number,
  groups: Record<string, string | undefined>,
): Span | undefined {
  if (groups.encodedUser !== undefined) {
    return encodedUserSpan(text, start, groups.encodedUser);
  }
  if (groups.separator?.startsWith('%')) {
    return encodedSpan(text, start, groups.separator);
  }
  if (groups.separator !== undefined) {
    return valueSpan(text, start, groups.separator, groups.name ?? '', groups.before ?? '');
  }
  if (groups.flag !== undefined) {
    return valueSpan(text, start, '-', '', '');
  }
  if (groups.scheme !== undefined) {
    return schemeSpan(text, start, groups.scheme);
  }
  if (groups.userInfo !== undefined) {
    return { start, end: endOf(userInfoHere, text, start) };
  }
  if (groups.user !== undefined) {
    const end = text.indexOf('@', start);
    return /\d/.test(text.slice(start, end)) ? { start, end } : undefined;
  }
  if (groups.untilAt !== undefined) {
    return { start, end: text.indexOf('@', start) };
  }
  if (groups.sql !== undefined) {
    return { start, end: quotedEnd(text, start, "'", 0) };
  }
  if (groups.element !== undefined) {
    return { start, end: endOf(elementHere, text, start) };
  }
  if (groups.path !== undefined) {
    return { start, end: endOf(pathHere, text, start) };
  }
  if (groups.pem !== undefined) {
    return { start, end: next(pemEnd, text, start) };
  }
  return { start, end: endOf(tokenHere, text, start) };
}

function redactOnce(text: string): string {
  let masked = '';
  let kept = 0;
  opening.lastIndex = 0;
  for (let match = opening.exec(text); match !== null; match = opening.exec(text)) {
    const start = opening.lastIndex;
    const span = secretSpan(text, start, match.groups ?? {});
    opening.lastIndex = start;
    if (span !== undefined && span.end > span.start) {
      masked += text.slice(kept, span.start) + mark;
      kept = span.end;
      opening.lastIndex = kept;
    }
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

/** False for a text that has nothing that comes before a credential, nor would with other numbers. */
export function mayHoldCredentials(text: string): boolean {
  opening.lastIndex = 0;
  return opening.test(text);
}

/**
 * Compiles the expressions, which takes milliseconds, before there is a record to wait for it. With a text of a thousand
 * characters V8 goes to machine code at once, without bytecode first: 2 ms instead of 7.
 */
export function prepareRedact(): void {
  redact(' '.repeat(1_000));
}
