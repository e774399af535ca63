import { isAt, isDigitAt, isHexAt, isWordAt, type Span, wordStart } from './characters.ts';

// What volatile parts look like from the start of a word. Each expression reads only a limited number of characters beyond
// its match, so the time stays linear.

/** A part of a text, and its replacement. */
export interface Part extends Span {
  readonly placeholder: string;
}

/** An id that is of no other kind. */
export function idPart({ start, end }: Span): Part {
  return { start, end, placeholder: '<id>' };
}

interface Pattern {
  readonly placeholder: string;
  readonly here: RegExp;
  /** How many digits it begins with. */
  readonly least: number;
  readonly most: number;
}

const hex = '[0-9A-Fa-f]';
/** A placeholder continues a word in the same way as the text that it stands for. */
const wordEnd = '(?![0-9A-Za-z]|<[a-z]{2,5}>)';
const decimal = '\\d+(?:[.,]\\d{1,9}){0,6}';
const address4 = '(?:\\d{1,3}\\.){3}\\d{1,3}';

const months =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|' +
  'Nov(?:ember)?|Dec(?:ember)?)';
const clock = '\\d\\d:\\d\\d(?:[.,]\\d+)?';
const half = `(?: ?[AaPp](?:[Mm]|\\.[Mm]\\.)${wordEnd})?`;
const zoneName = '[Zz]|UTC|GMT|[CEMP][SD]T|CES?T|EES?T|WES?T|BST|IST|JST|MSK';
const zoneNote = '(?: \\([A-Z][^()\\n]{1,48}\\))?';
const zone = `(?: ?(?:(?:UTC|GMT)?[-+]\\d\\d(?::?\\d\\d)?|${zoneName})${wordEnd}${zoneNote})?`;
const timeOfDay = `\\d{1,2}:(?:${clock}|\\d\\d)${half}${zone}`;
const thenTime = `(?:(?:,? (?:at )?|:)${timeOfDay})?`;

const hours = '(?:[nuµμm]?s|m|h|d)';
const hoursAsWord =
  '(?:[nuµμm]s|s|h|(?:nano|micro|milli)?sec(?:ond)?s?|millis|min(?:ute)?s?|hours?|hrs?|days?|weeks?)';
const bytes = '[BkKMGTP]';
const bytesAsWord = '(?:[kKMGTPE]i?[Bb](?:ps)?|[KMGTPE]i|[Bb]ytes?)';
/** The signs of currencies, and degrees. */
const signs = '€£¥₹₩°';
const currencies =
  'USD|EUR|GBP|JPY|CNY|INR|BRL|NGN|CHF|CAD|AUD|NZD|SEK|NOK|DKK|PLN|CZK|HUF|TRY|MXN|ZAR|KRW|SGD|HKD|ILS|AED';

function pattern(placeholder: string, source: string, least = 1, most = Number.POSITIVE_INFINITY): Pattern {
  return { placeholder, here: new RegExp(source, 'y'), least, most };
}

