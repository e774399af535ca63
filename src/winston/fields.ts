import { SPLAT } from 'triple-beam';
import { countTokens, isError, readField } from '../text/message.ts';
import { MAX_READ_CHARACTERS } from '../text/text.ts';

/** A log record as a transport gets it; possibly an Error, possibly hostile. */
export type LogRecord = Record<string | symbol, unknown>;

/** A field that holds an object. */
interface ObjectField {
  readonly name: string;
  readonly value: LogRecord;
  /** It stands behind `level` and `message`: winston puts fields of a call before them, formats put theirs behind. */
  readonly isAdded: boolean;
}

/** More arguments than anybody gives to a logger, and more fields than anybody gives to a record. */
const MAX_ARGUMENTS = 64;
const MAX_FIELDS = 1_000;
const NONE: readonly never[] = [];

/**
 * The record, and whatever else holds fields that whoever wrote the call gave it.
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

/** Fields that hold fields of the record, wherever they stand. */
export const MOVED: readonly string[] = ['metadata', 'meta'];

/** Whether fields of the record were put there: by `metadata()` under any name, or as express-winston does. */
function isMoved({ name, value, isAdded }: ObjectField): boolean {
  const isNamed = MOVED.includes(name);
  // A Kubernetes object has fields of its own, such as the `reason` of an Event.
  if (isError(value) || !(isAdded || isNamed) || readField(value, 'metadata') !== undefined) return false;
  // `splat()` of winston 3.0 makes a list.
  return isNamed || itemsOf(value)[0] === value;
}

/**
 * Objects behind the first one, and behind the values of a template: winston makes them fields of the record only
 * when the format `splat()` is in use, but whoever wrote the call meant them so.
 */
function extrasOf(message: unknown, splat: readonly unknown[]): readonly LogRecord[] {
  if (splat.length === 0) return NONE;
  const text = typeof message === 'string' ? message.slice(0, MAX_READ_CHARACTERS) : '';
  // To winston any percent sign can be a place for a value, so it has not merged the first one.
  if (text.includes('%')) return splat.slice(countTokens(text)).filter(isObject);
  return splat.length > 1 && isObject(splat[0]) ? splat.slice(1).filter(isObject) : NONE;
}

/** The fields of an object that hold objects. */
export function objectsIn(source: LogRecord): readonly ObjectField[] {
  // Of these even the list of fields may not fit into memory.
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
    // A Proxy that does not tell its fields has none.
  }
  return found ?? NONE;
}

/** The objects in a list, or what is no list. */
export function itemsOf(value: LogRecord): readonly LogRecord[] {
  try {
    return Array.isArray(value) ? value.slice(0, MAX_ARGUMENTS).filter(isObject) : [value];
  } catch {
    return NONE;
  }
}

/** The arguments behind the message. */
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
