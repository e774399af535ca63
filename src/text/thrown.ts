import { KubernetesEventsError } from '../diagnostics.ts';

/** The details of a failure. For an error of this library, only what its code does not say. */
export function detailOf(thrown: unknown): string {
  if (thrown instanceof KubernetesEventsError) return thrown.detail;
  return thrown instanceof Error ? thrown.message : textOfThrown(thrown);
}

/** The text of something that was thrown. */
export function textOfThrown(thrown: unknown): string {
  try {
    // As text, they would be all of their elements.
    if (Array.isArray(thrown) || ArrayBuffer.isView(thrown)) return describe(thrown);
    return String(thrown).slice(0, 200);
  } catch {
    return 'something that cannot be shown';
  }
}

/** A value and its type in a few characters, for messages. Never more, because it may contain anything. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${value.slice(0, 60).toWellFormed()}" (string)`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`;
  if (value instanceof Error) return describeError(value);
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : typeof value;
}

/** Even reading the message of an error may throw. */
function describeError(error: Error): string {
  try {
    return `${error.name}: ${String(error.message).slice(0, 200).toWellFormed()}`;
  } catch {
    return 'an error that cannot be read';
  }
}
