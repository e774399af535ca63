/**
 * The most bytes of UTF-8 in a message. The API server refuses more if `eventTime` is set. It counts bytes, although its
 * error says characters (kubernetes/kubernetes `pkg/apis/core/validation/events.go`, NoteLengthLimit).
 */
export const MAX_MESSAGE_BYTES = 1024;

/** Longer text is cut here first, so that no time is spent on text that nobody will see. */
export const MAX_READ_CHARACTERS: number = 16 * 1024;

const ELLIPSIS = '…';
const ELLIPSIS_BYTES = 3;

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/;
/** Terminal colours (CSI) and hyperlinks (OSC). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: both start with ESC
const COLOURS = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\))/g;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]+/g;

const LINE_END = /[\r\n\t\u2028\u2029]/;

/** The text without terminal colours, so that stack lines and quoted text can be recognized. */
export function withoutColours(text: string): string {
  return text.includes('\u001b') ? text.replace(COLOURS, '') : text;
}

/** True for one line of printable ASCII: most messages are that, and there is nothing to clean. */
export function isPlainText(text: string): boolean {
  return !/[^ -~]/.test(text);
}

/** The text without terminal colours, control characters (except tabs and line ends) and lone surrogates. */
export function cleanText(text: string): string {
  const clean = CONTROL.test(text) ? withoutColours(text).replace(CONTROLS, ' ') : text;
  return clean.toWellFormed();
}

/** Several lines as one line, without their indentation, because Events are read in a table. */
export function joinLines(text: string): string {
  return LINE_END.test(text)
    ? text
        .split(LINE_END)
        .map((line) => line.trim())
        .filter(Boolean)
        .join(' ')
    : text.trim();
}

/** Cuts text to at most `maxBytes` of UTF-8 between two characters. An ellipsis shows that it was cut. */
export function truncateUtf8(text: string, maxBytes: number): string {
  // A UTF-16 unit takes at most three bytes, so short text need not be measured.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = maxBytes - ELLIPSIS_BYTES;
  // Bytes of the form 10xxxxxx continue a character. This goes back to where it begins.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + ELLIPSIS;
}

/** The same text in memory of its own. A part of a string keeps the whole string in memory. */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}
