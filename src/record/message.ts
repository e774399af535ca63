import { formatWithOptions } from 'node:util';

/** Stack lines as V8 writes them; what stands after the first of them is for logs, not for an Event. */
const STACK_LINE = /\n\s+at [^\n]+/;

/** True for errors of this and of other realms (worker threads of test runners, vm contexts). */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]';
}

/** What an error has to say in one line: its message, else those of the errors in it, else its code or name. */
export function textOfError(error: Error, depth = 0): string {
  const message = readString(error, 'message');
  if (message !== '') return message;
  const inner = (error as { errors?: unknown }).errors;
  if (Array.isArray(inner) && depth < 2) {
    const texts = inner.slice(0, 3).filter(isError);
    if (texts.length > 0) return texts.map((one) => textOfError(one, depth + 1)).join('; ');
  }
  return readString(error, 'code') || readString(error, 'name') || 'Error';
}

/**
 * The text a person wants to read: the message after winston's formatting, with the message of the error that
 * came along in it once, and no stack.
 */
export function composeMessage(message: unknown, error: Error | undefined, splat: unknown): string {
  let text = isError(message) ? textOfError(message) : textOf(message);
  if (Array.isArray(splat) && splat.length > 0 && text.includes('%')) text = interpolate(text, splat);
  if (error !== undefined) {
    const errorText = withoutStack(textOfError(error));
    text = withoutStack(withoutDump(text, error));
    if (text === '') return errorText;
    return errorText === '' || text.includes(errorText) ? text : `${text}: ${errorText}`;
  }
  return withoutStack(text);
}

/** winston keeps the template when the format `splat()` is not in use. */
function interpolate(text: string, splat: unknown[]): string {
  const tokens = text.match(/%[sdifjoOc]/g);
  if (tokens === null) return text;
  const values = splat.slice(0, tokens.length).map((value) => (isError(value) ? textOfError(value) : value));
  if (values.length < tokens.length) return text;
  return formatWithOptions({ depth: 1, colors: false }, text, ...values);
}

/** `splat()` prints an Error with `%s` as util.inspect does: several hundred characters of stack and fields. */
function withoutDump(text: string, error: Error): string {
  if (!STACK_LINE.test(text)) return text;
  for (const dump of [formatWithOptions({ colors: false }, '%s', error), readString(error, 'stack')]) {
    if (dump !== '' && text.includes(dump)) return text.replace(dump, () => textOfError(error));
  }
  return text;
}

function withoutStack(text: string): string {
  const match = STACK_LINE.exec(text);
  return match === null ? text : text.slice(0, match.index);
}

function textOf(message: unknown): string {
  if (typeof message === 'string') return message;
  if (message === undefined || message === null) return '';
  if (typeof message !== 'object') return String(message);
  try {
    return JSON.stringify(message) ?? '';
  } catch {
    return formatWithOptions({ depth: 1, breakLength: Number.POSITIVE_INFINITY }, '%o', message);
  }
}

function readString(object: object, field: string): string {
  const value = (object as Record<string, unknown>)[field];
  return typeof value === 'string' ? value : '';
}
