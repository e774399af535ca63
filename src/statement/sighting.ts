import { look } from './look.ts';
import { originOf } from './origin.ts';
import type { Frames } from './place-name.ts';

/** What can be seen of a record while it is logged. */
export interface Sighting {
  /** Where the logger was called, see {@link look}. */
  readonly frames: Frames;
  /** Where the error came from, see {@link originOf}. */
  readonly origin: Frames;
  /** The message of the error. */
  readonly errorText: string;
}

const MAX_ERROR_TEXT = 1024;

/**
 * Finds out where a record comes from. To be called only while it is logged, and only if its message is new.
 * @param tops functions, in the order in which they are searched for on the stack; the first one found counts
 * @param error the error that was logged with it, or its stack as text
 */
export function sight(tops: readonly unknown[], error?: unknown): Sighting {
  const frames = look(tops);
  if (error === undefined) return { frames, origin: [], errorText: '' };
  return { frames, origin: originOf(error), errorText: textOf(error) };
}

function textOf(error: unknown): string {
  try {
    const text: unknown = typeof error === 'string' ? error : (error as Error).message;
    return typeof text === 'string' ? text.slice(0, MAX_ERROR_TEXT) : '';
  } catch {
    return '';
  }
}
