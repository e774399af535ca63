import { BoundedMap } from '../bounded-map.ts';
import type { EventType, Occurrence } from '../correlator/occurrence.ts';
import type { Report } from '../diagnostics.ts';
import { isMetadataKey } from '../object/names.ts';
import { type ObjectReference, readReference } from '../object/reference.ts';
import { isError, textOfError, withoutStack } from '../text/message.ts';
import { isReason, MAX_REASON_LENGTH, toReason } from '../text/reason.ts';
import { mayHoldCredentials, redactAlso, redact as redactCredentials } from '../text/redact.ts';
import { Shape } from '../text/shape.ts';
import { Shapes } from '../text/shapes.ts';
import {
  cleanText,
  detached,
  isPlainText,
  joinLines,
  MAX_MESSAGE_BYTES,
  MAX_READ_CHARACTERS,
  truncateUtf8,
  withoutColours,
} from '../text/text.ts';
import { describe, textOfThrown } from '../text/thrown.ts';
import { textOfValue } from '../text/value.ts';
import { maskVolatile } from '../text/volatile.ts';
import type { EventRecorderOptions, KubernetesObjectLike } from './options.ts';
import { Unread } from './unread.ts';

/** What an Event says, apart from the object it is about. */
export interface EventDetails {
  /** What was done or tried: an UpperCamelCase identifier of at most 128 characters. @default 'Logged' */
  action?: string | undefined;
  /** A second object. */
  related?: KubernetesObjectLike | undefined;
  /** Annotations of the Event; credentials in the values are masked. */
  annotations?: Record<string, string> | undefined;
  /**
   * Events with the same key, object, type and reason are the same problem, whatever their messages say and whichever
   * statement they come from. Nine keys of one reason about one object have an Event each, one more counts the rest.
   * @default none: the message with its volatile parts masked, and the log statement
   */
  eventKey?: string | undefined;
}

/** One occurrence to be counted by an Event. */
export interface EventInput extends EventDetails {
  /** `Warning` or `Normal`. */
  type: EventType;
  /** What it is about, as in {@link EventRecorderOptions}; `undefined`: the recorder's default; `null`: no Event. */
  regarding?: EventRecorderOptions['regarding'];
  /** An UpperCamelCase identifier of at most 128 characters that people can search and switch on. */
  reason: string;
  /** What a person reads; at most 1024 bytes of it are kept. */
  message: string;
}

/** More of an annotation than of a message would make Events larger than etcd likes. */
const MAX_ANNOTATION_BYTES = 1024;
/** Together with their values a quarter of the 256 kB that all annotations of an object may have. */
const MAX_ANNOTATIONS = 64;
const DEFAULT_ACTION = 'Logged';
const NO_MESSAGE = '(no message)';

/** An application has some reasons; others may come from whoever writes the records. */
const MAX_IDENTIFIERS = 64;

/** What is to be counted as it came, from a recorder's caller or from a log record: nothing of it is checked yet. */
export type Said = { readonly type: EventType } & {
  readonly [field in Exclude<keyof EventInput, 'type'>]?: unknown;
} & {
  /** The error that came along: where it came from tells statements apart. */
  readonly error?: unknown;
};

/** What decides, beside the message, what an input becomes. */
type Manner = Pick<Said, 'type' | 'reason' | 'action'>;

interface Made extends Manner {
  readonly occurrence: Occurrence;
}

function isAlike(one: Manner, other: Manner): boolean {
  return one.reason === other.reason && one.action === other.action && one.type === other.type;
}

/** False for an input with objects, which may have changed since, also one that is given as a message. */
function isText({ message, related, annotations }: Said): boolean {
  return typeof message === 'string' && related === undefined && annotations === undefined;
}

/** The same with the message that was seen last. */
function shapedOccurrence(occurrence: Occurrence, shape: Shape): Occurrence {
  return {
    ...occurrence,
    get message() {
      return shape.text;
    },
  };
}