const uuid = pattern('<uuid>', `${hex}{8}(?:-${hex}{4}){3}-${hex}{12}${wordEnd}`);
const mac = pattern('<mac>', `${hex}{2}([-:])${hex}{2}(?:\\1${hex}{2}){4}(?![-:]?[0-9A-Za-z<])`);
/** The forms of `traceparent` and `X-Amzn-Trace-Id`. */
const trace = pattern(
  '<hex>',
  `(?:${hex}{2}-${hex}{32}-${hex}{16}-${hex}{2}|1-${hex}{8}-${hex}{24})${wordEnd}`,
  1,
  2,
);
const isoDay = '(?:\\d{4}([-/.])\\d\\d\\1\\d\\d(?!\\d)|(?:19|20)\\d\\d-(?:0[1-9]|1[0-2])(?!-?\\d))';
const isoTime = pattern('<time>', `${isoDay}(?:(?:[Tt]|,? )${timeOfDay})?${wordEnd}`, 4, 4);
const compactTime = pattern('<time>', `\\d{8}T\\d{4,6}(?:[.,]\\d+)?${zone}${wordEnd}`, 8, 8);
const onlyTime = pattern(
  '<time>',
  `(?:\\d{1,2}:${clock}${half}${zone}(?!:)|\\d{1,2}:\\d\\d ?[AaPp](?:[Mm]|\\.[Mm]\\.))${wordEnd}`,
  1,
  2,
);
const hourOfHalf = pattern('<time>', `\\d{1,2} ?[AaPp][Mm]${wordEnd}`, 1, 2);
const shortDate = pattern('<time>', `\\d{1,2}([./])\\d{1,2}\\1\\d{4}${thenTime}${wordEnd}`, 1, 2);
const dayAndMonth = pattern(
  '<time>',
  `\\d{1,2}\\.?[- /]${months}(?:[-, /]{1,2}\\d{2,4}${wordEnd}${thenTime})?${wordEnd}`,
  1,
  2,
);
const monthAndDay = pattern(
  '<time>',
  `${months} {1,2}\\d{1,2}(?:st|nd|rd|th)?(?:,? \\d{4}${wordEnd})?${thenTime}(?: \\d{4})?${wordEnd}`,
);
const address = pattern('<ip>', `${address4}(?::\\d{1,5}|\\/\\d{1,2})?(?!\\.[\\d<])${wordEnd}`, 1, 3);
const duration = pattern('<dur>', `(?:(?:${decimal}${hours}){1,6}|${decimal}[ -]?${hoursAsWord})${wordEnd}`);
const size = pattern('<size>', `${decimal}(?:${bytes}|[ -]?${bytesAsWord})${wordEnd}`);
const amount = pattern(
  '<num>',
  `${decimal}(?= ?(?:[${signs}]|\\$(?![\\d<])|(?:%|percent|${currencies})(?![0-9A-Za-z<])))`,
);
const phone = pattern('<num>', `\\d{3}\\)?[-. ]{0,2}\\d{3}[-. ]\\d{4}${wordEnd}`, 3, 3);
const phoneAbroad = pattern(
  '<num>',
  `\\d{1,3}[- ]?(?:\\(\\d{1,4}\\)[- ]?|\\d{2,4}[- ])\\d{2,8}(?:[- ]\\d{2,4}){0,3}${wordEnd}`,
);

const currencyInitials = currencies
  .split('|')
  .map((currency) => currency[0])
  .join('');

type Table = ReadonlyMap<string, readonly Pattern[]>;

/** A table of patterns by character. Each pattern is listed with the characters that it belongs to. */
function tableOf(...rows: readonly (readonly [pattern: Pattern, characters: string])[]): Table {
  const table = new Map<string, Pattern[]>();
  for (const [pattern, characters] of rows) {
    for (const character of new Set(characters)) {
      table.set(character, [...(table.get(character) ?? []), pattern]);
    }
  }
  return table;
}

/** Patterns that begin with a number, by the character after the number. */
const behindNumber = tableOf(
  [isoTime, '-/'],
  [trace, '-'],
  [phone, '-)'],
  [onlyTime, ':'],
  [shortDate, '/'],
  [dayAndMonth, '.'],
  [duration, 'µμ'],
  [amount, `%$${signs}`],
);
/** Patterns that begin with a number, by the number of its dots. */
const dotted: readonly (readonly Pattern[])[] = [[], [], [shortDate, isoTime], [address]];
/** Patterns that begin with a number, by the first character of its unit. */
const withUnit = tableOf(
  [compactTime, 'T'],
  [hourOfHalf, 'AaPp'],
  [dayAndMonth, 'JFMASOND'],
  [duration, 'numshdwµμ'],
  [size, 'kKMGTPEBb'],
  [amount, `%p$${signs}${currencyInitials}`],
);

/** The first pattern that matches at a number with this many digits. */
function firstAt(
  patterns: readonly Pattern[] | undefined,
  text: string,
  start: number,
  digits: number,
): Part | undefined {
  if (patterns === undefined) return undefined;
  for (const { here, placeholder, least, most } of patterns) {
    if (digits < least || digits > most) continue;
    here.lastIndex = start;
    if (here.test(text)) return { start, end: here.lastIndex, placeholder };
  }
  return undefined;
}

/** The pattern of a word that consists of digits or begins with digits. `stop` is where its digits and dots end. */
export function numberPattern(text: string, start: number, end: number, stop: number): Part | undefined {
  const digits = end - start;
  const dots = stop === end ? 0 : dotsIn(text, end, stop);
  if (dots > 1) return firstAt(dotted[dots], text, start, digits);
  const behind = text[stop];
  if (behind === undefined) return undefined;
  if (isWordAt(text, stop)) return firstAt(withUnit.get(behind), text, start, digits);
  const isUnitNext = (behind === ' ' || behind === '-' || behind === '/') && !isDigitAt(text, stop + 1);
  const unit = isUnitNext ? firstAt(withUnit.get(text[stop + 1] ?? ''), text, start, digits) : undefined;
  const part = unit ?? firstAt(behindNumber.get(behind), text, start, digits);
  return part !== undefined && behind === ')' && text[start - 1] === '('
    ? { ...part, start: start - 1 }
    : part;
}

