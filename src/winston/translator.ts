import type { EventType } from '../correlator/occurrence.ts';
import { type DiagnosticCode, isDiagnostic } from '../diagnostics.ts';
import { isMetadataKey } from '../object/names.ts';
import type { Said } from '../recorder/event-input.ts';
import { withoutStack } from '../text/message.ts';
import { isReason, MAX_REASON_LENGTH, reasonOfError, toReason } from '../text/reason.ts';
import { MAX_READ_CHARACTERS, withoutColours } from '../text/text.ts';
import { describe, textOfThrown } from '../text/thrown.ts';
import { textOfValue } from '../text/value.ts';
import { isObject, type LogRecord } from './fields.ts';
import { WARNING_LEVELS } from './levels.ts';
import type { KubernetesEventTransportOptions } from './options.ts';
import { type PlainRecord, readPlain, readRecord } from './read-record.ts';

/** Turns a log record into what its Event says, according to the options of a transport. */
export class RecordTranslator {
  readonly #options: KubernetesEventTransportOptions;
  readonly #warn: (code: DiagnosticCode, detail: string) => void;
  readonly #onProblem = (detail: string) => this.#warn('KEVT_BAD_RECORD', detail);
  /** True if no option needs to see the whole record. */
  readonly #isFixed: boolean;
  readonly #plain = {} as PlainRecord;
  /** What the record before said. */
  #last: Said | undefined;

  constructor(
    options: KubernetesEventTransportOptions,
    warn: (code: DiagnosticCode, detail: string) => void,
  ) {
    this.#options = options;
    this.#warn = warn;
    const { filter, regarding, reason, annotations, groupBy } = options;
    this.#isFixed =
      annotations === undefined &&
      groupBy === undefined &&
      ![filter, regarding, reason].some((option) => typeof option === 'function');
  }

  /** What a record says; undefined if it makes no Event. */
  translate(record: LogRecord, level: string, type: EventType): Said | undefined {
    if (!this.#isFixed || !readPlain(record, this.#plain)) return this.#read(record, level, type);
    const { message, regarding, related, action, eventKey } = this.#plain;
    const reason = this.#reasonOf(this.#plain.reason, record, undefined, level);
    const last = this.#last;
    if (
      last?.message === message &&
      last.reason === reason &&
      last.type === type &&
      last.regarding === regarding &&
      last.related === related &&
      last.action === action &&
      last.eventKey === eventKey
    )
      return last;
    this.#last = { type, regarding, related, reason, action, message, eventKey };
    return this.#last;
  }

  /** Reads any record, and calls the functions among the options. */
  #read(record: LogRecord, level: string, type: EventType): Said | undefined {
    const { filter, regarding, annotations, groupBy } = this.#options;
    if (filter !== undefined && this.#call('filter', filter, record) === false) return undefined;
    const fields = readRecord(record, this.#onProblem);
    const { message, error } = fields;
    if (error !== undefined && isOwn(error)) return undefined;
    let about = fields.regarding;
    if (about === undefined && typeof regarding === 'function')
      about = this.#call('regarding', regarding, record);
    const group =
      typeof fields.eventKey === 'string' ? fields.eventKey : this.#groupOf(groupBy, record, message);
    return {
      type,
      regarding: about,
      related: fields.related,
      reason: this.#reasonOf(fields.reason, record, error, level),
      action: fields.action,
      message,
      error,
      eventKey: group,
      annotations: annotations === undefined ? undefined : this.#annotationsOf(annotations, fields.sources),
    };
  }

  #groupOf(
    groupBy: KubernetesEventTransportOptions['groupBy'],
    record: LogRecord,
    message: string,
  ): string | undefined {
    if (groupBy === undefined) return undefined;
    if (groupBy === 'message') return withoutStack(withoutColours(message.slice(0, MAX_READ_CHARACTERS)));
    const group = this.#call('groupBy', groupBy, record);
    if (typeof group === 'string') return group;
    this.#warn('KEVT_FUNCTION', `groupBy: expected a string, got ${typeof group}`);
    return undefined;
  }

  /** The record's reason, else the option, else what the error suggests, else what the level says. */
  #reasonOf(given: unknown, record: LogRecord, error: Error | undefined, level: string): string {
    if (isReason(given)) return given;
    const { reason } = this.#options;
    const chosen = typeof reason === 'function' ? this.#call('reason', reason, record) : reason;
    if (isReason(chosen)) return chosen;
    if (chosen !== undefined && chosen !== null) {
      this.#warn('KEVT_FUNCTION', `reason: expected an UpperCamelCase identifier, got ${typeof chosen}`);
    }
    const suggested = error === undefined ? undefined : reasonOfError(error);
    if (suggested !== undefined) return suggested;
    return reasonOfLevel(level);
  }

  #annotationsOf(
    annotations: NonNullable<KubernetesEventTransportOptions['annotations']>,
    sources: readonly LogRecord[],
  ): Record<string, string> | undefined {
    if (typeof annotations === 'function') {
      const given: unknown = this.#call('annotations', annotations, sources[0] as LogRecord);
      if (given === undefined || given === null) return undefined;
      if (isObject(given) && !Array.isArray(given))
        return this.#toAnnotations(this.#call('annotations', Object.entries, given) ?? []);
      this.#warn('KEVT_FUNCTION', `annotations: expected an object, got ${describe(given)}`);
      return undefined;
    }
    const readFrom = (field: string) => sources.find((source) => source[field] !== undefined)?.[field];
    return this.#toAnnotations(
      annotations.map((field) => [field, this.#call('annotations', readFrom, field)]),
    );
  }

  #toAnnotations(fields: [string, unknown][]): Record<string, string> {
    const texts: Record<string, string> = {};
    for (const [field, value] of fields) {
      if (value === undefined || value === null) continue;
      if (!isMetadataKey(field)) {
        this.#warn('KEVT_FUNCTION', `annotations: expected the key of an annotation, got ${describe(field)}`);
        continue;
      }
      const text = this.#call('annotations', textOfValue, value);
      if (typeof text === 'string') texts[field] = text;
    }
    return texts;
  }

  /** Calls a function among the options. If it throws, that is a diagnostic. */
  #call<T, R>(option: string, call: (argument: T) => R, argument: T): R | undefined {
    try {
      return call(argument);
    } catch (error) {
      this.#warn('KEVT_FUNCTION', `${option} threw ${textOfThrown(error)}`);
      return undefined;
    }
  }
}

/** Loggers have few levels, but a direct call of `log()` may use any text as its level. */
const MAX_LEVELS = 64;
const reasonsOfLevels = new Map<string, string>(WARNING_LEVELS.map((level) => [level, 'LoggedWarning']));

/** The level of the record before, and its reason. Most records have the same level. */
let last = { level: '', reason: '' };

function reasonOfLevel(level: string): string {
  if (last.level === level) return last.reason;
  let reason = reasonsOfLevels.get(level);
  if (reason === undefined) {
    reason = `Logged${toReason(level) ?? 'Record'}`.slice(0, MAX_REASON_LENGTH);
    if (reasonsOfLevels.size < MAX_LEVELS && level.length <= MAX_REASON_LENGTH)
      reasonsOfLevels.set(level, reason);
  }
  last = { level, reason };
  return reason;
}

/** True for a diagnostic of this library. If it made an Event, one failure could cause the next. */
function isOwn(error: Error): boolean {
  try {
    return isDiagnostic(error);
  } catch {
    return false;
  }
}
