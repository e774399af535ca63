import { SPLAT } from 'triple-beam';
import { composeMessage, countTokens, errorOfFields, isError, readField, textOfError } from './message.ts';

/** What a log record says, whatever form winston handed it over in. */
export interface ReadRecord {
  message: string;
  error: Error | undefined;
  regarding: unknown;
  related: unknown;
  reason: unknown;
  action: unknown;
  eventKey: unknown;
}

/** A log record as a transport gets it; possibly an Error, possibly hostile. */
export type LogRecord = Record<string | symbol, unknown>;

/** More arguments than anybody gives to a logger. */
const MAX_ARGUMENTS = 64;

/** The error that the record was, kept when a format of the transport works on a copy of it. */
export const ORIGINAL_ERROR: unique symbol = Symbol('winston-kubernetes-events error');

/**
 * Reads a record without changing it and without throwing: a part that cannot be read counts as missing and is
 * told to `onProblem`.
 */
export function readRecord(record: LogRecord, onProblem: (detail: string) => void): ReadRecord {
  const read = (source: LogRecord, field: string | symbol): unknown => {
    try {
      return source[field];
    } catch (error) {
      onProblem(`reading the field ${String(field)} threw ${textOfThrown(error)}`);
      return undefined;
    }
  };
  const message = read(record, 'message');
  const splat = toArray(read(record, SPLAT));
  const sources = [record, ...extrasOf(message, splat)];
  const find = (field: string) => {
    for (const source of sources) {
      const value = read(source, field);
      if (value !== undefined) return value;
    }
    return undefined;
  };
  let error: Error | undefined;
  let text = '';
  try {
    error = findError(record, message, splat, sources);
    text = isFatal(record) ? composeFatal(message, error) : composeMessage(message, error, splat);
  } catch (thrown) {
    onProblem(`composing the message threw ${textOfThrown(thrown)}`);
    if (typeof message === 'string') text = message;
  }
  return {
    message: text === '' ? '(no message)' : text,
    error,
    regarding: find('regarding'),
    related: find('related'),
    reason: find('reason'),
    action: find('action'),
    eventKey: find('eventKey'),
  };
}

/** Text of whatever was thrown. */
export function textOfThrown(thrown: unknown): string {
  try {
    return String(thrown).slice(0, 200);
  } catch {
    return 'something that cannot be shown';
  }
}

/** An uncaught exception or rejection, as winston reports it. */
export function isFatal(record: LogRecord): boolean {
  return readField(record, 'exception') === true || readField(record, 'rejection') === true;
}

/** winston puts the whole stack into the message of an exception; one line of it is for people. */
function composeFatal(message: unknown, error: Error | undefined): string {
  const [firstLine = ''] = typeof message === 'string' ? message.split('\n', 1) : [];
  const kind = /^\w+: /.exec(firstLine)?.[0];
  return error === undefined || kind === undefined ? firstLine : kind + textOfError(error);
}

/**
 * Objects behind the first one, and behind the values of a template: winston makes them fields of the record only
 * when the format `splat()` is in use, but whoever wrote the call meant them so.
 */
function extrasOf(message: unknown, splat: unknown[]): LogRecord[] {
  const text = typeof message === 'string' ? message : '';
  const tokens = countTokens(text);
  // To winston any percent sign can be a place for a value, so it has not merged the first one.
  if (tokens > 0 || text.includes('%')) return splat.slice(tokens).filter(isObject);
  return isObject(splat[0]) ? splat.slice(1).filter(isObject) : [];
}

/** The error that came along: the record itself, its message, an extra argument, a field, or what a copy left of it. */
function findError(
  record: LogRecord,
  message: unknown,
  splat: unknown[],
  sources: LogRecord[],
): Error | undefined {
  const given = [record, readField(record, ORIGINAL_ERROR), message, ...splat].find(isError);
  if (given !== undefined) return given;
  for (const source of sources) {
    for (const field of keysOf(source)) {
      const value = readField(source, field);
      if (isError(value)) return value;
    }
  }
  return errorOfFields(record);
}

function keysOf(object: object): string[] {
  try {
    return Object.keys(object);
  } catch {
    return [];
  }
}

function toArray(value: unknown): unknown[] {
  try {
    return Array.isArray(value) ? value.slice(0, MAX_ARGUMENTS) : [];
  } catch {
    return [];
  }
}

function isObject(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null;
}
