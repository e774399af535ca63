import { classAt, GAP, wordStart } from './characters.ts';

/** What a noun says about the number or the name after it. */
export type NounKind = 'thing' | 'person' | 'pod' | 'code' | 'name' | 'currency' | 'month';

const LONGEST_NOUN = 12;
/** The most characters between a noun and its number, as in `id" : "`. */
const LONGEST_GAP = 5;

const LOWER_CASE = 0x20;
const CAPITAL_A = 0x41;
const CAPITAL_Z = 0x5a;
const SMALL_A = 0x61;
const SMALL_Z = 0x7a;
const CAPITAL = 1;
const SMALL = 2;
const dash = 0x2d;
const underscore = 0x5f;

const words: Record<NounKind, string> = {
  // Things of which there are many. The number or id makes no other problem.
  thing:
    'id ids no nr num number uid gid pid ppid tid fd euid ruid client contact order invoice payment transaction ' +
    'tx txn refund ticket issue item product article document doc record row rows line lines column col page ' +
    'position pos offset index idx chunk batch block slot entry element event message msg mail request req ' +
    'response session connection conn socket channel stream thread process child worker job task run build ' +
    'attempt attempts retry retries try tries iteration round seq sequence serial port handle image photo post ' +
    'comment booking reservation shipment delivery parcel subscription campaign course lesson student employee ' +
    'patient driver video device sensor machine vehicle room seat game player team group project repo pr mr commit ' +
    'range epoch height nonce term count total size length len depth remaining lag latency took age duration ' +
    'elapsed timeout ttl delay amount price balance sum cost fee score usage load rate progress heap',
  // The same, but the id may also be a name.
  person:
    'user username login logname ruser account customer tenant member owner author sender recipient ' +
    'principal',
  // The values after these nouns tell problems apart.
  code:
    'code status errno exit exited err error errors http https signal sig sqlstate hresult rc ret result reason ' +
    'ora tns pls njs dpi dpy',
  // There are few of these, and each has a fixed name or version.
  name:
    'tls ssl version v release mode protocol proto shard partition zone state level severity priority type kind ' +
    'class node region disk cpu core stage phase rfc iso utf sha aes rsa md latin windows cve ecma ieee',
  currency:
    'usd eur gbp jpy cny inr brl ngn chf cad aud nzd sek nok dkk pln czk huf mxn zar krw sgd hkd ils aed',
  pod: 'pod pods',
  month:
    'jan feb mar apr may jun jul aug sep sept oct nov dec january february march april june july august ' +
    'september october november december',
};

/** Further fields of a JSON body whose texts tell problems apart. */
const sayingFields =
  'errors message msg text description detail details event method operation op component service';

interface Noun {
  readonly word: string;
  kind?: NounKind;
  isSaying?: boolean;
}

/** The nouns by the hash of their words, so that a lookup creates no string. */
const nouns = new Map<number, Noun>();
for (const [kind, list] of Object.entries(words)) {
  for (const word of list.split(' ')) nounOf(word).kind = kind as NounKind;
}
for (const word of sayingFields.split(' ')) nounOf(word).isSaying = true;

function nounOf(word: string): Noun {
  let hash = 0;
  for (let at = word.length - 1; at >= 0; at -= 1) hash = withLetter(hash, word.charCodeAt(at));
  const noun = nouns.get(hash) ?? { word };
  nouns.set(hash, noun);
  return noun;
}

/** The hash of letters, read from the last to the first, with one more letter before them. */
function withLetter(hash: number, code: number): number {
  return (Math.imul(hash, 31) + (code | LOWER_CASE)) | 0;
}

/** Whether the value after a noun stays as it is. */
export function isKept(kind: NounKind | undefined): boolean {
  return kind === 'code' || kind === 'name';
}

/** What the noun before a position says about the value there. Nothing before `floor` is read. */
export function nounKind(text: string, floor: number, at: number): NounKind | undefined {
  const end = nounEnd(text, floor, at);
  const kind = end === at ? undefined : nounBefore(text, floor, end)?.kind;
  return isKept(kind) || !isPartOfName(text, end, at) ? kind : undefined;
}

/** Whether the JSON field whose value begins at a position tells problems apart. */
export function isSayingField(text: string, floor: number, at: number): boolean {
  const noun = nounBefore(text, floor, nounEnd(text, floor, at));
  return noun?.isSaying === true || isKept(noun?.kind);
}

function nounEnd(text: string, floor: number, at: number): number {
  const limit = Math.max(floor, at - LONGEST_GAP);
  let end = at;
  while (end > limit && (classAt(text, end - 1) & GAP) !== 0) end -= 1;
  return end;
}

/**
 * The noun that ends at a position. It may be the last word of a name in camel case, such as `Id` in `userId` or `URL` in
 * `baseURL`.
 */
function nounBefore(text: string, floor: number, end: number): Noun | undefined {
  const limit = Math.max(floor, end - LONGEST_NOUN);
  let start = end;
  let hash = 0;
  let last = 0;
  while (start > limit) {
    const code = text.charCodeAt(start - 1);
    const isLower = code >= SMALL_A && code <= SMALL_Z;
    if (isLower ? last === CAPITAL : code < CAPITAL_A || code > CAPITAL_Z) break;
    hash = withLetter(hash, code);
    start -= 1;
    if (!isLower && last === SMALL) break;
    last = isLower ? SMALL : CAPITAL;
  }
  const noun = nouns.get(hash);
  return noun !== undefined && isWordHere(text, start, end, noun.word) ? noun : undefined;
}

function isWordHere(text: string, start: number, end: number, word: string): boolean {
  if (word.length !== end - start) return false;
  for (let at = start; at < end; at += 1) {
    if ((text.charCodeAt(at) | LOWER_CASE) !== word.charCodeAt(at - start)) return false;
  }
  return true;
}

/**
 * Whether the number belongs to a name, as in `address-line-2`. In `user-42` and `user_42`, the word is a noun for the
 * number.
 */
function isPartOfName(text: string, end: number, at: number): boolean {
  const joint = text.charCodeAt(end);
  if (at - end !== 1 || (joint !== dash && joint !== underscore)) return false;
  const start = wordStart(text, 0, end);
  const before = text.charCodeAt(start - 1);
  return before === dash || before === underscore;
}
