// Finds the volatile parts of a message: the values that differ from one occurrence of a problem to the next.
//
// All of them contain a decimal digit, so a message without one is done at once. From a digit one steps back to
// the start of its word and matches there. Only ASCII letters and digits make a word. What may reach beyond the
// word is bounded, so the time stays linear.

/** A part of the message and what it is replaced by. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly placeholder: string;
}

const hex = '[0-9A-Fa-f]';
const wordEnd = '(?![0-9A-Za-z])';
const decimal = '\\d+(?:[.,]\\d{1,9}){0,6}';
const address4 = '(?:\\d{1,3}\\.){3}\\d{1,3}';
const clock = '\\d\\d:\\d\\d(?:[.,]\\d+)?';
const zone = '(?: ?(?:[Zz]|UTC|GMT|[-+]\\d\\d(?::?\\d\\d)?))?';
const hours = '(?:[nuµμm]?s|m|h|d)';
const hoursAsWord =
  '(?:[nuµμm]s|s|h|(?:nano|micro|milli)?sec(?:ond)?s?|millis|min(?:ute)?s?|hours?|hrs?|days?|weeks?)';
const bytes = '[BkKMGTP]';
const bytesAsWord = '(?:[kKMGTPE]i?[Bb](?:ps)?|[KMGTPE]i|[Bb]ytes?)';

const uuid = `${hex}{8}(?:-${hex}{4}){3}-${hex}{12}${wordEnd}`;

/** The kinds of volatile parts, each as it looks from the start of a word; the first to match wins. */
const kinds: readonly (readonly [placeholder: string, pattern: string])[] = [
  ['<uuid>', uuid],
  [
    '<time>',
    `(?:\\d{4}[-/]\\d\\d[-/]\\d\\d(?:[Tt ]\\d\\d:(?:${clock}|\\d\\d)${zone})?` +
      `|\\d{8}T\\d{4,6}(?:[.,]\\d+)?${zone}|\\d{1,2}:${clock}${zone}(?!:))${wordEnd}`,
  ],
  ['<ip>', `${address4}(?::\\d{1,5}|\\/\\d{1,2})?(?!\\.\\d)${wordEnd}`],
  // With 0x, or digits and letters mixed: `deadbeef` is a word, and digits alone are a number.
  ['<hex>', `(?:0[xX]${hex}{8,}|(?=\\d*[A-Fa-f])${hex}{8,})${wordEnd}`],
  ['<dur>', `(?:(?:${decimal}${hours}){1,6}|${decimal}[ -]?${hoursAsWord})${wordEnd}`],
  ['<size>', `${decimal}(?:${bytes}|[ -]?${bytesAsWord})${wordEnd}`],
  // Four digits or more in all: shorter numbers are codes and counts, those with two dots are versions.
  [
    '<num>',
    `(?:\\d{1,3}(?:,\\d{3}){1,8}(?!\\d)(?:\\.\\d+)?|(?=(?:\\.?\\d){4})\\d+(?:\\.\\d+)?)(?!\\.[\\d<])${wordEnd}`,
  ],
  // A short port, behind what is surely a host: in `code:404` it is none.
  [
    '<num>',
    `(?<=(?:(?:\\/\\/|@)[^\\s/:@]{1,128}|localhost|(?:[-0-9A-Za-z]{1,63}\\.){2,8}[A-Za-z]{2,63}):)\\d{1,3}(?!:|\\.\\d)${wordEnd}`,
  ],
];

const kindHere = new RegExp(kinds.map(([, pattern]) => `(${pattern})`).join('|'), 'y');
const uuidHere = new RegExp(uuid, 'y');

// Eight groups, or fewer around a `::`; the last two may be written as an IPv4 address.
const address6Here = new RegExp(
  `(?:(?:${hex}{1,4}:){7}${hex}{1,4}` +
    `|(?:${hex}{1,4}(?::${hex}{1,4}){0,6})?::(?:(?:${hex}{1,4}:){0,6}(?:${address4}|${hex}{1,4}))?)` +
    '(?:%[0-9A-Za-z]{1,16})?(?:\\/\\d{1,3})?(?![0-9A-Za-z:<])',
  'y',
);
const bracketHere = new RegExp(`\\](?::\\d{1,5}${wordEnd})?`, 'y');
const versionHere = /(?:\.\d+(?![0-9A-Za-z]))*/y;
const digitOrQuote = /[0-9"'`]/g;

// What can make a number part of something else: signs next to it, and what units begin with behind a blank.
const joining = new Set([...'-+.,:/µμ'].map((character) => character.charCodeAt(0)));
const unitStart = new Set(
  [...'ABCDEFGHIJKLMNOPQRSTUVWXYZbdhkmnsuwyµμ'].map((character) => character.charCodeAt(0)),
);

const doubleQuote = 0x22;
const singleQuote = 0x27;
const backtick = 0x60;
const dash = 0x2d;
const plus = 0x2b;
const colon = 0x3a;
const greater = 0x3e; // ends a placeholder
const bracket = 0x5b;
const backslash = 0x5c;
const space = 0x20;

function isDigit(code: number): boolean {
  return code >= 0x30 && code <= 0x39;
}

/** Whether a character is an ASCII letter or digit; NaN, outside the text, is none. */
function isWord(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a);
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 0x20) >= 0x61 && (code | 0x20) <= 0x66);
}

function isAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

