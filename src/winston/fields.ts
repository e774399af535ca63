import { SPLAT } from 'triple-beam';
import { countTokens, isError, readField } from '../text/message.ts';
import { MAX_READ_CHARACTERS } from '../text/text.ts';

/** A log record as a transport gets it. It may be an error, and reading it may throw. */
export type LogRecord = Record<string | symbol, unknown>;

/** The field for the error that was logged. It is set if a format of the transport works on a copy of the record. */
export const ORIGINAL_ERROR: unique symbol = Symbol('winston-kubernetes-events error');

/** A field that holds an object. */
interface ObjectField {
  readonly name: string;
  readonly value: LogRecord;
  /** True if it comes after `level` and `message`. winston puts the fields of a call before them, formats theirs after. */
  readonly isAdded: boolean;
}

/** No call of a logger has more arguments, and no record has more fields. */
const MAX_ARGUMENTS = 64;
const MAX_FIELDS = 1_000;
const NONE: readonly never[] = [];

/**
 * The record, and all other objects with fields from the call of the logger.
 * @param objects what {@link objectsIn} finds in the record
 */
export function sourcesOf(
  record: LogRecord,
  objects: readonly ObjectField[],
  message: unknown,
  splat: readonly unknown[],
): readonly LogRecord[] {
  const sources = [record];
  if (isObject(message)) sources.push(message);
  for (const field of objects) if (isMoved(field)) sources.push(...itemsOf(field.value));
  for (const extra of extrasOf(message, splat)) sources.push(extra);
  return sources;
}

/** The names of fields that contain fields of the record, at any position. */
export const MOVED: readonly string[] = ['metadata', 'meta'];

/** True if fields of the record were moved into this field: by `metadata()` under any name, or by express-winston. */
function isMoved({ name, value, isAdded }: ObjectField): boolean {
  const isNamed = MOVED.includes(name);
  // A Kubernetes object has fields of its own, such as the `reason` of an Event.
  if (isError(value) || !(isAdded || isNamed) || readField(value, 'metadata') !== undefined) return false;
  // A list counts only with such a name: `splat()` of winston 3.0 makes one.
  return isNamed || itemsOf(value)[0] === value;
}

/**
 * The objects after the first one, and after the values of a template. winston copies them into the record only if the
 * format `splat()` is in use, but the caller meant them as fields.
 */
function extrasOf(message: unknown, splat: readonly unknown[]): readonly LogRecord[] {
  if (splat.length === 0) return NONE;
  const text = typeof message === 'string' ? message.slice(0, MAX_READ_CHARACTERS) : '';
  // For winston, any percent sign may be a placeholder. So it has not copied the first object into the record.
  if (text.includes('%')) return splat.slice(countTokens(text)).filter(isObject);
  return splat.length > 1 && isObject(splat[0]) ? splat.slice(1).filter(isObject) : NONE;
}

/** The fields of an object that hold objects. */
export function objectsIn(source: LogRecord): readonly ObjectField[] {
  // Even the list of its fields may not fit into memory.
  if (ArrayBuffer.isView(source)) return NONE;
  let found: ObjectField[] | undefined;
  let [count, own] = [0, 0];
  try {
    const fields = Array.isArray(source) ? source.slice(0, MAX_ARGUMENTS) : source;
    for (const name of Object.keys(fields)) {
      if (++count > MAX_FIELDS) break;
      const value = readField(source, name);
      if (isObject(value)) {
        found ??= [];
        found.push({ name, value, isAdded: own === 2 });
      }
      if (name === 'level' || name === 'message') own++;
    }
  } catch {
    // A Proxy that does not list its fields counts as having none.
  }
  return found ?? NONE;
}

/** The objects in a list. A value that is not a list is the only item. */
export function itemsOf(value: LogRecord): readonly LogRecord[] {
  try {
    return Array.isArray(value) ? value.slice(0, MAX_ARGUMENTS).filter(isObject) : [value];
  } catch {
    return NONE;
  }
}

/** The arguments after the message. */
export function argumentsOf(record: LogRecord): readonly unknown[] {
  try {
    const splat = record[SPLAT];
    return Array.isArray(splat) ? splat.slice(0, MAX_ARGUMENTS) : NONE;
  } catch {
    return NONE;
  }
}

export function isObject(value: unknown): value is LogRecord {
  return typeof value === 'object' && value !== null;
}

/** True for an uncaught exception or rejection, as winston reports it. */
export function isFatal(record: LogRecord): boolean {
  try {
    return record['exception'] === true || record['rejection'] === true;
  } catch {
    return false;
  }
}
