import { redact } from './redact.ts';

/**
 * The most characters of a reason or an action (kubernetes/kubernetes `pkg/apis/core/validation/events.go`,
 * ReasonLengthLimit and ActionLengthLimit).
 */
export const MAX_REASON_LENGTH = 128;

const IDENTIFIER = /^[A-Z][A-Za-z0-9]*$/;

/** True for an UpperCamelCase identifier that may stand as the reason or action of an Event. */
export function isReason(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_REASON_LENGTH && IDENTIFIER.test(value);
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

/** The reason that an error itself suggests: its class, else its code. */
export function reasonOfError(error: Error): string | undefined {
  const name = read(() => error.name);
  if (typeof name === 'string' && name !== 'Error') {
    const reason = fromText(name);
    if (reason !== undefined) return reason;
  }
  const className = read(() => error.constructor.name);
  if (typeof className === 'string' && className !== 'Error' && className !== 'Object') {
    const reason = toReason(className);
    if (reason !== undefined) return reason;
  }
  const code = read(() => (error as { code?: unknown }).code);
  if (typeof code === 'string') {
    const reason = fromText(code);
    if (reason !== undefined) return reason;
  }
  return name === 'Error' ? 'Error' : undefined;
}

/** What is no identifier may hold anything, and as a reason nobody would recognise a credential. */
function fromText(text: string): string | undefined {
  return toReason(IDENTIFIER.test(text) ? text : redact(text.slice(0, 4 * MAX_REASON_LENGTH)));
}

function read(getter: () => unknown): unknown {
  try {
    return getter();
  } catch {
    return undefined;
  }
}