/** Where the id that begins behind an opening quote ends, if that is what the digit at a position is part of. */
function idEnd(text: string, open: number, at: number): number | undefined {
  const mark = text.charCodeAt(open);
  let close = open + 1;
  for (let code = text.charCodeAt(close); code !== mark; code = text.charCodeAt(close)) {
    const isOther = code === doubleQuote || code === singleQuote || code === backtick;
    if (close === text.length || code <= 0x20 || isOther) {
      return undefined;
    }
    close += 1;
  }
  const end = text.charCodeAt(close - 1) === backslash ? close - 1 : close; // quotes within a JSON string
  const before = text.charCodeAt(open - 1);
  const content = text.slice(open + 1, end);
  // What stands between two quoted words begins or ends like `,404,`; a path or an address is no id, its parts are
  // looked at one by one.
  const isId =
    at < close &&
    !isWord(before) &&
    before !== greater &&
    !/^[,:;=)}\]/]|[,:;=({[]$/.test(content) &&
    !content.includes('://');
  return isId ? end : undefined;
}

/** The IPv6 address that a word next to a colon is part of, with its brackets and port. */
function address6Part(text: string, floor: number, word: number, at: number): Part | undefined {
  let start = word;
  const limit = Math.max(floor, word - 40); // the longest address has 45 characters
  for (; start > limit; start -= 1) {
    const code = text.charCodeAt(start - 1);
    if (code !== colon && !isHex(code)) {
      break;
    }
  }
  const before = text.charCodeAt(start - 1);
  if (
    isWord(before) ||
    before === greater ||
    !isAt(address6Here, text, start) ||
    address6Here.lastIndex <= at
  ) {
    return undefined;
  }
  const end = address6Here.lastIndex;
  return before === bracket && start > floor && isAt(bracketHere, text, end)
    ? { start: start - 1, end: bracketHere.lastIndex, placeholder: '<ip>' }
    : { start, end, placeholder: '<ip>' };
}

/** The UUID of which a word is a later group: one does not stop at its first group if that has no digit. */
function uuidPart(text: string, floor: number, word: number): Part | undefined {
  for (const distance of [9, 14, 19, 24]) {
    const start = word - distance;
    if (start >= floor && !isWord(text.charCodeAt(start - 1)) && isAt(uuidHere, text, start)) {
      return { start, end: uuidHere.lastIndex, placeholder: '<uuid>' };
    }
  }
  return undefined;
}

/** Most numbers can be nothing but numbers, and need no closer look. */
function isBareNumber(text: string, word: number, wordStop: number): boolean {
  for (let at = word; at < wordStop; at += 1) {
    if (!isDigit(text.charCodeAt(at))) return false;
  }
  const isBlankBehind = text.charCodeAt(wordStop) === space;
  return (
    !joining.has(text.charCodeAt(word - 1)) &&
    !joining.has(text.charCodeAt(wordStop)) &&
    !(isBlankBehind && unitStart.has(text.charCodeAt(wordStop + 1)))
  );
}

/** The volatile part that a word is or begins, `at` being its first digit. What is before `floor` is done. */
function volatilePart(
  text: string,
  floor: number,
  word: number,
  at: number,
  wordStop: number,
): Part | undefined {
  const before = text.charCodeAt(word - 1);
  if (isBareNumber(text, word, wordStop)) {
    return wordStop - word < 4 ? undefined : { start: word, end: wordStop, placeholder: '<num>' };
  }
  if (before === colon || text.charCodeAt(wordStop) === colon) {
    const part = address6Part(text, floor, word, at);
    if (part !== undefined) {
      return part;
    }
  }
  if (before === dash && isHex(text.charCodeAt(word - 2))) {
    const part = uuidPart(text, floor, word);
    if (part !== undefined) {
      return part;
    }
  }
  kindHere.lastIndex = word;
  const match = kindHere.exec(text);
  if (match === null) {
    return undefined;
  }
  const placeholder = kinds[match.indexOf(match[0], 1) - 1]![0];
  const isSigned = (before === dash || before === plus) && word > floor && !isWord(text.charCodeAt(word - 2));
  return { start: isSigned ? word - 1 : word, end: word + match[0].length, placeholder };
}

/**
 * The message with its volatile parts (ids, times, durations, sizes, addresses, ports, numbers of four digits or
 * more) replaced by placeholders such as `<uuid>`: the same for two messages that tell of the same problem.
 * Short numbers, digits within words and plain words in quotes stay. The time is linear in the length.
 */
export function maskVolatile(message: string): string {
  let masked = '';
  let done = 0;
  let open = -1; // the last quote so far, unless it was tried before
  digitOrQuote.lastIndex = 0;
  while (digitOrQuote.test(message)) {
    const at = digitOrQuote.lastIndex - 1;
    if (!isDigit(message.charCodeAt(at))) {
      open = at;
      continue;
    }
    const end = open === -1 ? undefined : idEnd(message, open, at);
    let part: Part | undefined;
    let wordStop = at + 1;
    if (end !== undefined) {
      part = { start: open + 1, end, placeholder: '<id>' };
    } else {
      let word = at;
      while (word > done && isWord(message.charCodeAt(word - 1))) {
        word -= 1;
      }
      while (isWord(message.charCodeAt(wordStop))) {
        wordStop += 1;
      }
      part = volatilePart(message, done, word, at, wordStop);
    }
    open = -1;
    if (part === undefined) {
      versionHere.lastIndex = wordStop;
      versionHere.test(message);
      digitOrQuote.lastIndex = versionHere.lastIndex;
    } else {
      masked += message.slice(done, part.start) + part.placeholder;
      done = part.end;
      digitOrQuote.lastIndex = done;
    }
  }
  return done === 0 ? message : masked + message.slice(done);
}

/** Stand-in until the real one is there. */
export function maskCodes(text: string): string {
  return text;
}
