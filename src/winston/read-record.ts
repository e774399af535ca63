import { SPLAT } from 'triple-beam';
import { composeMessage, errorOfFields, isError, readField, textOfError } from '../text/message.ts';
import { isReason } from '../text/reason.ts';
import { MAX_READ_CHARACTERS, withoutColours } from '../text/text.ts';
import { textOfThrown } from '../text/thrown.ts';
import { textOfValue } from '../text/value.ts';
import {
  argumentsOf,
  isFatal,
  isObject,
  itemsOf,
  type LogRecord,
  MOVED,
  ORIGINAL_ERROR,
  objectsIn,
  sourcesOf,
} from './fields.ts';

/** The fields of a record for its Event, apart from the message. */
interface EventFields {
  regarding: unknown;
  related: unknown;
  reason: unknown;
  action: unknown;
  eventKey: unknown;
}

const EVENT_FIELDS = ['regarding', 'related', 'reason', 'action', 'eventKey'] as const;

/** What a log record says, in whatever form winston passed it on. */
export interface ReadRecord extends EventFields {
  message: string;
  error: Error | undefined;
  /** The objects that have fields of the record. */
  sources: readonly LogRecord[];
}

/**
 * Reads a record. It never throws and does not change the record. A part that cannot be read counts as missing, and
 * `onProblem` is called.
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

/** What a plain record says. Such a record has only a message, fields for its Event, and data. */
export interface PlainRecord extends EventFields {
  message: string;
}

/**
 * Reads a plain record, as most are. This takes a fraction of the time of {@link readRecord}.
 * @param plain gets what the record says, so that nothing is allocated
 * @returns false if the record may say more
 */
export function readPlain(record: LogRecord, plain: PlainRecord): boolean {
  try {
    // All of them before the first is stored, because a getter may log another record.
    const { message, regarding, related, reason, action, eventKey } = record;
    const isPlain =
      typeof message === 'string' &&
      message !== '' &&
      !isFatal(record) &&
      // Checked before `stack`, because the first read of the stack of an error formats it.
      !isError(record) &&
      record['stack'] === undefined &&
      record[ORIGINAL_ERROR] === undefined &&
      // The loop over the fields would list inherited ones too.
      Object.getPrototypeOf(record) === Object.prototype &&
      isData(record[SPLAT], message) &&
      holdsData(record);
    if (!isPlain) return false;
    plain.message = message;
    plain.regarding = regarding;
    plain.related = related;
    plain.reason = wordIn(reason);
    plain.action = wordIn(action);
    plain.eventKey = typeof eventKey === 'string' ? eventKey : undefined;
    return true;
  } catch {
    return false;
  }
}

/** True for the arguments of a call that are only fields. winston has already copied them into the record. */
function isData(splat: unknown, message: string): boolean {
  if (splat === undefined) return true;
  if (!Array.isArray(splat) || splat.length !== 1 || message.includes('%')) return false;
  const [fields] = splat;
  return isObject(fields) && !isError(fields) && fields['message'] === undefined;
}

/** False if a field may be an error, or may have fields of the record in it. */
function holdsData(record: LogRecord): boolean {
  let own = 0;
  for (const name in record) {
    const value = record[name];
    if (isObject(value) && (own === 2 || MOVED.includes(name) || isError(value))) return false;
    if (name === 'level' || name === 'message') own++;
  }
  return true;
}

/** Adds the fields that are not known yet. If reading them throws, it reads them one by one. */
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

/** Ignores values that are not a reason. They belong to a field that only happens to have this name. */
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

/** winston puts the whole stack into the message of an exception. Only the first line is for people. */
function composeFatal(message: unknown, error: Error | undefined): string {
  const text = typeof message === 'string' ? message.slice(0, MAX_READ_CHARACTERS) : '';
  const [firstLine = ''] = text.split('\n', 1);
  const kind = /^\w+: /.exec(firstLine)?.[0];
  return error === undefined || kind === undefined ? firstLine : kind + textOfError(error);
}

/** If the message is an object, these fields of it are not part of the text. */
const BESIDE = ['regarding', 'related'];

/** The message that the caller meant. */
function textOf(message: unknown, error: Error | undefined, splat: readonly unknown[]): unknown {
  if (typeof message === 'string') return withBlank(message, splat[0]);
  if (!isObject(message) || isError(message)) return message;
  // If the message is `{ err, … }`, the text of the error is the message.
  const isOfError =
    error !== undefined && objectsIn(message).some(({ value }) => value === (error as unknown));
  return isOfError ? '' : textOfValue(message, '', BESIDE);
}

/** Adds the space that winston 3.2 leaves out when it appends the message of an argument. */
function withBlank(message: string, argument: unknown): string {
  const part = isObject(argument) ? readField(argument, 'message') : undefined;
  if (typeof part !== 'string' || part === '') return message;
  const text = withoutColours(message.slice(0, MAX_READ_CHARACTERS));
  const start = text.length - part.length;
  return start > 0 && text.endsWith(part) && text[start - 1] !== ' '
    ? `${text.slice(0, start)} ${part}`
    : text;
}

/** The error that was logged directly: as the record, as its message or as an argument. */
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

/** The error in a field of the record, or an error whose fields were copied into the record. */
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
      // The errors in a copied error are its causes. They say why it happened, not what happened.
      if (isError(first) && (!isRecord || readField(first, 'stack') === copied?.stack)) return first;
    }
  }
  return copied;
}

/** `metadata()` moves the fields of a record even if the record is an error. This returns the error with its fields. */
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
