import { SPLAT } from 'triple-beam';
import { composeMessage, isError } from './message.ts';

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

/**
 * Reads a record without changing it and without throwing: a part that cannot be read counts as missing and is
 * told to `onProblem`.
 */
export function readRecord(record: LogRecord, onProblem: (detail: string) => void): ReadRecord {
  const read = (field: string | symbol): unknown => {
    try {
      return record[field];
    } catch (error) {
      onProblem(`reading the field ${String(field)} threw ${textOfThrown(error)}`);
      return undefined;
    }
  };
  const message = read('message');
  const splat = read(SPLAT);
  let error: Error | undefined;
  let text = '';
  try {
    error = findError(record, message, splat);
    text = isFatal(record) ? composeFatal(message, error) : composeMessage(message, error, splat);
  } catch (thrown) {
    onProblem(`composing the message threw ${textOfThrown(thrown)}`);
    if (typeof message === 'string') text = message;
  }
  return {
    message: text === '' ? '(no message)' : text,
    error,
    regarding: read('regarding'),
    related: read('related'),
    reason: read('reason'),
    action: read('action'),
    eventKey: read('eventKey'),
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
  return record['exception'] === true || record['rejection'] === true;
}

/** winston puts the whole stack into the message of an exception; one line of it is for people. */
function composeFatal(message: unknown, error: Error | undefined): string {
  const [firstLine = ''] = typeof message === 'string' ? message.split('\n', 1) : [];
  const kind = /^\w+: /.exec(firstLine)?.[0];
  return error === undefined || kind === undefined ? firstLine : kind + composeMessage('', error, undefined);
}

/** The error that came along: the record itself, its message, an extra argument, or a field. */
function findError(record: LogRecord, message: unknown, splat: unknown): Error | undefined {
  if (isError(record)) return record;
  if (isError(message)) return message;
  if (Array.isArray(splat)) {
    for (const value of splat) {
      if (isObject(value) && isError(value)) return value;
    }
  }
  for (const field of Object.keys(record)) {
    try {
      const value = record[field];
      if (isObject(value) && isError(value)) return value;
    } catch {
      // A field that throws holds no error that could be shown.
    }
  }
  return undefined;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
