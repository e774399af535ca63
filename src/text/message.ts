import { MAX_MESSAGE_BYTES, MAX_READ_CHARACTERS, withoutColours } from './text.ts';
import { formatValue, isSmall, textOfValue } from './value.ts';

/** A line of a stack, as V8 writes it. From the first such line on, the text is for logs, not for an Event. */
const STACK_LINE = /\n[ \t]+at (?:<anonymous>|[^\n]*(?::\d+:\d+|\((?:<anonymous>|native|index \d+)\)))/;
/** `TypeError [ERR_X]: ` at the start of a stack. */
const STACK_NAME = /^([A-Za-z_$][\w$.]*)(?: \[\w+\])?(?:: |$)/;
/** The placeholders of `util.format`. `%d0` and `%c3` are not placeholders, but bytes of an encoded URL. */
const TOKEN = /%(?:[%sijoO]|[dfc](?![0-9A-Fa-f]))/g;
const WORD = /[\p{L}\p{N}_]/u;
const ASCII_WORD = /\w/;

/** True for errors, also for those of other realms (worker threads of test runners, vm contexts). */
export function isError(value: unknown): value is Error {
  if (typeof value !== 'object' || value === null) return false;
  try {
    if (value instanceof Error) return true;
    // Errors of every realm have a stack. Checking that first takes little time.
    return (value as Error).stack !== undefined && Object.prototype.toString.call(value) === '[object Error]';
  } catch {
    // A Proxy whose traps throw, or a revoked one.
    return false;
  }
}

/** Reads a field of an object that may throw. A field that cannot be read counts as missing. */
export function readField(object: object, field: string | symbol): unknown {
  try {
    return (object as Record<string | symbol, unknown>)[field];
  } catch {
    return undefined;
  }
}

/**
 * The error that a record was before a format or a child logger copied its fields one by one. The copy still has `stack`,
 * which is a string, or an array in the records of NestJS.
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
    cause: readField(record, 'cause'),
    errors: readField(record, 'errors'),
    stack: stack.slice(0, MAX_READ_CHARACTERS),
  });
}

/** The text of an error: its message and the messages of its causes, else its code or its name. */
export function textOfError(error: Error): string {
  return withError('', error, messageOf(error)) || readString(error, 'name') || 'Error';
}

/** No chain of causes is longer, and no tree of errors is larger. */
const MAX_ERRORS = 16;
const MAX_ERRORS_WITHIN = 3;
const NONE: readonly never[] = [];

/**
 * Adds to a text the messages of an error, of its causes and of the first errors in it. A message that the text already
 * contains is not added.
 */
function withError(
  text: string,
  error: object,
  message: string,
  separator = ': ',
  seen?: Set<object>,
): string {
  const start = followedBy(text, message, separator);
  const all = withCauses(start, error, message === '' ? separator : ': ', seen);
  return message === '' && all === text ? followedBy(text, readString(error, 'code'), separator) : all;
}

function withCauses(text: string, error: object, separator: string, seen?: Set<object>): string {
  const causes = causesOf(error);
  if (causes.length === 0) return text;
  const all = seen ?? new Set([error]);
  let [said, next] = [text, separator];
  for (const cause of causes) {
    if (all.has(cause) || all.size === MAX_ERRORS || said.length > MAX_READ_CHARACTERS) continue;
    all.add(cause);
    const before = said;
    said = withError(said, cause, messageOf(cause), next, all);
    if (said !== before) next = '; ';
  }
  return said;
}

function messageOf(error: object): string {
  return withoutStack(withoutColours(readString(error, 'message')));
}

/** The cause of an error and the first errors in it. A cause that is a string becomes an object with that message. */
function causesOf(error: object): readonly object[] {
  const cause = readField(error, 'cause');
  const errors = readField(error, 'errors');
  if (cause === undefined && errors === undefined) return NONE;
  const causes = [cause];
  try {
    if (Array.isArray(errors)) causes.push(...errors.slice(0, MAX_ERRORS_WITHIN));
  } catch {
    // A Proxy that cannot be read.
  }
  return causes
    .map((one) => (typeof one === 'string' ? { message: one } : one))
    .filter((one): one is object => typeof one === 'object' && one !== null);
}

