import { endOf, isAt, type Span } from './characters.ts';
import { nameAt, nameEnd, type SecretName } from './secret-names.ts';
import { SHORTEST_TOKEN } from './secret-tokens.ts';
import { isNoSecret, isStandIn, loginSpan, next, quotedEnd, saidSpan, valueSpan } from './secret-values.ts';
import { wordSpan } from './secret-words.ts';

// Finds the sign that begins a secret. Each sign is checked together with the word before it and the text after it. For most
// signs there is nothing to check. So a usual message, which has no secret, takes little time.

export const BLANK = 0x20;
const DASH = 0x2d;
const LETTER_B = 0x62;
const LETTER_I = 0x69;
const LETTER_P = 0x70;
const LETTER_W = 0x77;
const LETTER_C = 0x63;
const LETTER_N = 0x6e;
const LETTER_R = 0x72;
const LETTER_S = 0x73;
const SLASH = 0x2f;
export const COLON = 0x3a;
const PERCENT = 0x25;
/** The command of a flag is searched for in so many characters before it. */
const LONGEST_COMMAND = 512;
/** No password is longer, and so many characters can be searched at every colon. */
const LONGEST_ENCODED_PASSWORD = 256;

const blanksHere = /[ \t]*/y;
const credentialsHere = /[-\w+/.~]+={0,2}/y;
const elementHere = /[^<]+(?=<\/)/y;
/** Up to the last @ of the authority. If a slash in the password is not escaped, up to the first @. */
const userInfoHere =
  /(?<=\/\\?\/[^\s/:@"'[]*:)(?!\d{1,5}[/?#,\s])(?:[^\s/?#"'<>`\\]+(?=@)|(?:(?!\/\\?\/)[^\s"'<>`])+?(?=@))/y;
/** `user:password@tcp(host:3306)/database`, the form of Go's MySQL driver. */
const driverHere = /@(?:tcp|unix)\((?<=:([^\s:@/]{1,256})@\w+\()/y;
/** `jdbc:oracle:thin:user/password@host`, `sqlplus user/password@host` */
const oracleHere = /@(?<=(?:jdbc:oracle:\w{1,8}:|sqlplus )[^\s/:@]{1,128}\/([^\s@]{1,256})@)/iy;
const sqlHere = /(?<=(?:password|identified by)[ \t]{1,4}')/iy;
const listedHere = /["'],[ \t]*/y;
const pemHere =
  /(?<=-{4,5} ?begin) [a-z0-9 ]{0,40}private key(?: block)? ?-{4,5}(?=\s*\n|\\+[nr]|[ \t]*[a-z0-9+/]{16})/iy;
const pemEnd = /-{4,5} ?END /g;
/** `%3D`, and `%253D` where an address is part of another one. */
const encodedHere = /%(?:25){0,3}3[ad]/iy;
const encodedQuoteBefore = /%(?:25){0,3}22$/;
const encodedUserHere =
  /(?<=%(?:25){0,3}2f%(?:25){0,3}2f[-\w.+]{0,64}%(?:25){0,3}3a)(?!\d{1,5}%(?:25){0,3}(?:2[3cf]|3f))/iy;
const encodedBlanksHere = /(?:%(?:25){0,3}2[027]|\+)*(?:(?:basic|bearer|token)(?:%(?:25){0,3}20|\+)+)?/iy;
/** Values that were encoded once, twice and so on. Signs that were encoded more often than the value do not end it. */
const encodedValuesHere = [0, 1, 2, 3].map(
  (depth) => new RegExp(`(?:[-\\w.~!*+/=]|%(?!(?:25){0,${depth}}(?:0[ad]|2[026]|3b)))+`, 'iy'),
);

/** The commands whose flag `-p`, `-P`, `-a` or `-w` is a password. */
const clients: Record<string, RegExp> = {
  p: clientBefore(
    'mysql(?:admin|check|dump|import|sh)?|mariadb(?:-\\w+)?|mongo(?:sh|dump|export|files|import|restore|stat|top)?' +
      '|cqlsh|sshpass|(?:docker|podman|helm registry) login',
  ),
  P: clientBefore('sqlcmd|bcp|osql|isql|tsql'),
  a: clientBefore('(?:redis|valkey)-cli'),
  w: clientBefore('ldap(?:add|delete|modify|passwd|search|whoami)'),
};

/** Matches the last command before a flag. `mongo` may also be an argument of another command. */
function clientBefore(commands: string): RegExp {
  return new RegExp(`(?<![-\\w.])(?:${commands})\\s(?:(?!\\b(?:mkdir|cp|scp|ssh|tar) )[^|;&\\n])*$`);
}

/**
 * The secret that begins with the sign at `at`, or the word before the sign if that is a secret. After the end of the text,
 * the sign is a blank.
 * @param word where the word before the sign begins
 * @param isInAddress true from the scheme of an address to the next blank
 */
export function secretSpan(
  text: string,
  word: number,
  at: number,
  sign: number,
  isInAddress: boolean,
): Span | undefined {
  const span = openedSpan(text, word, at, sign, isInAddress);
  return span === undefined && at - word >= SHORTEST_TOKEN ? wordSpan(text, word, at) : span;
}

function openedSpan(
  text: string,
  word: number,
  at: number,
  sign: number,
  isInAddress: boolean,
): Span | undefined {
  switch (sign) {
    case BLANK:
    case 0x09:
    case 0x0a:
    case 0x0d:
      return at - word < 2 ? undefined : openBlank(text, word, at);
    case COLON:
      return openColon(text, word, at, isInAddress);
    case 0x3d: // =
      return openEquals(text, word, at);
    case 0x22: // "
    case 0x27: // '
      return openQuote(text, word, at);
    case PERCENT:
      return openPercent(text, at);
    case 0x3e: // >
      return openElement(text, at);
    case 0x40: // @
      return openAt(text, word, at);
    default:
      return undefined;
  }
}

function openBlank(text: string, word: number, at: number): Span | undefined {
  if (text.charCodeAt(word) === DASH) return flagSpan(text, word, at) ?? pemSpan(text, at);
  // `is`, `was`; `basic`, `bearer`, `plain`; `begin`
  const last = text.charCodeAt(at - 1) | 0x20;
  if (last === LETTER_S) return phraseSpan(text, word, at);
  if (last === LETTER_N) return schemeSpan(text, word, at) ?? pemSpan(text, at);
  return last === LETTER_C || last === LETTER_R ? schemeSpan(text, word, at) : undefined;
}

/** True if a character is one of two letters, small or capital. */
function isOneOf(code: number, one: number, other: number): boolean {
  return (code | 0x20) === one || (code | 0x20) === other;
}

/** ` is ` or ` was ` after a name. */
function phraseSpan(text: string, word: number, at: number): Span | undefined {
  if (at - word > 3 || !isOneOf(text.charCodeAt(word), LETTER_I, LETTER_W)) return undefined;
  const verb = text.slice(word, at).toLowerCase();
  const name = verb === 'is' || verb === 'was' ? nameAt(text, nameEnd(text, word)) : undefined;
  // `the secret is "db-creds"` is about an object of Kubernetes
  if (name === undefined || !/pass|pwd|token|key/i.test(name.name)) return undefined;
  return saidSpan(text, endOf(blanksHere, text, at));
}

/** The credentials after `Bearer `, `Basic ` or `AUTH PLAIN ` without the name of a header. Ordinary words do not count. */
function schemeSpan(text: string, word: number, at: number): Span | undefined {
  if (at - word < 5 || at - word > 6 || !isOneOf(text.charCodeAt(word), LETTER_B, LETTER_P)) return undefined;
  const scheme = text.slice(word, at).toLowerCase();
  if (scheme !== 'bearer' && scheme !== 'basic' && scheme !== 'plain') return undefined;
  const start = endOf(blanksHere, text, at);
  const end = endOf(credentialsHere, text, start);
  const value = text.slice(start, end);
  if (scheme === 'bearer')
    return value.length >= 20 || (value.length >= 8 && /\d/.test(value)) ? { start, end } : undefined;
  const isLogin = value.length >= 8 && /\d|=|[a-z][A-Z]/.test(value);
  const separator = scheme === 'basic' ? ':' : '\0';
  return isLogin && Buffer.from(value, 'base64').includes(separator) ? { start, end } : undefined;
}

function pemSpan(text: string, at: number): Span | undefined {
  if ((text.charCodeAt(at - 5) | 0x20) !== LETTER_B || !isAt(pemHere, text, at)) return undefined;
  const start = pemHere.lastIndex;
  return { start, end: next(pemEnd, text, start) };
}

/** `--name value`; `-u user:password` of curl; `-p password` and `-ppassword` of clients of databases and registries. */
function flagSpan(text: string, word: number, at: number): Span | undefined {
  const from = endOf(text[at] === ' ' || text[at] === '\t' ? blanksHere : listedHere, text, at);
  if (nameAt(text, at) !== undefined)
    return from === at ? undefined : valueSpan(text, from, '-', { name: '', before: '' });
  const flag = text.slice(word, Math.min(at, word + 16));
  const isLogin = /^(?:-[uU]|--(?:proxy-)?user)$/.test(flag);
  const client = flag.length === 2 || flag[1] === 'p' ? clients[flag[1]!] : undefined;
  if (!isLogin && client === undefined) return undefined;
  const command = text.slice(Math.max(0, word - LONGEST_COMMAND), word);
  if (isLogin) return /\bcurl\b/.test(command) ? loginSpan(text, from) : undefined;
  if (!client!.test(command)) return undefined;
  if (flag.length > 2) return { start: word + 2, end: at };
  return from === at ? undefined : valueSpan(text, from, '-', { name: '', before: '' });
}

function openColon(text: string, word: number, at: number, isInAddress: boolean): Span | undefined {
  const after = text.charCodeAt(at + 1);
  if (after === COLON || (after === SLASH && text.charCodeAt(at + 2) === SLASH)) return undefined;
  if ((isInAddress || text.charCodeAt(word) === SLASH) && isAt(userInfoHere, text, at + 1)) {
    const end = userInfoHere.lastIndex;
    return isStandIn(text, at + 1) ? undefined : { start: at + 1, end };
  }
  return namedSpan(text, at, ':');
}

function openEquals(text: string, word: number, at: number): Span | undefined {
  const isUser =
    text.charCodeAt(word) === DASH && /^--(?:proxy-)?user$/.test(text.slice(word, Math.min(at, word + 16)));
  return isUser ? loginSpan(text, at + 1) : namedSpan(text, at, '=');
}

function namedSpan(text: string, at: number, separator: string): Span | undefined {
  const end = nameEnd(text, at);
  const name = nameAt(text, end);
  // `password=` in quotes is only a name
  if (name === undefined || (end === at && isQuoted(text, at, name))) return undefined;
  return valueSpan(text, at + 1, separator, name);
}

/** True if a quotation consists of just the name and its separator. */
function isQuoted(text: string, at: number, { name, before }: SecretName): boolean {
  return before !== '/' && text[at + 1] === before && text.startsWith(name, at - name.length);
}

function openPercent(text: string, at: number): Span | undefined {
  const start = endOf(encodedHere, text, at);
  if (start === at) return undefined;
  const quote = encodedQuoteBefore.exec(text.slice(Math.max(0, at - 9), at));
  if (nameAt(text, at - (quote?.[0].length ?? 0)) === undefined)
    return isAt(encodedUserHere, text, start)
      ? encodedUserSpan(text, start, text.slice(at, start))
      : undefined;
  const from = endOf(encodedBlanksHere, text, start);
  const valueHere = encodedValuesHere[(start - at - 3) / 2]!;
  return isNoSecret(text, from) ? undefined : { start: from, end: endOf(valueHere, text, from) };
}

/** The password of an encoded address. It ends at the `@`, which is encoded as often as the colon before it. */
function encodedUserSpan(text: string, start: number, colon: string): Span | undefined {
  const length = text.slice(start, start + LONGEST_ENCODED_PASSWORD).search(/[\s&"'<>]|$/);
  const at = text.slice(start, start + length).indexOf(`${colon.slice(0, -2)}40`);
  return at === -1 ? undefined : { start, end: start + at };
}

/** `<db:password>…</db:password>` */
function openElement(text: string, at: number): Span | undefined {
  if (nameAt(text, at) === undefined || !/<[-\w:.]+$/.test(text.slice(Math.max(0, at - 60), at)))
    return undefined;
  return { start: at + 1, end: endOf(elementHere, text, at + 1) };
}

/** The secret before an `@` that no colon announces: `https://token@host`. */
function openAt(text: string, word: number, at: number): Span | undefined {
  for (const expression of [driverHere, oracleHere]) {
    expression.lastIndex = at;
    const secret = expression.exec(text)?.[1];
    if (secret !== undefined) return { start: at - secret.length, end: at };
  }
  const token = text.startsWith('//', word) ? text.slice(word + 2, at) : '';
  const isToken = token.length >= SHORTEST_TOKEN && /^[-\w]+$/.test(token) && /\d/.test(token);
  return isToken ? { start: word + 2, end: at } : undefined;
}

/** SQL, as in `PASSWORD '…'` and `IDENTIFIED BY '…'`, and flags in a list, as in `'--token', '…'`. */
function openQuote(text: string, word: number, at: number): Span | undefined {
  if (text.charCodeAt(word) === DASH && at > word) return flagSpan(text, word, at);
  const isSql = text[at] === "'" && word === at && isAt(sqlHere, text, at + 1);
  return isSql && !isNoSecret(text, at + 1)
    ? { start: at + 1, end: quotedEnd(text, at + 1, "'", 0) }
    : undefined;
}
