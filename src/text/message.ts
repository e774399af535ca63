import { formatWithOptions, inspect } from 'node:util';
import { MAX_READ_CHARACTERS, withoutColours } from './text.ts';

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
  const filled = text.replace(TOKEN, (token) => {
    if (token === '%%') return '%';
    if (next === splat.length) return token;
    const value = splat[next++];
    return isError(value) ? textOfError(value) : tryFormat(token, value);
  });
  return filled.slice(0, MAX_READ_CHARACTERS);
}

/** `splat()` prints an Error as util.inspect does: several hundred characters of stack and fields. */
function withoutDump(text: string, error: Error, errorText: string): string {
  // A dump has a stack, or fields in braces; to make one for a comparison may take long.
  if (!STACK_LINE.test(text) && (mentions(text, errorText) || !text.includes('{'))) return text;
  for (const token of ['%s', '%o', '%O', '%j']) {
    const dump = tryFormat(token, error);
    if (dump !== token && text.includes(dump)) return text.replace(dump, () => errorText);
  }
  return text;
}

function tryFormat(token: string, value: unknown): string {
  try {
    // `%j` of everything and `%d` of an array would print all of it.
    if (token === '%j') return textOfValue(value, `${value}`);
    if (/[dif]/.test(token) && typeof value === 'object') return 'NaN';
    return formatWithOptions({ colors: false }, token, value).slice(0, MAX_READ_CHARACTERS);
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

/** Any value as text, objects as JSON; what is too large for an Event, or no JSON, as util.inspect shows it. */
export function textOfValue(value: unknown, missing = ''): string {
  if (value === undefined || value === null) return missing;
  if (typeof value === 'function') return inspect(value);
  if (typeof value !== 'object') return String(value);
  // As JSON it would be a list of all its numbers.
  if (ArrayBuffer.isView(value)) return inspect(value);
  let size = 0;
  const bounded = (_key: string, part: unknown) => {
    size += typeof part === 'string' || Array.isArray(part) ? part.length : 1;
    if (size > MAX_READ_CHARACTERS) throw new RangeError('too large');
    return withoutBytes(part);
  };
  try {
    return JSON.stringify(value, bounded) ?? '';
  } catch {
    return inspect(value, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  }
}

/** Bytes as util.inspect shows them, which is a few: `JSON.stringify()` would ask a Buffer for a list of all. */
function withoutBytes(part: unknown): unknown {
  if (typeof part !== 'object' || part === null) return part;
  if (ArrayBuffer.isView(part)) return inspect(part);
  const shown = (value: unknown) => (ArrayBuffer.isView(value) ? inspect(value) : value);
  if (Array.isArray(part)) return part.some(ArrayBuffer.isView) ? part.map(shown) : part;
  for (const field in part) {
    if (!ArrayBuffer.isView((part as Record<string, unknown>)[field])) continue;
    return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, shown(value)]));
  }
  return part;
}

function readString(object: object, field: string): string {
  const value = readField(object, field);
  return typeof value === 'string' ? value.slice(0, MAX_READ_CHARACTERS) : '';
}
