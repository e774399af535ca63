import { endOf, isAt, type Span } from './characters.ts';
import type { SecretName } from './secret-names.ts';

// Finds where a secret begins and ends that a name, a flag or an address announces.

const blanksHere = /[=>]*[ \t]*(?:[|>][-+]?[ \t]*\r?\n[ \t]+)?/y;
/** A backtick before a blank or a comma ends a quotation: `use \`password=\`, please`. */
const quoteHere = /(\\*)(["']|`(?![\s,.;:)]|$))/y;
const schemeHere =
  /(?:api-?key|basic|bearer|digest|dpop|hawk|jwt|negotiate|ntlm|oauth|ssws|token|aws4-[-\w]+|scram-[-\w]+)[ \t]+/iy;
const parameterHere = /[-\w]{1,40}=/y;
const cookieHere = /[^\s=;,"']{1,128}=/y;
const bracedHere = /\{[^{}"':=\s]{1,128}\}/y;

const valueEnd = '(?=[\\s"\'`,;&)\\]}>\\\\.@]|$)';
/** Values that cannot be a secret: words for nothing, and values that are masked already. */
const nothingHere = new RegExp(
  `\\[?\\*{3}|(?:${[
    'true|false|null|nil|none|undefined|nan|yes|no|on|off|include|omit|same-origin|\\(nil\\)|\\.{3}|…',
    '\\[(?:array|asyncfunction|circular|class|filtered|function|getter|hidden|masked|object|redacted|symbol)\\b[^\\]\\n]{0,40}\\]',
  ].join('|')})${valueEnd.replace('@', '')}`,
  'iy',
);
/** An example of a token: `ghp_xxxxxxxxxxxx`. */
const exampleHere = /[-\w.~]{0,64}?x{8}/iy;
/** Values in place of a secret: a reference or an example. */
const standInHere = new RegExp(
  `(?:${[
    '<[a-z_ -]{1,30}>|\\$\\{[^}\\n]{0,80}\\}|\\$\\([^)\\n]{0,80}\\)|\\{\\{[^}\\n]{0,80}\\}\\}|%[sdvqoj]',
    'your[-_ ](?:[a-z]{1,20}[-_ ]){0,4}(?:token|key|secret|password)(?:[-_ ]here)?',
    'x{4,}',
  ].join('|')})${valueEnd}`,
  'iy',
);
/** `$DB_PASSWORD` and `ACCESS_TOKEN`; objects as Java prints them: `Token{78af589 …`, `android.os.BinderProxy@2bd79ce`. */
const referenceHere = new RegExp(
  `(?:\\$(?:\\d|[A-Z][A-Z0-9_]{2,})|\\[(?:[A-Z]{2,20}[_ ]?){1,3}\\]|(?:[A-Z]{2,20}_){1,4}(?:TOKEN|KEY|SECRET|PASSWORD|CREDENTIALS)(?:_HERE)?)${valueEnd}` +
    '|[A-Z]\\w*\\{[0-9a-f]{5,8}[\\s}]|(?:[a-z]\\w*\\.)+[A-Z]\\w*@[0-9a-f]{5,8}\\b',
  'y',
);

// Words with which a sentence continues after `password:`. As secrets, they would protect nothing.
const sentenceHere =
  /(?:a|an|and|are|at|authentication|authorization|be|been|but|by|can|can't|cannot|contains?|could|denied|does|doesn't|empty|exceeds?|expired|failed|field|flag|for|format|found|from|has|have|if|in|incorrect|invalid|is|isn't|it|length|malformed|may|mismatch|missing|must|needs?|no|not|of|ok|on|option|or|parameter|please|refresh|rejected|required|requires|revoked|should|signature|the|this|to|token|too|unauthorized|undefined|unexpected|unknown|unsupported|use|used|using|validation|value|was|were|when|will|with|without|wrong)(?![-\w@#$%^*+=!])/iy;
const moreWordsHere = /[ \t]+["'`]?[a-z][a-z']*(?![-\w.]*[:=])/iy;

// Where a value without quotes ends. A comma, an ampersand, a bracket or a quote may also be part of a password. They end
// the value only if the text after them shows that.
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

/** A shared access signature of Azure. Only its parameter `sig` is secret, and `sig` is in the list of names. */
const signatureHere = /(?!sig=)s[a-z]{1,2}=[^&\s"']{0,100}&s[a-z]{1,3}=/y;

/** True if the value at a position is in place of a secret. */
export function isStandIn(text: string, at: number): boolean {
  return isAt(standInHere, text, at) || isAt(referenceHere, text, at) || isAt(exampleHere, text, at);
}

/** True if the value at a position is not a secret: it says nothing, is masked already, or is in place of a secret. */
export function isNoSecret(text: string, at: number): boolean {
  return isAt(nothingHere, text, at) || isStandIn(text, at);
}

/** The position of the next match of a global expression, or the end of the text. */
export function next(expression: RegExp, text: string, from: number): number {
  expression.lastIndex = from;
  return expression.exec(text)?.index ?? text.length;
}

/**
 * Where a quoted value ends. If `depth` backslashes are before the opening quote (a string within a string), as many are
 * before the closing quote. Escaped backslashes at the end of the value do not count.
 */
export function quotedEnd(text: string, from: number, quote: string, depth: number): number {
  for (let at = text.indexOf(quote, from); at !== -1; at = text.indexOf(quote, at + 1)) {
    let start = at;
    while (start > from && text[start - 1] === '\\') start -= 1;
    if ((at - start) % (2 * depth + 2) === depth) return at - depth;
  }
  return next(lineEnd, text, from); // cut off, or only an apostrophe
}

/** True if the words after `password: ` are a sentence about the password. */
function isSentence(text: string, start: number, end: number): boolean {
  if (end - start < 3 || isAt(sentenceHere, text, start)) return true;
  if (!isAt(moreWordsHere, text, end)) return false;
  const word = text.slice(start, end).replace(/[!?.:]{1,3}$/, '');
  return !(/[!#$%^*+=~@&?]/.test(word) || (word.length > 4 && /\d/.test(word) && /[a-z]/i.test(word)));
}

/** A header with several parameters. It is secret up to the end of the line, or of the string that contains it. */
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

/** The value in quotes. After a flag, the span is empty if the value is itself a flag. */
function quotedSpan(text: string, from: number, separator: string): Span | undefined {
  quoteHere.lastIndex = from;
  const [all, backslashes, quote] = quoteHere.exec(text) ?? [''];
  if (all === '') return undefined;
  const start = endOf(schemeHere, text, from + all.length);
  const isFlag = separator === '-' && text[start] === '-';
  const end = isFlag || isNoSecret(text, start) ? start : quotedEnd(text, start, quote!, backslashes!.length);
  return { start, end };
}

/**
 * The value in brackets. In braces, only a password in the form of ODBC. For other braces the span is empty, because the
 * keys of an object are checked one by one.
 */
function enclosedSpan(text: string, start: number, separator: string, name: string): Span | undefined {
  if (text[start] === '{') {
    const isPassword =
      separator === '=' && /^p(?:ass)?w(?:or)?d$/i.test(name) && isAt(bracedHere, text, start);
    return { start: start + 1, end: isPassword ? bracedHere.lastIndex - 1 : start };
  }
  if (text[start] !== '[') return undefined;
  const close = text.indexOf(']', start);
  return { start: start + 1, end: close === -1 ? next(lineEnd, text, start) : close };
}

/** The secret after a name, whose separator is right before `from`. Undefined or empty if there is none. */
export function valueSpan(
  text: string,
  from: number,
  separator: string,
  { name, before }: SecretName,
): Span | undefined {
  const start = endOf(blanksHere, text, from);
  if (isNoSecret(text, start)) return undefined;
  const enclosed = enclosedSpan(text, start, separator, name) ?? quotedSpan(text, start, separator);
  if (enclosed !== undefined) return enclosed;
  const header = /(?:authorization|cookie)$/i.test(name) ? headerSpan(text, start, name, before) : undefined;
  return header ?? bareSpan(text, from, start, separator, { name, before });
}

function bareSpan(
  text: string,
  from: number,
  start: number,
  separator: string,
  { name, before }: SecretName,
): Span | undefined {
  const scheme = endOf(schemeHere, text, start);
  if (scheme > start) {
    const innocent = isNoSecret(text, scheme) || isAt(sentenceHere, text, scheme);
    return innocent ? undefined : { start: scheme, end: next(bareEnd, text, scheme) };
  }
  // PWD=/app is the working directory
  if ((/pwd$/i.test(name) && text[start] === '/') || isAt(signatureHere, text, start)) return undefined;
  const end = next(bareEnd, text, start);
  if (separator === '-')
    return text[start] === '-' || isAt(sentenceHere, text, start) ? undefined : { start, end };
  // `open /var/run/token: no such file` is about a file
  if (separator === ':' && start > from && (before === '/' || isSentence(text, start, end))) return undefined;
  // `pass=12 fail=0` counts tests
  if (/(?:^|[^a-z])pass$/i.test(name) && end - start < 5 && /^\d+$/.test(text.slice(start, end)))
    return undefined;
  return { start, end };
}

/** The secret of `password is hunter2`: a value in quotes, or one that is not a word of a sentence. */
export function saidSpan(text: string, from: number): Span | undefined {
  const quoted = isNoSecret(text, from) ? undefined : quotedSpan(text, from, 'is');
  if (quoted !== undefined) return isAt(sentenceHere, text, quoted.start) ? undefined : quoted;
  if (isAt(sentenceHere, text, from)) return undefined;
  const value = text.slice(from, next(bareEnd, text, from)).replace(/[.!?,:]+$/, '');
  const isSecret = value.length >= 4 && /[a-z]/i.test(value) && /[\d!#$%^*+=~@&?]/.test(value);
  // `the token is 3600s old`
  if (!isSecret || /^\d+[a-z]{1,3}$/i.test(value)) return undefined;
  return !isNoSecret(text, from) ? { start: from, end: from + value.length } : undefined;
}

/** The password of `user:password`. If no password follows, the user, which is then the key. */
export function loginSpan(text: string, from: number): Span | undefined {
  const span = quotedSpan(text, from, '-') ?? { start: from, end: next(bareEnd, text, from) };
  const colon = text.slice(span.start, span.end).indexOf(':');
  if (colon === -1 || text[span.start] === '<' || isStandIn(text, span.start + colon + 1)) return undefined;
  const password = { start: span.start + colon + 1, end: span.end };
  return password.end > password.start ? password : { start: span.start, end: span.start + colon };
}
