import { SPLAT } from 'triple-beam';
import {
  composeMessage,
  countTokens,
  errorOfFields,
  isError,
  readField,
  textOfError,
} from '../text/message.ts';
import { MAX_READ_CHARACTERS } from '../text/text.ts';
import { textOfThrown } from '../text/thrown.ts';

/** The fields by which a record says more than its message. */
interface EventFields {
  regarding: unknown;
  related: unknown;
  reason: unknown;
  action: unknown;
  eventKey: unknown;
}

const EVENT_FIELDS = ['regarding', 'related', 'reason', 'action', 'eventKey'] as const;

/** What a log record says, whatever form winston handed it over in. */
export interface ReadRecord extends EventFields {
  message: string;
  error: Error | undefined;
}

/** A log record as a transport gets it; possibly an Error, possibly hostile. */
export type LogRecord = Record<string | symbol, unknown>;

/** More arguments than anybody gives to a logger, and more fields than anybody gives to a record. */
const MAX_ARGUMENTS = 64;
const MAX_FIELDS = 1_000;
const NONE: readonly never[] = [];

/** The error that the record was, kept when a format of the transport works on a copy of it. */
export const ORIGINAL_ERROR: unique symbol = Symbol('winston-kubernetes-events error');

/**
 * Reads a record without changing it and without throwing: a part that cannot be read counts as missing and is
 * told to `onProblem`.
 */
export function readRecord(record: LogRecord, onProblem: (detail: string) => void): ReadRecord {
  const read: ReadRecord = {
    message: '',
    error: undefined,
    regarding: undefined,
    related: undefined,
    reason: undefined,
    action: undefined,
    eventKey: undefined,
  };
  addFields(read, record, onProblem);
  const message = readMessage(record, onProblem);
  try {
    const splat = argumentsOf(record);
    const extras = extrasOf(message, splat);
    for (const extra of extras) addFields(read, extra, onProblem);
    read.error = findError(record, message, splat, extras);
    read.message = isFatal(record)
      ? composeFatal(message, read.error)
      : composeMessage(message, read.error, splat);
  } catch (thrown) {
    onProblem(`composing the message threw ${textOfThrown(thrown)}`);
    if (typeof message === 'string') read.message = message;
  }
  if (read.message === '') read.message = '(no message)';
  return read;
}

/** True for a record that says the same as any other with its level and message. */
export function isPlain(record: LogRecord): boolean {
  try {
    const isBare =
      typeof record['message'] === 'string' &&
      record['message'] !== '' &&
      record['regarding'] === undefined &&
      record['related'] === undefined &&
      record['reason'] === undefined &&
      record['action'] === undefined &&
      record['eventKey'] === undefined &&
      record['stack'] === undefined &&
      record[SPLAT] === undefined &&
      record[ORIGINAL_ERROR] === undefined &&
      !isFatal(record) &&
      !isError(record) &&
      // The loop below would list what it inherits.
      Object.getPrototypeOf(record) === Object.prototype;
    if (!isBare) return false;
    // Any other field can be an error.
    for (const field in record) if (typeof record[field] === 'object') return false;
    return true;
  } catch {
    return false;
  }
}

/** Adds what is not known yet: all at once, or, when that throws, one by one. */
function addFields(read: EventFields, source: LogRecord, onProblem: (detail: string) => void): void {
  try {
    if (read.regarding === undefined) read.regarding = source['regarding'];
    if (read.related === undefined) read.related = source['related'];
    if (read.reason === undefined) read.reason = source['reason'];
    if (read.action === undefined) read.action = source['action'];
    if (read.eventKey === undefined) read.eventKey = source['eventKey'];
  } catch {
    for (const field of EVENT_FIELDS) {
      try {
        if (read[field] === undefined) read[field] = source[field];
      } catch (error) {
        onProblem(`reading the field ${field} threw ${textOfThrown(error)}`);
      }
    }
  }
}

function readMessage(record: LogRecord, onProblem: (detail: string) => void): unknown {
  try {
    return record['message'];
  } catch (error) {
    onProblem(`reading the field message threw ${textOfThrown(error)}`);
    return undefined;
  }
}

/** An uncaught exception or rejection, as winston reports it. */
export function isFatal(record: LogRecord): boolean {
  try {
    return record['exception'] === true || record['rejection'] === true;
  } catch {
    return false;
  }
}

/** winston puts the whole stack into the message of an exception; one line of it is for people. */
function composeFatal(message: unknown, error: Error | undefined): string {
  const text = typeof message === 'string' ? message.slice(0, MAX_READ_CHARACTERS) : '';
  const [firstLine = ''] = text.split('\n', 1);
  const kind = /^\w+: /.exec(firstLine)?.[0];
  return error === undefined || kind === undefined ? firstLine : kind + textOfError(error);
}

/**
 * Objects behind the first one, and behind the values of a template: winston makes them fields of the record only
 * when the format `splat()` is in use, but whoever wrote the call meant them so.
 */
function extrasOf(message: unknown, splat: readonly unknown[]): readonly LogRecord[] {
  if (splat.length === 0) return NONE;
  const text = typeof message === 'string' ? message.slice(0, MAX_READ_CHARACTERS) : '';
  const tokens = countTokens(text);
  // To winston any percent sign can be a place for a value, so it has not merged the first one.
  if (tokens > 0 || text.includes('%')) return splat.slice(tokens).filter(isObject);
  return isObject(splat[0]) ? splat.slice(1).filter(isObject) : [];
}

/** The error that came along: the record itself, its message, an extra argument, a field, or what a copy left of it. */
function findError(
  record: LogRecord,
  message: unknown,
  splat: readonly unknown[],
  extras: readonly LogRecord[],
): Error | undefined {
  if (isError(record)) return record;
  const original = readField(record, ORIGINAL_ERROR);
  if (isError(original)) return original;
  if (isError(message)) return message;
  const argument = splat.find(isError);
  if (argument !== undefined) return argument;
  const copied = errorOfFields(record);
  // Of an error that was copied `cause` is a field like others: why it happened, not what happened.
  let error = errorAmongFields(record, copied === undefined ? undefined : 'cause');
  for (const extra of extras) error ??= errorAmongFields(extra);
  return error ?? copied;
}

function errorAmongFields(source: LogRecord, except?: string): Error | undefined {
  // Of these even the list of fields may not fit into memory.
  if (ArrayBuffer.isView(source)) return undefined;
  let count = 0;
  try {
    if (Array.isArray(source)) return source.slice(0, MAX_ARGUMENTS).find(isError);
    for (const field of Object.keys(source)) {
      if (++count > MAX_FIELDS) return undefined;
      if (field === except) continue;
      const value = readField(source, field);
      if (isError(value)) return value;
    }
  } catch {
    // A Proxy that does not tell its fields has none.
  }
  return undefined;
}

/** The arguments behind the message. */
function argumentsOf(record: LogRecord): readonly unknown[] {
  try {
    const splat = record[SPLAT];
    return Array.isArray(splat) ? splat.slice(0, MAX_ARGUMENTS) : NONE;
  } catch {
    return NONE;
  }
}

function isObject(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null;
}