function followedBy(text: string, part: string, separator: string): string {
  if (text === '' || mentions(text, part)) return text || part;
  return /[:\s]$/.test(text) ? `${text.trimEnd()} ${part}` : text + separator + part;
}

/** The last message and message of an error, and the text made from them. Only if nothing else decides the text. */
let latest: { message: string; said: string; text: string } | undefined;
/** One line of printable ASCII without `%` and `{`. It contains no placeholder, dump, stack or colour. */
const SIMPLE = /^[ -$&-z|-~]+$/;

function isSimple(text: unknown): text is string {
  return typeof text === 'string' && text.length <= MAX_MESSAGE_BYTES && SIMPLE.test(text);
}

/** True if an error has no text but its message. */
function saysAll(error: Error): boolean {
  return causesOf(error) === NONE && readField(error, 'toString') === Error.prototype.toString;
}

/**
 * The text for people. It is the message as winston formatted it, and contains the message of the error that came along
 * once. The messages of its causes follow. It has no stack.
 */
export function composeMessage(
  message: unknown,
  error: Error | undefined,
  splat: readonly unknown[],
): string {
  if (error === undefined) {
    // The intake cleans the text later, once for all records that say the same.
    const isText = typeof message === 'string' && (splat.length === 0 || !message.includes('%'));
    return isText ? message : compose(message, error, splat);
  }
  const said = readField(error, 'message');
  if (latest !== undefined && message === latest.message && said === latest.said && saysAll(error))
    return latest.text;
  const text = compose(message, error, splat);
  if (isSimple(message) && isSimple(said) && saysAll(error)) latest = { message, said, text };
  return text;
}

function compose(message: unknown, error: Error | undefined, splat: readonly unknown[]): string {
  const text = interpolate(isError(message) ? messageOf(message) : textOf(message), splat);
  if (error === undefined) return withoutStack(text);
  const own = messageOf(error);
  const readable = withoutStack(withoutDump(text, error, own || textOfError(error), splat));
  return withError(withoutRepetition(readable, own), error, own) || textOfError(error);
}

/** winston appends the message of an error even to a text that already contains it. */
function withoutRepetition(text: string, part: string): string {
  if (part === '' || !text.endsWith(part)) return text;
  const before = text.slice(0, -part.length);
  return before.endsWith(' ') && mentions(before, part) ? before.slice(0, -1) : text;
}

/** The number of placeholders in a template that need a value. */
export function countTokens(template: string): number {
  return (template.match(TOKEN) ?? []).filter((token) => token !== '%%').length;
}

/** Fills in a template. winston does this only if the format `splat()` is in use. */
function interpolate(text: string, splat: readonly unknown[]): string {
  if (splat.length === 0 || !text.includes('%') || countTokens(text) === 0) return text;
  // If `splat()` has filled in the template, the placeholders that are left came with a value.
  const isPartOfText = (value: unknown) => {
    const part = isError(value) ? messageOf(value) : value;
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
    const part = isError(value) ? messageOf(value) || textOfError(value) : tryFormat(token, value);
    left -= part.length;
    return part;
  });
  return filled.slice(0, MAX_READ_CHARACTERS);
}

/**
 * `splat()` prints an error with its own `toString()` or with `util.inspect`, which adds fields, a piece of source and a
 * stack. This puts the text of the error in place of such a dump.
 */
function withoutDump(text: string, error: Error, errorText: string, splat: readonly unknown[]): string {
  const isOwn = splat.includes(error) && readField(error, 'toString') !== Error.prototype.toString;
  // A dump has a stack, or fields in braces. Without either, none is made for comparison, because that may take long.
  const isDump = STACK_LINE.test(text) || (text.includes('{') && !mentions(text, errorText));
  if (!(isDump || isOwn) || !isSmall(error)) return text;
  for (const token of isDump ? ['%s', '%o', '%O', '%j'] : ['%s']) {
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

/** True if the text contains `part` as whole words. An error with the message `x` is not in `next`. */
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
