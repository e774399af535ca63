import { SPLAT } from 'triple-beam';
import { composeMessage, errorOfFields, isError, readField, textOfError } from '../text/message.ts';
import { isReason } from '../text/reason.ts';
import { MAX_READ_CHARACTERS, withoutColours } from '../text/text.ts';
import { textOfThrown } from '../text/thrown.ts';
import { textOfValue } from '../text/value.ts';
import { argumentsOf, isObject, itemsOf, type LogRecord, MOVED, objectsIn, sourcesOf } from './fields.ts';

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
  /** Whatever holds fields of the record. */
  sources: readonly LogRecord[];
}

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
    sources: [record],
    regarding: undefined,
    related: undefined,
    reason: undefined,
    action: undefined,
    eventKey: undefined,
  };
  const message = readMessage(record, onProblem);
  try {
    const splat = argumentsOf(record);
    const objects = objectsIn(record);
    read.sources = sourcesOf(record, objects, message, splat);
    for (const source of read.sources) addFields(read, source, onProblem);
    read.error =
      errorOf(record, message, splat, read.sources[1]) ?? errorAmongFields(read.sources, objects, message);
    read.message = isFatal(record)
      ? composeFatal(message, read.error)
      : composeMessage(textOf(message, read.error, splat), read.error, splat);
  } catch (thrown) {
    onProblem(`composing the message threw ${textOfThrown(thrown)}`);
    if (typeof message === 'string') read.message = message;
  }
  if (read.message === '') read.message = '(no message)';
  return read;
}

/** What a record says that holds a message, the fields of an Event, and data. */
export interface PlainRecord extends EventFields {
  message: string;
}

/**
 * Reads a record that says nothing else, as most do: it takes a fraction of the time.
 * @param plain gets what the record says, so that nothing is allocated
 * @returns false: the record may say more
 */
export function readPlain(record: LogRecord, plain: PlainRecord): boolean {
  try {
    const { message } = record;
    const isPlain =
      typeof message === 'string' &&
      message !== '' &&
      !isFatal(record) &&
      // Before its stack, which is written for who asks for it first.
      !isError(record) &&
      record['stack'] === undefined &&
      record[ORIGINAL_ERROR] === undefined &&
      // The loop below would list what it inherits.
      Object.getPrototypeOf(record) === Object.prototype &&
      isData(record[SPLAT], message) &&
      holdsData(record);
    if (!isPlain) return false;
    plain.message = message;
    plain.regarding = record['regarding'];
    plain.related = record['related'];
    plain.reason = wordIn(record['reason']);
    plain.action = wordIn(record['action']);
    plain.eventKey = typeof record['eventKey'] === 'string' ? record['eventKey'] : undefined;
    return true;
  } catch {
    return false;
  }
}

/** True for the arguments of a call with nothing but fields, which winston has made fields of the record. */
function isData(splat: unknown, message: string): boolean {
  if (splat === undefined) return true;
  if (!Array.isArray(splat) || splat.length !== 1 || message.includes('%')) return false;
  const [fields] = splat;
  return isObject(fields) && !isError(fields) && fields['message'] === undefined;
}

/** False when a field may be an error, or hold fields of the record. */
function holdsData(record: LogRecord): boolean {
  let own = 0;
  for (const name in record) {
    const value = record[name];
    if (isObject(value) && (own === 2 || MOVED.includes(name) || isError(value))) return false;
    if (name === 'level' || name === 'message') own++;
  }
  return true;
}

/** Adds what is not known yet: all at once, or, when that throws, one by one. */
function addFields(read: EventFields, source: LogRecord, onProblem: (detail: string) => void): void {
  try {
    if (read.regarding === undefined) read.regarding = source['regarding'];
    if (read.related === undefined) read.related = source['related'];
    if (read.reason === undefined) read.reason = wordIn(source['reason']);
    if (read.action === undefined) read.action = wordIn(source['action']);
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

/** Anything else happens to have the name of the field, and hides none. */
function wordIn(value: unknown): string | undefined {
  return isReason(value) ? value : undefined;
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

/** What an object that is the message is about stands beside the message. */
const BESIDE = ['regarding', 'related'];

/** The message as it was meant. */
function textOf(message: unknown, error: Error | undefined, splat: readonly unknown[]): unknown {
  if (typeof message === 'string') return withBlank(message, splat[0]);
  if (!isObject(message) || isError(message)) return message;
  // Of `{ err, … }` the error is the message.
  const isOfError =
    error !== undefined && objectsIn(message).some(({ value }) => value === (error as unknown));
  return isOfError ? '' : textOfValue(message, '', BESIDE);
}

/** winston 3.2 appends the message of an argument without a blank. */
function withBlank(message: string, argument: unknown): string {
  const part = isObject(argument) ? readField(argument, 'message') : undefined;
  if (typeof part !== 'string' || part === '') return message;
  const text = withoutColours(message.slice(0, MAX_READ_CHARACTERS));
  const start = text.length - part.length;
  return start > 0 && text.endsWith(part) && text[start - 1] !== ' '
    ? `${text.slice(0, start)} ${part}`
    : text;
}

/** The error that was given by itself: as the record, as its message, as an argument. */
function errorOf(
  record: LogRecord,
  message: unknown,
  splat: readonly unknown[],
  moved: LogRecord | undefined,
): Error | undefined {
  if (isError(record)) return withMoved(record, moved);
  const original = readField(record, ORIGINAL_ERROR);
  if (isError(original)) return original;
  return isError(message) ? message : splat.find(isError);
}

/** The error that is a field of the record, or what a copy of an error left in its fields. */
function errorAmongFields(
  sources: readonly LogRecord[],
  objects: ReturnType<typeof objectsIn>,
  message: unknown,
): Error | undefined {
  let copied: Error | undefined;
  for (const source of sources) copied ??= errorOfFields(source);
  const isRecord = copied !== undefined && typeof message === 'string' && says(message, copied.message);
  for (const source of sources) {
    for (const { name, value } of source === sources[0] ? objects : objectsIn(source)) {
      const first = name === 'stack' ? itemsOf(value)[0] : value;
      // The errors in a copy of an error are what it carries: why it happened, not what happened.
      if (isError(first) && (!isRecord || readField(first, 'stack') === copied?.stack)) return first;
    }
  }
  return copied;
}

/** `metadata()` takes the fields of a record away also where that is an Error. */
function withMoved(error: Error, moved: LogRecord | undefined): Error {
  if (moved === undefined || !Object.prototype.propertyIsEnumerable.call(error, 'message')) return error;
  const fields = ['name', 'code', 'cause', 'errors']
    .map((name) => [name, { value: readField(moved, name) }] as const)
    .filter(([, { value }]) => value !== undefined);
  return Object.create(error, Object.fromEntries(fields));
}

function says(message: string, part: string): boolean {
  return part === '' ? message === '' : message.includes(part);
}
