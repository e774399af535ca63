// Finds the volatile parts of a message: the values that differ from one occurrence of a problem to the next.
//
// All of them contain a decimal digit, so one scan looks for digits only. At a digit it steps back to the start
// of the word and asks each kind in turn whether it matches there; if none does, it goes on behind the word. Only
// ASCII letters and digits make a word, and repetitions are bounded where they may reach beyond it, so the time
// stays linear.

/** A part of the message and what it is replaced by. */
interface Part {
  readonly start: number;
  readonly end: number;
  readonly placeholder: string;
}

const wordEnd = '(?![0-9A-Za-z])';
const address4 = '(?:\\d{1,3}\\.){3}\\d{1,3}';
const decimal = '\\d+(?:[.,]\\d{1,9}){0,6}';

const uuidHere = new RegExp(`[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}${wordEnd}`, 'iy');

/** Where a UUID may begin before one of its later groups: a group without any digit is not noticed. */
const uuidGroups: readonly number[] = [0, 9, 14, 19, 24];

// Eight groups, or fewer around a `::`; the last two may be written as an IPv4 address.
const address6Here = new RegExp(
  `(?:(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}` +
    `|(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6})?::(?:(?:[0-9a-f]{1,4}:){0,6}(?:${address4}|[0-9a-f]{1,4}))?)` +
    `(?:%[0-9a-z]{1,16})?(?:\\/\\d{1,3})?(?![0-9a-z:])`,
  'iy',
);
const bracketHere = new RegExp(`\\](?::\\d{1,5}${wordEnd})?`, 'y');

const kinds: readonly { expression: RegExp; placeholder: string; isSigned?: boolean }[] = [
  {
    expression: new RegExp(
      `(?:\\d{4}([-/])\\d\\d\\1\\d\\d` +
        `(?:[Tt ]\\d\\d:\\d\\d(?::\\d\\d(?:[.,]\\d+)?)?(?: ?(?:[Zz]|UTC|GMT|[-+]\\d\\d(?::?\\d\\d)?))?)?` +
        `|\\d{8}T\\d{4,6}(?:[.,]\\d+)?(?:Z|[-+]\\d{4})?` +
        `|\\d{1,2}:\\d\\d:\\d\\d(?:[.,]\\d+)?(?: ?(?:Z|UTC|GMT|[-+]\\d\\d:?\\d\\d))?(?!:))${wordEnd}`,
      'y',
    ),
    placeholder: '<time>',
  },
  {
    expression: new RegExp(`${address4}(?::\\d{1,5}|\\/\\d{1,2})?(?!\\.\\d)${wordEnd}`, 'y'),
    placeholder: '<ip>',
  },
  {
    // 0x…, or digits and letters mixed: `deadbeef` is a word, and digits alone are a number
    expression: new RegExp(`(?:0x[0-9a-f]{8,}|(?=\\d*[a-f])[0-9a-f]{8,})${wordEnd}`, 'iy'),
    placeholder: '<hex>',
  },
  {
    expression: new RegExp(
      `(?:(?:${decimal}(?:[nuµμm]?s|m|h|d)){1,6}` +
        `|${decimal}[ -]?(?:[nuµμm]s|s|h|(?:nano|micro|milli)?sec(?:ond)?s?|millis|min(?:ute)?s?|hours?|hrs?|days?|weeks?))${wordEnd}`,
      'y',
    ),
    placeholder: '<dur>',
    isSigned: true,
  },
  {
    expression: new RegExp(
      `${decimal}(?:[BkKMGTP]|[ -]?(?:[kKMGTPE]i?[Bb](?:ps)?|[KMGTPE]i|[Bb]ytes?))${wordEnd}`,
      'y',
    ),
    placeholder: '<size>',
    isSigned: true,
  },
  {
    // Four digits or more in all: shorter numbers are codes and counts, those with two dots are versions.
    expression: new RegExp(
      `(?:\\d{1,3}(?:,\\d{3}){1,8}(?!\\d)(?:\\.\\d+)?|(?=(?:\\.?\\d){4})\\d+(?:\\.\\d+)?)(?!\\.\\d)${wordEnd}`,
      'y',
    ),
    placeholder: '<num>',
    isSigned: true,
  },
  {
    // A short port, behind what is surely a host: `code:404` is no port.
    expression: new RegExp(
      `(?<=(?:(?:\\/\\/|@)[^\\s/:@]{0,128}|localhost|(?:[-0-9A-Za-z]{1,63}\\.){2,8}[A-Za-z]{2,63}):)\\d{1,3}(?!:|\\.\\d)${wordEnd}`,
      'y',
    ),
    placeholder: '<num>',
  },
];

const versionHere = /(?:\.\d+)*/y;