/** From what is said to what is counted: clean, masked, within the limits of an Event. It never throws away an input. */
export class Intake {
  readonly #redactOption: EventRecorderOptions['redact'];
  /** The built-in masking, with what the option adds. */
  readonly #mask: (text: string) => string;
  readonly #report: Report;
  /** In a storm most records say what the one before said. */
  #lastSaid: Said | undefined;
  #lastOccurrence: Occurrence | undefined;
  readonly #identifiers = new BoundedMap<string, string>(MAX_IDENTIFIERS);
  readonly #readText = ({ type, reason, action }: Unread, message: string) =>
    this.#make({ type, reason, action, message });
  /** Or the same with other numbers. */
  readonly #shapes = new Shapes<Made, Said>(isAlike);

  constructor(redact: EventRecorderOptions['redact'], report: Report) {
    this.#redactOption = redact;
    this.#mask = typeof redact === 'object' ? redactAlso(redact.also) : redactCredentials;
    this.#report = report;
  }

  /** What was made of an input that said the same. Its message is that of the latest. */
  find(said: Said): Occurrence | undefined {
    const { message } = said;
    if (!isText(said) || typeof message !== 'string') return undefined;
    const last = this.#lastSaid;
    if (last?.message === message && last.eventKey === said.eventKey && isAlike(last, said))
      return this.#lastOccurrence;
    const known = said.eventKey === undefined ? this.#shapes.find(message, said)?.occurrence : undefined;
    if (known !== undefined) this.#keep(said, known);
    return known;
  }

  /** Reads an input that is not found. */
  read(said: Said): Occurrence {
    const occurrence = this.#make(said);
    if (!isText(said)) return occurrence;
    this.#learn(said, occurrence, said.message as string);
    this.#keep(said, occurrence);
    return occurrence;
  }

