// A default import would make applications in CommonJS set `esModuleInterop`.
import type TransportStream = require('winston-transport');

import { isMetadataKey } from '../object/names.ts';
import { EventRecorder } from '../recorder/event-recorder.ts';
import {
  checkOptions,
  type EventRecorderOptions,
  isFunction,
  isMethodOf,
  isText,
  type OptionRule,
  RECORDER_RULES,
} from '../recorder/options.ts';
import { isReason } from '../text/reason.ts';
import { describe } from '../text/thrown.ts';
import type { LogRecord } from './fields.ts';

/** Options of the {@link KubernetesEventTransport}; all are optional. */
export interface KubernetesEventTransportOptions
  extends Omit<EventRecorderOptions, 'regarding'>,
    Pick<
      TransportStream.TransportStreamOptions,
      'level' | 'silent' | 'format' | 'handleExceptions' | 'handleRejections'
    > {
  /**
   * The object for records that do not name one: `'pod'`, `'workload'` (the Deployment, StatefulSet, DaemonSet, Job or
   * CronJob that owns the pod), an object or an object reference, or a function of the record. With `null` such records
   * make no Event.
   * @default 'pod'
   */
  regarding?: EventRecorderOptions['regarding'] | ((record: LogRecord) => unknown);
  /** A function of the record. If it returns `false`, the record makes no Event. @default none */
  filter?: ((record: LogRecord) => boolean) | undefined;
  /** A fixed reason (UpperCamelCase, at most 128 characters), or a function of the record. @default derived */
  reason?: string | ((record: LogRecord) => string | undefined) | undefined;
  /** Names of record fields to copy into annotations, or a function of the record. @default none */
  annotations?: string[] | ((record: LogRecord) => Record<string, string> | undefined) | undefined;
  /**
   * A function of the record that returns a string, or `'message'` for the literal message. Records with the same string are
   * the same problem, and log statements do not matter. Nine strings of one reason about one object have an Event each, and
   * one more Event counts the rest.
   * @default the message with its volatile parts masked, and the log statement
   */
  groupBy?: 'message' | ((record: LogRecord) => string) | undefined;
  /**
   * A recorder to share with other transports and with code without winston. Options of the destination (`local`,
   * `component`, `labels` and so on) are then set on the recorder. @default one of its own
   */
  recorder?: EventRecorder | undefined;
}

const isBoolean = (value: unknown): boolean => typeof value === 'boolean';

const isFieldName = (name: unknown): boolean => typeof name === 'string' && isMetadataKey(name);

const TRANSPORT_RULES: Record<keyof KubernetesEventTransportOptions, OptionRule> = {
  ...RECORDER_RULES,
  regarding: {
    ...RECORDER_RULES.regarding,
    expected: `${RECORDER_RULES.regarding.expected}, or a function of the record`,
    accepts: (value) => isFunction(value) || RECORDER_RULES.regarding.accepts(value),
  },
  filter: { expected: 'a function of the record', accepts: isFunction },
  reason: {
    expected: 'an UpperCamelCase identifier of at most 128 characters, or a function of the record',
    accepts: (value) => isReason(value) || isFunction(value),
  },
  annotations: {
    expected: 'an array of record field names that are valid annotation keys, or a function of the record',
    accepts: (value) => isFunction(value) || (Array.isArray(value) && value.every(isFieldName)),
    fault: (value) => {
      const index = Array.isArray(value) ? value.findIndex((name) => !isFieldName(name)) : -1;
      return index === -1 ? undefined : `entry ${index}: ${describe((value as unknown[])[index])}`;
    },
  },
  groupBy: {
    expected: "'message' or a function of the record",
    accepts: (value) => value === 'message' || isFunction(value),
  },
  recorder: {
    expected: 'an EventRecorder',
    accepts: (value) => value instanceof EventRecorder,
  },
  level: { expected: 'the name of a level', accepts: isText },
  silent: { expected: 'true or false', accepts: isBoolean },
  format: { expected: 'a winston format', accepts: (value) => isMethodOf(value, 'transform') },
  handleExceptions: { expected: 'true or false', accepts: isBoolean },
  handleRejections: { expected: 'true or false', accepts: isBoolean },
};

/** The options that a transport takes together with a recorder. Options of the destination are set on the recorder. */
const RULES_BESIDE_RECORDER: Record<string, OptionRule> = {
  ...TRANSPORT_RULES,
  ...Object.fromEntries(
    Object.entries(RECORDER_RULES)
      .filter(([name]) => name !== 'regarding')
      .map(([name, rule]) => [name, { ...rule, refusal: 'belongs to the recorder: set it there' }]),
  ),
};

/** @throws KubernetesEventsError that lists every option that is unknown or has a wrong value */
export function checkTransportOptions(options: unknown): void {
  const isShared = (options as KubernetesEventTransportOptions | undefined)?.recorder !== undefined;
  checkOptions(options, isShared ? RULES_BESIDE_RECORDER : TRANSPORT_RULES);
}
