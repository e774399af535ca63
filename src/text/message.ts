import { MAX_READ_CHARACTERS, withoutColours } from './text.ts';
import { formatValue, isSmall, textOfValue } from './value.ts';

/** A stack line as V8 writes it; what stands from the first of them on is for logs, not for an Event. */
const STACK_LINE = /\n[ \t]+at (?:<anonymous>|[^\n]*(?::\d+:\d+|\((?:<anonymous>|native|index \d+)\)))/;
/** `TypeError [ERR_X]: ` at the start of a stack. */
const STACK_NAME = /^([A-Za-z_$][\w$.]*)(?: \[\w+\])?(?:: |$)/;
/** What `util.format` replaces; `%d0` and `%c3` are bytes of an encoded URL and no places for a value. */
const TOKEN = /%(?:[%sijoO]|[dfc](?![0-9A-Fa-f]))/g;
const WORD = /[\p{L}\p{N}_]/u;
const ASCII_WORD = /\w/;

/** True for errors of this and of other realms (worker threads of test runners, vm contexts). */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (value instanceof Error) return true;
    // Errors have a stack in every realm; to ask for that first is cheap.
    return (value as Error).stack !== undefined && Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    // A Proxy whose traps throw, or a revoked one.
    return false;
  }
}

/** A field of whatever is hostile; what cannot be read is missing. */
export function readField(object: object, field: string | symbol): unknown {
  try {
    return (object as Record<string | symbol, unknown>)[field];
  } catch {
    return undefined;
  }
}

/**
 * The error that a record was before a format or a child logger copied it field by field: what is left of it is
 * `stack`, a string, or an array in the records of NestJS.
 */
export function errorOfFields(record: object): Error | undefined {
  const field = readField(record, 'stack');
  const stack = Array.isArray(field) ? field[0] : field;
  if (typeof stack !== 'string' || !STACK_LINE.test(stack.slice(0, MAX_READ_CHARACTERS))) return undefined;
  const header = withoutStack(stack.slice(0, MAX_READ_CHARACTERS));
  const headerName = STACK_NAME.exec(header)?.[1];
  const ownName = readString(record, 'name');
  return Object.assign(Object.create(Error.prototype), {
    name: /(?:Error|Exception)$/.test(ownName) ? ownName : (headerName ?? 'Error'),
    message: headerName === undefined ? header : header.replace(STACK_NAME, ''),
    code: readField(record, 'code'),
    stack: stack.slice(0, MAX_READ_CHARACTERS),
  });
}

/** What an error has to say in one line: its message, else those of the errors in it, else its code or name. */
export function textOfError(error: Error): string {
  return messageOfError(error) || readString(error, 'name') || 'Error';
}

/** What an error says beyond its name. */
function messageOfError(error: Error, depth = 0): string {
  const message = withoutStack(withoutColours(readString(error, 'message')));
  if (message !== '') return message;
  const inner = depth < 2 ? innerErrors(error) : [];
  const texts = inner.map((one) => messageOfError(one, depth + 1)).filter((text) => text !== '');
  return texts.length > 0 ? texts.join('; ') : readString(error, 'code');
}

function innerErrors(error: Error): Error[] {
  try {
    const { errors } = error as { errors?: unknown };
    return Array.isArray(errors) ? errors.slice(0, 3).filter(isError) : [];
  } catch {
    return [];
  }
}

/**
 * The text a person wants to read: the message after winston's formatting, with the message of the error that
 * came along in it once, and no stack.
 */
export function composeMessage(
  message: unknown,
  error: Error | undefined,
  splat: readonly unknown[],
): string {
  const text = interpolate(isError(message) ? textOfError(message) : textOf(message), splat);
  if (error === undefined) return withoutStack(text);
  const errorText = messageOfError(error);
  const readable = withoutStack(withoutDump(text, error, errorText));
  if (readable === '') return textOfError(error);
  if (errorText === '') return readable;
  if (!mentions(readable, errorText))
    return /[:\s]$/.test(readable) ? `${readable.trimEnd()} ${errorText}` : `${readable}: ${errorText}`;
  // winston appends the message of an error also to a text that has it.
  const before = readable.endsWith(` ${errorText}`) ? readable.slice(0, -errorText.length - 1) : '';
  return mentions(before, errorText) ? before : readable;
}

/** How many values a template asks for. */
export function countTokens(template: string): number {
  return (template.match(TOKEN) ?? []).filter((token) => token !== '%%').length;
}

/** winston keeps the template when the format `splat()` is not in use. */
function interpolate(text: string, splat: readonly unknown[]): string {
  if (splat.length === 0 || !text.includes('%') || countTokens(text) === 0) return text;
  // When `splat()` is in use, what looks like a template came with a value.
  const isPartOfText = (value: unknown) => {
    const part = isError(value) ? textOfError(value) : value;
    return typeof part === 'string' && text.includes(part) && countTokens(part) > 0;
  };
  if (splat.some(isPartOfText)) return text;
  let next = 0;
  let left = MAX_READ_CHARACTERS;
  const filled = text.replace(TOKEN, (token) => {
    if (left <= 0) return '';
    if (token === '%%') return '%';
    if (next === splat.length) return token;
    const value = splat[next++];
    const part = isError(value) ? textOfError(value) : tryFormat(token, value);
    left -= part.length;
    return part;
  });
  return filled.slice(0, MAX_READ_CHARACTERS);
}

/** `splat()` prints an Error as util.inspect does: several hundred characters of stack and fields. */
function withoutDump(text: string, error: Error, errorText: string): string {
  // A dump has a stack, or fields in braces; to make one for a comparison may take long.
  if (!STACK_LINE.test(text) && (mentions(text, errorText) || !text.includes('{'))) return text;
  if (!isSmall(error)) return text;
  for (const token of ['%s', '%o', '%O', '%j']) {
    const dump = tryFormat(token, error);
    if (dump !== token && text.includes(dump)) return text.replace(dump, () => errorText);
  }
  return text;
}

function tryFormat(token: string, value: unknown): string {
  try {
    return formatValue(token, value).slice(0, MAX_READ_CHARACTERS);
  } catch {
    return token;
  }
}

/** The text up to the first line of a stack. */
export function withoutStack(text: string): string {
  const match = STACK_LINE.exec(text);
  return match === null ? text : text.slice(0, match.index);
}

/** True when `part` stands in the text as words of their own: an error that says `x` is not in `next`. */
function mentions(text: string, part: string): boolean {
  if (part === '') return true;
  const isWord = (character: string | undefined) =>
    character !== undefined && (character < '\u0080' ? ASCII_WORD : WORD).test(character);
  const [first, last] = [isWord(part[0]), isWord(part.at(-1))];
  for (let at = text.indexOf(part); at !== -1; at = text.indexOf(part, at + part.length)) {
    if (!(first && isWord(text[at - 1])) && !(last && isWord(text[at + part.length]))) return true;
  }
  return false;
}

function textOf(message: unknown): string {
  const text = typeof message === 'string' ? message : textOfValue(message);
  return withoutColours(text.slice(0, MAX_READ_CHARACTERS));
}

function readString(object: object, field: string): string {
  const value = readField(object, field);
  return typeof value === 'string' ? value.slice(0, MAX_READ_CHARACTERS) : '';
}