  /** The same, but its text is read when it is asked for. Undefined if it has more than a text, or a long one. */
  readLater(said: Said): Occurrence | undefined {
    const { message, eventKey } = said;
    const isShort = typeof message === 'string' && message.length <= MAX_MESSAGE_BYTES;
    if (!isShort || !isText(said) || eventKey !== undefined || typeof this.#redactOption === 'function')
      return undefined;
    return new Unread(this.#mannerOf(said), detached(message), this.#readText);
  }

  #keep(said: Said, occurrence: Occurrence): void {
    this.#lastSaid = said;
    this.#lastOccurrence = occurrence;
  }

  /** A message that is shown as it is: others of its shape need not be read, cleaned and masked. */
  #learn({ type, reason, action, eventKey }: Said, occurrence: Occurrence, message: string): void {
    if (eventKey !== undefined || occurrence.message !== message || occurrence.group === message) return;
    const redact = this.#redactOption;
    if (redact !== false && (redact !== undefined || mayHoldCredentials(message))) return;
    this.#shapes.miss(message, () => {
      const shape = new Shape(occurrence.message, (text) => maskVolatile(text) === maskVolatile(message));
      return { shape, value: { type, reason, action, occurrence: shapedOccurrence(occurrence, shape) } };
    });
  }

  #make(said: Said): Occurrence {
    const { message, eventKey, related, annotations } = said;
    // Masked first: where a line ends, a secret may end.
    const text = joinLines(this.#redact(this.#textOf(message))) || NO_MESSAGE;
    const shown = detached(truncateUtf8(text, MAX_MESSAGE_BYTES));
    const { type, reason, action } = this.#mannerOf(said);
    return {
      type,
      reason,
      action,
      message: shown,
      isKeyed: typeof eventKey === 'string',
      group: typeof eventKey === 'string' ? this.#groupOfKey(eventKey) : groupOf(text, shown),
      related: related === undefined || related === null ? undefined : this.#relatedOf(related),
      annotations: annotations === undefined ? undefined : this.#cleanAnnotations(annotations),
    };
  }

  #mannerOf({ type, reason, action }: Said) {
    return {
      type: type === 'Normal' ? 'Normal' : 'Warning',
      reason: this.#identifierOf(reason) ?? 'Recorded',
      action: (isReason(action) ? this.#identifierOf(action) : undefined) ?? DEFAULT_ACTION,
    } as const;
  }

  /** A message is a string, but who has no types gives anything. */
  #textOf(message: unknown): string {
    if (typeof message === 'string') {
      const text = message.slice(0, MAX_READ_CHARACTERS);
      return isPlainText(text) ? text : cleanText(withoutStack(withoutColours(text)));
    }
    try {
      const text = isError(message) ? textOfError(message) : textOfValue(message);
      return cleanText(text.slice(0, MAX_READ_CHARACTERS));
    } catch (cause) {
      this.#report('KEVT_BAD_RECORD', `message: ${textOfThrown(cause)}`, { cause, subject: 'message' });
      return NO_MESSAGE;
    }
  }

  /** Some tokens look like a reason. */
  #identifierOf(text: unknown): string | undefined {
    if (typeof text !== 'string') return undefined;
    const known = this.#identifiers.get(text);
    if (known !== undefined) return known;
    const masked = this.#redactOption === false ? text : this.#mask(text.slice(0, MAX_MESSAGE_BYTES));
    const identifier = toReason(masked);
    if (identifier !== undefined && text.length <= MAX_REASON_LENGTH)
      this.#identifiers.set(detached(text), identifier);
    return identifier;
  }

  /** A key is remembered as long as its problem, so a long one is kept as its hash; of a huge one, that of its ends. */
  #groupOfKey(eventKey: string): string {
    if (eventKey.length <= MAX_MESSAGE_BYTES) return detached(`key ${this.#redact(eventKey)}`);
    const { createHash } = process.getBuiltinModule('node:crypto');
    const { length } = eventKey;
    const ends = eventKey.slice(0, MAX_READ_CHARACTERS) + length + eventKey.slice(-MAX_READ_CHARACTERS);
    const text = length > 2 * MAX_READ_CHARACTERS ? ends : eventKey;
    return `hash ${createHash('sha256').update(text).digest('hex')}`;
  }

  #redact(text: string): string {
    const redact = this.#redactOption;
    if (redact === false) return text;
    if (typeof redact !== 'function') return this.#mask(text);
    try {
      const redacted: unknown = redact(text);
      if (typeof redacted === 'string') return cleanText(redacted);
      this.#report('KEVT_FUNCTION', `redact: expected a string, got ${typeof redacted}`, {
        subject: 'redact',
      });
    } catch (cause) {
      this.#report('KEVT_FUNCTION', `redact threw ${textOfThrown(cause)}`, { cause, subject: 'redact' });
    }
    // The text may hold what the function was to hide: the built-in masking is the safe side.
    return this.#mask(text);
  }

  #cleanAnnotations(annotations: unknown): Record<string, string> | undefined {
    const texts: Record<string, string> = {};
    let count = 0;
    try {
      if (ArrayBuffer.isView(annotations) || Array.isArray(annotations)) return undefined;
      const given = annotations as Record<string, unknown>;
      for (const key of Object.keys(given)) {
        if (count++ === MAX_ANNOTATIONS) {
          this.#report('KEVT_BAD_RECORD', `annotations: expected at most ${MAX_ANNOTATIONS}, got more`);
          break;
        }
        const value = given[key];
        if (!isMetadataKey(key) || value === undefined || value === null) {
          const got = `${describe(key)}: ${typeof value}`;
          this.#report('KEVT_BAD_RECORD', `annotations: expected keys of annotations with texts, got ${got}`);
          continue;
        }
        const text = this.#redact(cleanText(textOfValue(value).slice(0, MAX_READ_CHARACTERS)));
        texts[key] = detached(truncateUtf8(text, MAX_ANNOTATION_BYTES));
      }
    } catch (cause) {
      this.#report('KEVT_BAD_RECORD', `annotations: ${textOfThrown(cause)}`, {
        cause,
        subject: 'annotations',
      });
    }
    return texts;
  }

  #relatedOf(related: unknown): ObjectReference | undefined {
    const reading = readReference(related);
    if ('reference' in reading) return reading.reference;
    this.#report('KEVT_BAD_OBJECT', `related: ${reading.problem}`, { subject: 'related' });
    return undefined;
  }
}

/** Of a message that is cut, more than what is shown is looked at: where the cut is depends on its volatile parts. */
function groupOf(text: string, shown: string): string {
  if (text.length > MAX_MESSAGE_BYTES)
    return detached(maskVolatile(text.slice(0, 2 * MAX_MESSAGE_BYTES)).slice(0, MAX_MESSAGE_BYTES));
  const masked = maskVolatile(text);
  return masked === text ? shown : masked;
}
