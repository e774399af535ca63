import { KubernetesEventsError } from '../diagnostics.ts';

/** What is told of a failure: of an error of ours only what is not told by its code. */
export function detailOf(thrown: unknown): string {
  if (thrown instanceof KubernetesEventsError) return thrown.detail;
  return thrown instanceof Error ? thrown.message : textOfThrown(thrown);
}

/** Text of whatever was thrown. */
export function textOfThrown(thrown: unknown): string {
  try {
    // As text they would be all of their parts.
    if (Array.isArray(thrown) || ArrayBuffer.isView(thrown)) return describe(thrown);
    return String(thrown).slice(0, 200);
  } catch {
    return 'something that cannot be shown';
  }
}

/** A value and its type in a few characters, for messages; never more of it, since it may hold anything. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return `"${value.slice(0, 60).toWellFormed()}" (string)`;
  if (typeof value === 'number' || typeof value === 'boolean') return `${value} (${typeof value})`;
  if (value instanceof Error) return describeError(value);
  return Array.isArray(value) ? 'an array' : typeof value === 'object' ? 'an object' : typeof value;
}

/** Even the message of an error may throw. */
function describeError(error: Error): string {
  try {
    return `${error.name}: ${String(error.message).slice(0, 200).toWellFormed()}`;
  } catch {
    return 'an error that cannot be read';
  }
}
