import type { EventType } from '../correlator/occurrence.ts';
import type { EventRecorderOptions, KubernetesObjectLike } from './options.ts';

/** What an Event says, apart from the object it is about. */
export interface EventDetails {
  /** What was done or tried: an UpperCamelCase identifier of at most 128 characters. @default 'Logged' */
  action?: string | undefined;
  /** A second object. */
  related?: KubernetesObjectLike | undefined;
  /** Annotations of the Event. Credentials in their values are masked. */
  annotations?: Record<string, string> | undefined;
  /**
   * Events with the same key, object, type and reason are the same problem, whatever their messages say and whichever
   * statement they come from. Nine keys of one reason about one object have an Event each. One more Event counts the rest.
   * @default none: the message with its volatile parts masked, and the log statement
   */
  eventKey?: string | undefined;
}

/** One occurrence to be counted by an Event. */
export interface EventInput extends EventDetails {
  /** `Warning` or `Normal`. */
  type: EventType;
  /** What it is about, as in {@link EventRecorderOptions}. `undefined` is the recorder's default. `null` makes no Event. */
  regarding?: EventRecorderOptions['regarding'];
  /** An UpperCamelCase identifier of at most 128 characters, for people to search and for alerts to match. */
  reason: string;
  /** The text for people. At most 1024 bytes of it are kept. */
  message: string;
}

/** An input as it came, from the caller of a recorder or from a log record. Nothing in it is checked yet. */
export type Said = { readonly type: EventType } & {
  readonly [field in Exclude<keyof EventInput, 'type'>]?: unknown;
} & {
  /** The error that came along. Where it was created helps to tell statements apart. */
  readonly error?: unknown;
};
