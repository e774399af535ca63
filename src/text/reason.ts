import { redact } from './redact.ts';
import { maskVolatile } from './volatile.ts';

/**
 * The most characters of a reason or an action (kubernetes/kubernetes `pkg/apis/core/validation/events.go`,
 * ReasonLengthLimit and ActionLengthLimit).
 */
export const MAX_REASON_LENGTH = 128;

const IDENTIFIER = /^[A-Z][A-Za-z0-9]*$/;
const LETTER_FIRST = /^[^A-Za-z0-9]*[A-Za-z]/;

/** The last reason. Most records have the same reason as the record before. */
let known: string | undefined;

/** True for an UpperCamelCase identifier that may be the reason or action of an Event. */
export function isReason(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  if (value === known) return true;
  if (value.length > MAX_REASON_LENGTH || !IDENTIFIER.test(value)) return false;
  known = value;
  return true;
}

/** Turns a text into an UpperCamelCase identifier: `ERR_INVALID_URL` becomes `ErrInvalidUrl`. Undefined without letters. */
export function toReason(text: string): string | undefined {
  if (IDENTIFIER.test(text) && text.length <= MAX_REASON_LENGTH) return text;
  const words = text.slice(0, 4 * MAX_REASON_LENGTH).match(/[A-Za-z0-9]+/g) ?? [];
  const joined = words
    .map((word) => {
      const rest = /[a-z]/.test(word) ? word.slice(1) : word.slice(1).toLowerCase();
      return word.charAt(0).toUpperCase() + rest;
    })
    .join('')
    .replace(/^[0-9]+/, '')
    .slice(0, MAX_REASON_LENGTH);
  const reason = joined.charAt(0).toUpperCase() + joined.slice(1);
  return isReason(reason) ? reason : undefined;
}

/** Names of classes are at least as long as this. Those that a minifier makes are shorter. */
const MIN_CLASS_LENGTH = 4;
const GENERAL_CLASSES: readonly unknown[] = ['Error', 'Object'];

/** The reason that an error itself suggests: its name, else its class, else its code. */
export function reasonOfError(error: Error): string | undefined {
  return (
    reasonOfClass(wordOf(read(() => error.name))) ??
    reasonOfClass(wordOf(read(() => error.constructor.name))) ??
    wordOf(read(() => (error as { code?: unknown }).code))
  );
}

/** The name of a class, if it says more than that something failed, and was not made by a minifier. */
function reasonOfClass(name: string | undefined): string | undefined {
  return name === undefined || name.length < MIN_CLASS_LENGTH || GENERAL_CLASSES.includes(name)
    ? undefined
    : name;
}

/**
 * Turns a name or a code into a reason, if it is a fixed word of the program. A text with a value (`Order 4711 failed`) or a
 * credential is not a fixed word. A code that begins with a digit (SQLSTATE `57P01`) would become another code.
 */
function wordOf(text: unknown): string | undefined {
  if (isReason(text)) return text;
  if (typeof text !== 'string' || text.length > MAX_REASON_LENGTH || !LETTER_FIRST.test(text))
    return undefined;
  return maskVolatile(text) === text && redact(text) === text ? toReason(text) : undefined;
}

function read(getter: () => unknown): unknown {
  try {
    return getter();
  } catch {
    return undefined;
  }
}
