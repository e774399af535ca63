import { redact } from './redact.ts';
import { maskVolatile } from './volatile.ts';

/**
 * The most characters of a reason or an action (kubernetes/kubernetes `pkg/apis/core/validation/events.go`,
 * ReasonLengthLimit and ActionLengthLimit).
 */
export const MAX_REASON_LENGTH = 128;

const IDENTIFIER = /^[A-Z][A-Za-z0-9]*$/;
const LETTER_FIRST = /^[^A-Za-z0-9]*[A-Za-z]/;

/** The last one: most records have that of the one before. */
let known: string | undefined;

/** True for an UpperCamelCase identifier that may stand as the reason or action of an Event. */
export function isReason(value: unknown): value is string {
  if (typeof value !== 'string') return false;
  if (value === known) return true;
  if (value.length > MAX_REASON_LENGTH || !IDENTIFIER.test(value)) return false;
  known = value;
  return true;
}

/** Any text as an UpperCamelCase identifier: `ERR_INVALID_URL` is `ErrInvalidUrl`; undefined when no letter is left. */
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

/** Fewer characters than any class has that a minifier has left alone. */
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

/** What says no more than that something failed, and what a minifier makes, is no reason. */
function reasonOfClass(name: string | undefined): string | undefined {
  return name === undefined || name.length < MIN_CLASS_LENGTH || GENERAL_CLASSES.includes(name)
    ? undefined
    : name;
}

/**
 * A name or a code as a reason: a word that a program has a fixed number of. What begins with a digit (SQLSTATE `57P01`)
 * would become another code, and what holds a value (`Order 4711 failed`) or a credential is no word.
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
