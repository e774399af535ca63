/**
 * The most bytes of UTF-8 a message may have: the API server refuses more once `eventTime` is set, and counts
 * bytes although its error says characters (kubernetes/kubernetes `pkg/apis/core/validation/events.go`, NoteLengthLimit).
 */
export const MAX_MESSAGE_BYTES = 1024;

/** Longer text is cut here first, so that no work is done on what nobody will see. */
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

/** Text without terminal colours, in which stack lines and quoted text can be recognised. */
export function withoutColours(text: string): string {
  return text.includes('\u001b') ? text.replace(COLOURS, '') : text;
}

/** True for one line of printable ASCII: most messages are that, and there is nothing to clean. */
export function isPlainText(text: string): boolean {
  return !/[^ -~]/.test(text);
}

/** Text without terminal colours and control characters (tab and line end stay), and without lone surrogates. */
export function cleanText(text: string): string {
  const clean = CONTROL.test(text) ? withoutColours(text).replace(CONTROLS, ' ') : text;
  return clean.toWellFormed();
}

/** Several lines as one, as an Event is read in a table; what a line is indented by goes too. */
export function joinLines(text: string): string {
  return LINE_END.test(text)
    ? text
        .split(LINE_END)
        .map((line) => line.trim())
        .filter(Boolean)
        .join(' ')
    : text.trim();
}

/** Cuts text to at most `maxBytes` of UTF-8 on a character boundary; what was cut shows as an ellipsis. */
export function truncateUtf8(text: string, maxBytes: number): string {
  // A UTF-16 unit is at most three bytes, so short text need not be measured.
  if (text.length * 3 <= maxBytes || Buffer.byteLength(text) <= maxBytes) return text;
  const bytes = Buffer.from(text.slice(0, maxBytes));
  let end = maxBytes - ELLIPSIS_BYTES;
  // Bytes of the form 10xxxxxx continue a character: step back to where it began.
  while (end > 0 && ((bytes[end] as number) & 0xc0) === 0x80) end--;
  return bytes.toString('utf8', 0, end) + ELLIPSIS;
}

/** The same text, in memory of its own: a part of a string keeps all of that string alive. */
export function detached(text: string): string {
  return ` ${text}`.slice(1);
}