const other = 0;
const digit = 1;
const letter = 2;
const quote = 3;
const blank = 4;

/** The class of each ASCII character. */
const classes: Uint8Array = new Uint8Array(128);
classes.fill(digit, 0x30, 0x3a);
classes.fill(letter, 0x41, 0x5b);
classes.fill(letter, 0x61, 0x7b);
for (const character of '\'"`') {
  classes[character.charCodeAt(0)] = quote;
}
for (const character of ' \t\r\n') {
  classes[character.charCodeAt(0)] = blank;
}

function classAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? classes[code]! : other; // NaN, beyond the text, is not less than anything
}

function isWord(text: string, at: number): boolean {
  const kind = classAt(text, at);
  return kind === digit || kind === letter;
}

function isAt(expression: RegExp, text: string, at: number): boolean {
  expression.lastIndex = at;
  return expression.test(text);
}

/** The end of an id in quotes: no blank in between, nothing that looks like the outside of two quoted words. */
function quotedEnd(text: string, open: number, at: number): number | undefined {
  let close = at;
  while (close < text.length && classAt(text, close) !== quote && classAt(text, close) !== blank) {
    close += 1;
  }
  if (text[close] !== text[open] || isWord(text, open - 1)) {
    return undefined;
  }
  const end = text[close - 1] === '\\' ? close - 1 : close; // quotes within a JSON string
  // An address or a path is no id: its parts are looked at one by one.
  const isOutside = /[\s,:;=)}\]/\\]/.test(text[open + 1]!) || /[,:;=({[]/.test(text[end - 1]!);
  return isOutside || text.slice(open, end).includes('://') ? undefined : end;
}

function address6Part(text: string, word: number, floor: number, at: number): Part | undefined {
  let start = word;
  while (start > floor && word - start < 40 && /[0-9A-Fa-f:]/.test(text[start - 1]!)) {
    start -= 1;
  }
  if (isWord(text, start - 1) || !isAt(address6Here, text, start) || address6Here.lastIndex <= at) {
    return undefined;
  }
  const end = address6Here.lastIndex;
  if (start > floor && text[start - 1] === '[' && isAt(bracketHere, text, end)) {
    return { start: start - 1, end: bracketHere.lastIndex, placeholder: '<ip>' };
  }
  return { start, end, placeholder: '<ip>' };
}

/** The volatile part that contains the digit at a position; nothing before `floor` is left to be replaced. */
function volatilePart(text: string, floor: number, at: number): Part | undefined {
  let word = at;
  while (word > floor && isWord(text, word - 1)) {
    word -= 1;
  }
  const before = text[word - 1];
  for (const distance of before === '-' ? uuidGroups : [0]) {
    const start = word - distance;
    if (start >= floor && !isWord(text, start - 1) && isAt(uuidHere, text, start)) {
      return { start, end: uuidHere.lastIndex, placeholder: '<uuid>' };
    }
  }
  if (before === ':' || /[0-9A-Fa-f]{1,4}:/y.test(text.slice(word, word + 5))) {
    const part = address6Part(text, word, floor, at);
    if (part !== undefined) {
      return part;
    }
  }
  for (const kind of kinds) {
    if (isAt(kind.expression, text, word)) {
      const isSigned =
        kind.isSigned && word > floor && (before === '-' || before === '+') && !isWord(text, word - 2);
      return {
        start: isSigned ? word - 1 : word,
        end: kind.expression.lastIndex,
        placeholder: kind.placeholder,
      };
    }
  }
  return undefined;
}

/**
 * The message with its volatile parts (ids, times, durations, sizes, addresses, ports, numbers of four digits or
 * more) replaced by placeholders such as `<uuid>`: the same for two messages that tell of the same problem.
 * Short numbers, digits within words and plain words in quotes stay. The time is linear in the length.
 */
export function maskVolatile(message: string): string {
  let masked = '';
  let done = 0;
  let open = -1; // the last quote since the last blank
  for (let at = 0; at < message.length; at += 1) {
    const kind = classAt(message, at);
    if (kind === quote) {
      open = at;
    } else if (kind === blank) {
      open = -1;
    } else if (kind === digit) {
      const end = open === -1 ? undefined : quotedEnd(message, open, at);
      const part =
        end === undefined ? volatilePart(message, done, at) : { start: open + 1, end, placeholder: '<id>' };
      open = -1;
      if (part === undefined) {
        while (isWord(message, at)) {
          at += 1;
        }
        versionHere.lastIndex = at;
        versionHere.test(message);
        at = versionHere.lastIndex - 1;
      } else {
        masked += message.slice(done, part.start) + part.placeholder;
        done = part.end;
        at = done - 1;
      }
    }
  }
  return done === 0 ? message : masked + message.slice(done);
}
