import { BoundedMap } from '../bounded-map.ts';
import type { Occurrence } from '../correlator/occurrence.ts';
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
import type { Said } from './event-input.ts';
import type { EventRecorderOptions } from './options.ts';
import { Unread } from './unread.ts';

/** As many as of a message. Larger Events are a burden for etcd. */
const MAX_ANNOTATION_BYTES = 1024;
/** With their values, this is about a quarter of the 256 kB that all annotations of an object may have. */
const MAX_ANNOTATIONS = 64;
const DEFAULT_ACTION = 'Logged';
const NO_MESSAGE = '(no message)';

/** An application has few reasons, but data in its records may look like more. */
const MAX_IDENTIFIERS = 64;

/** The fields that decide, together with the message, which occurrence an input becomes. */
type Manner = Pick<Said, 'type' | 'reason' | 'action'>;

interface Made extends Manner {
  readonly about: string;
  readonly occurrence: Occurrence;
}

function isAlike(one: Manner, other: Manner): boolean {
  return one.reason === other.reason && one.action === other.action && one.type === other.type;
}

/** False for an input with objects, because an object may have changed since. The message may be an object too. */
function isText({ message, related, annotations }: Said): boolean {
  return typeof message === 'string' && related === undefined && annotations === undefined;
}

/** The same occurrence, with the last message of the shape. */
function shapedOccurrence(occurrence: Occurrence, shape: Shape): Occurrence {
  return {
    ...occurrence,
    get message() {
      return shape.text;
    },
  };
}

/** Turns an input into an occurrence that is clean, masked and within the limits of an Event. It never drops an input. */
export class Intake {
  readonly #redactOption: EventRecorderOptions['redact'];
  /** The built-in masking, with the expressions that the option adds. */
  readonly #mask: (text: string) => string;
  readonly #report: Report;
  /** In a storm, most records say the same as the record before. */
  #lastSaid: Said | undefined;
  #lastOccurrence: Occurrence | undefined;
  /** The key of its object if its message is that of the latest text of a shape. */
  #shapedFor: string | undefined;
  readonly #identifiers = new BoundedMap<string, string>(MAX_IDENTIFIERS);
  readonly #readText = ({ type, reason, action }: Unread, message: string) =>
    this.#make({ type, reason, action, message });
  /** The others say mostly the same with other numbers. */
  readonly #shapes = new Shapes<Made, Said>(
    (made, said) => made.about === this.#about && isAlike(made, said),
  );
  /** The object of the last input. The message of a shape is that of the latest text, so each object has its own shapes. */
  #about = '';

  constructor(redact: EventRecorderOptions['redact'], report: Report) {
    this.#redactOption = redact;
    this.#mask = typeof redact === 'object' ? redactAlso(redact.also) : redactCredentials;
    this.#report = report;
  }

  /**
   * The occurrence of an earlier input that said the same. Its message is that of the latest input.
   * @param about the key of the object
   */
  find(said: Said, about: string): Occurrence | undefined {
    const { message } = said;
    this.#about = about;
    if (!isText(said) || typeof message !== 'string') return undefined;
    const isFit = this.#shapedFor === undefined || this.#shapedFor === about;
    const last = isFit ? this.#lastSaid : undefined;
    if (last?.message === message && last.eventKey === said.eventKey && isAlike(last, said))
      return this.#lastOccurrence;
    const known = said.eventKey === undefined ? this.#shapes.find(message, said)?.occurrence : undefined;
    if (known !== undefined) this.#keep(said, known, about);
    return known;
  }

  /** Reads an input for which {@link find} has no occurrence. */
  read(said: Said): Occurrence {
    const occurrence = this.#make(said);
    if (!isText(said)) return occurrence;
    this.#learn(said, occurrence, said.message as string);
    this.#keep(said, occurrence);
    return occurrence;
  }

  /** Like {@link read}, but the text is read only when it is needed. Undefined if there is more than a short text. */
  readLater(said: Said): Occurrence | undefined {
    const { message, eventKey } = said;
    const isShort = typeof message === 'string' && message.length <= MAX_MESSAGE_BYTES;
    if (!isShort || !isText(said) || eventKey !== undefined || typeof this.#redactOption === 'function')
      return undefined;
    return new Unread(this.#mannerOf(said), detached(message), this.#readText);
  }

  #keep(said: Said, occurrence: Occurrence, shapedFor?: string): void {
    this.#lastSaid = said;
    this.#shapedFor = shapedFor;
    this.#lastOccurrence = occurrence;
  }

  /** Learns the shape of a message that is shown unchanged. Other messages of the shape are then not cleaned and masked. */
  #learn({ type, reason, action, eventKey }: Said, occurrence: Occurrence, message: string): void {
    if (eventKey !== undefined || occurrence.message !== message || occurrence.group === message) return;
    const redact = this.#redactOption;
    if (redact !== false && (redact !== undefined || mayHoldCredentials(message))) return;
    const about = this.#about;
    this.#shapes.miss(message, () => {
      const shape = new Shape(occurrence.message, (text) => maskVolatile(text) === maskVolatile(message));
      return {
        shape,
        value: { about, type, reason, action, occurrence: shapedOccurrence(occurrence, shape) },
      };
    });
  }

  #make(said: Said): Occurrence {
    const { message, eventKey, related, annotations } = said;
    // Masked before the lines are joined, because a secret may end where a line ends.
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

  /** A message should be a string, but callers without types may pass anything. */
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

  /** Masks a reason or an action too, because some tokens look like one. */
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

  /** A key stays in memory as long as its problem. So a long key is kept as a hash, of a huge key only of its two ends. */
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
    // The text may contain what the function should have hidden. So the built-in masking is used.
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

/** For a message that is cut, more than the shown part counts, because the position of the cut depends on volatile parts. */
function groupOf(text: string, shown: string): string {
  if (text.length > MAX_MESSAGE_BYTES)
    return detached(maskVolatile(text.slice(0, 2 * MAX_MESSAGE_BYTES)).slice(0, MAX_MESSAGE_BYTES));
  const masked = maskVolatile(text);
  return masked === text ? shown : masked;
}