function dotsIn(text: string, start: number, end: number): number {
  let dots = 0;
  for (let at = start; at < end; at += 1) {
    if (text[at] === '.') dots += 1;
  }
  return dots;
}

/** A telephone number after a plus sign. */
export function phonePart(text: string, start: number): Part | undefined {
  return firstAt([phoneAbroad], text, start, 1);
}

const weekdayBefore = /(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},? $/;
const LONGEST_WEEKDAY = 11;

/** A date, together with a weekday before it. */
export function withWeekday(text: string, floor: number, date: Part): Part {
  const before = text.slice(Math.max(floor, date.start - LONGEST_WEEKDAY), date.start);
  const weekday = weekdayBefore.exec(before);
  if (weekday === null) return date;
  const start = date.start - before.length + weekday.index;
  return isWordAt(text, start - 1) ? date : { ...date, start };
}

/** The date of a number after the name of a month. */
export function monthPart(text: string, floor: number, start: number): Part | undefined {
  const end = text[start - 2] === ' ' ? start - 2 : start - 1;
  const date = firstAt([monthAndDay], text, wordStart(text, floor, end), 1);
  return date === undefined ? undefined : withWeekday(text, floor, date);
}

/** Where the groups of a UUID and of a MAC address begin, counted from its start, by the length of the group. */
const groups: Readonly<Record<number, readonly [Pattern, readonly number[]]>> = {
  2: [mac, [0, 3, 6, 9, 12, 15]],
  4: [uuid, [9, 14, 19]],
  8: [uuid, [0]],
  12: [uuid, [24]],
};

/** The UUID or MAC address that a word is a group of. It must be found from any group, because some groups have no digit. */
export function groupedPart(text: string, floor: number, start: number, end: number): Part | undefined {
  const [pattern, starts] = groups[end - start] ?? [];
  if (pattern === undefined || starts === undefined) return undefined;
  for (const distance of starts) {
    const first = start - distance;
    if (first < floor || isWordAt(text, first - 1)) continue;
    if (isAt(pattern.here, text, first))
      return { start: first, end: pattern.here.lastIndex, placeholder: pattern.placeholder };
  }
  return undefined;
}

// Eight groups, or fewer around a `::`. The last two may be an IPv4 address, also with a port.
const address6Here = new RegExp(
  `(?:(?:${hex}{1,4}:){7}${hex}{1,4}` +
    `|(?:${hex}{1,4}(?::${hex}{1,4}){0,6})?::(?:(?:${hex}{1,4}:){0,6}(?:${address4}(?::\\d{1,5}${wordEnd})?|${hex}{1,4}))?)` +
    '(?:%[0-9A-Za-z]{1,16})?(?:\\/\\d{1,3})?(?![0-9A-Za-z<]|:[0-9A-Za-z:<])',
  'y',
);
const bracketHere = new RegExp(`\\](?::\\d{1,5}${wordEnd})?`, 'y');
const LONGEST_ADDRESS = 45;

/** The IPv6 address that a word next to a colon is part of, with its brackets and port. */
export function address6Part(text: string, floor: number, word: number): Part | undefined {
  let start = word;
  const limit = Math.max(floor, word - LONGEST_ADDRESS);
  while (start > limit && (isHexAt(text, start - 1) || text[start - 1] === ':')) start -= 1;
  const before = text[start - 1];
  if (isWordAt(text, start - 1) || before === '>' || !isAt(address6Here, text, start)) return undefined;
  const end = address6Here.lastIndex;
  if (end <= word) return undefined;
  return before === '[' && start > floor && isAt(bracketHere, text, end)
    ? { start: start - 1, end: bracketHere.lastIndex, placeholder: '<ip>' }
    : { start, end, placeholder: '<ip>' };
}

const portHere = new RegExp(
  `(?<=(?:(?:\\/\\/|@)[^\\s/:@<>"']{1,128}|localhost|(?:[-0-9A-Za-z]{1,63}\\.){2,8}[A-Za-z]{2,63}):)\\d{1,3}(?!:|\\.\\d)${wordEnd}`,
  'y',
);

/** Whether a number of up to three digits is a port. It is after something that is surely a host, but not in `code:404`. */
export function isPort(text: string, start: number): boolean {
  return text[start - 1] === ':' && isAt(portHere, text, start);
}
