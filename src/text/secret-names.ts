// Names that announce a secret.

// Every spelling ends in one of these (`DB_PASSWORD`, `x-api-key`, `clientSecret`), so only the end of a name is compared.
// Plurals are not secrets: `tokens: 512` and `max_tokens=4096` are counts.
const names = [
  'pass(?:word|wd|phrase|code)',
  'contrase[nñ]a',
  'p(?:s?wd|sw)',
  '[-_.]pw',
  '(?<!by|com|sur|tres|im|er)pass',
  'secret',
  '(?<!(?:unexpected|illegal) |public[-_]?|injection|jsonweb)token',
  '(?:access|account|api|app|auth|client|deploy|encryption|functions|hmac|master|private|secret' +
    '|service|session|shared|signing|ssh|storage|subscription|webhook)[-_ .]?key',
  'secret[-_]?(?:id|key[-_]?base)',
  'client-key-data',
  'credentials?',
  'authorization',
  'cookie',
  '[_"\']auth', // .npmrc, the configuration of Docker
  'jsessionid|phpsessid|connect\\.sid',
  '[?&;](?:x-(?:amz|goog)-)?sig(?:nature)?',
  '[?&]auth',
];

// `password2=` and `PASSWORD_B64=`; the form of variables in Kubernetes: {"name":"DB_PASSWORD","value":"…"}; and of
// commands in Redis: { name: 'auth', args: [ '…' ] }.
const suffix = `(?:_?\\d{1,2}|_b(?:ase)?64)?(?:[\\\\"']{0,4}[\\s,]{1,16}[\\\\"']{0,4}(?:value|args))?`;

const nameBefore = new RegExp(
  `(?<=(?<before>["'\`/]?)[-\\w]{0,40}?(?<name>${names.join('|')})${suffix})`,
  'iy',
);

/**
 * A quick test whether a text may contain a secret after a name: a name with its separator, a scheme, or a percent-encoded
 * character.
 */
export const suspectName: RegExp = new RegExp(
  `(?:${names.join('|')})${suffix}[\\\\"'\`\\])]{0,8}[ \\t]{0,4}(?:[:=>%]|is |was )|\\b(?:basic|bearer|plain) |%\\w`,
  'i',
);

/** The last two characters of all names. They show quickly that most words before a colon are not such a name. */
const endings = new Set(
  'rd wd de se na ña wd sw pw ss et en ey id ta al ls ds on ie th ig re ue gs'
    .split(' ')
    .map((ending) => pair(ending, ending.length)),
);

function pair(text: string, end: number): number {
  return (text.charCodeAt(end - 2) & 31) * 32 + (text.charCodeAt(end - 1) & 31);
}

const isDigit = (code: number): boolean => code >= 48 && code <= 57;

/** A name in the form in which it is compared, and the quote or slash before the word that it ends. */
export interface SecretName {
  readonly name: string;
  readonly before: string;
}

/** The name of a secret that ends at a position. */
export function nameAt(text: string, end: number): SecretName | undefined {
  if (isDigit(text.charCodeAt(end - 1))) {
    // `password12`, but neither `10:15` nor `0.1:`
    const letter = isDigit(text.charCodeAt(end - 2)) ? end - 3 : end - 2;
    if ((text.charCodeAt(letter) | 32) < 95) return undefined;
  } else if (!endings.has(pair(text, end))) {
    return undefined;
  }
  nameBefore.lastIndex = end;
  const groups = nameBefore.exec(text)?.groups;
  return groups && { name: groups['name']!, before: groups['before']! };
}

const blanks = new Set([' ', '\t'].map((sign) => sign.charCodeAt(0)));
const closers = new Set([...'\\"\'`])'].map((sign) => sign.charCodeAt(0)));

/** Where the name before a separator at `at` ends, without spaces, brackets and quotes after it. */
export function nameEnd(text: string, at: number): number {
  let end = at;
  while (at - end < 4 && blanks.has(text.charCodeAt(end - 1))) end -= 1;
  const limit = end - 8;
  while (end > limit && closers.has(text.charCodeAt(end - 1))) end -= 1;
  return end;
}

/** The word before a value, and what may stand between them: `key = `, `"key":`, `key - '`, `"key", "`, `key is `. */
const wordBefore =
  /(?<=(?<before>^|[^\w.-])(?<name>[a-z][\w.-]{0,60})[\\"'`\])]{0,4}[ \t]{0,4}(?:[=:,-]|:=|=>|is|was)?[ \t]{0,4}[\\"'`([{]{0,4})/iy;
/** `chartmogul_key` and `apiKey`, but not `monkey`, nor what cannot be told apart from it. */
const secretWord =
  /(?:[Ss]ecret|SECRET|[Tt]oken|TOKEN|(?:[-_.]k|[-_.a-z\d]K)ey|[-_.]KEY|[Pp]ass(?:word)?|PASSWORD|[Cc]redential)s?\d{0,2}$/;
/** `apikey_myservice`, `TOKEN_PROD` */
const secretWordFirst = /(?:secret|token|api[-_]?key|passw(?:or)?d|private[-_]?key)[-_.][\w.-]{1,24}$/i;
/** Words for values that are not secret: identifiers, which are shown to find something, and public keys. */
const innocentWord = new RegExp(
  `(?:${[
    'public|publishable|primary|foreign|partition|shard|row|record|sort|hash|range|group|unique|composite|natural',
    'cache|object|s3|blob|file|bucket|storage|map|index|lookup|state|redis|idempotency|dedup(?:lication)?',
    'routing|message|event|job|queue|topic|sequence|next|page|continuation|sync|cursor|resume',
  ].join('|')})[-_.]?(?:key|token)s?$|[-_.](?:alg|alias|arn|count|digest|etag|file|fingerprint` +
    '|hash|host|ids?|kind|length|md5|name|path|prefix|ring|sha\\d*|size|state|status|thumbprint|type|ur[il]|user|version)$',
  'i',
);

/** Whether the word before a value that looks random says that it is a secret. */
export function isBehindSecretWord(text: string, start: number, value: string): boolean {
  wordBefore.lastIndex = start;
  const groups = wordBefore.exec(text)?.groups;
  if (groups === undefined) return false;
  const name = groups['name']!;
  if (/^key$/i.test(name))
    return text[start - 1] === '=' && ('?&;\n'.includes(groups['before']!) || isMixed(value));
  return (secretWord.test(name) || secretWordFirst.test(name)) && !innocentWord.test(name);
}

/**
 * A value after just `key` may also be the id of a record, in small letters and digits or with dashes. It counts as a
 * secret if it is a parameter, after `?`, `&` or `;` or at the start of a line. Elsewhere it counts if it has all kinds of
 * letters.
 */
function isMixed(value: string): boolean {
  const kinds = [/[A-Z]/g, /[a-z]/g, /\d/g];
  return /^[A-Za-z0-9]+$/.test(value) && kinds.every((kind) => (value.match(kind)?.length ?? 0) > 2);
}
