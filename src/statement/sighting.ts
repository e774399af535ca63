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
 * @param tops functions, in the order in which they are searched for on the stack, see {@link topsOf}
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

/** The part of a winston logger by which its calls are recognized. */
interface Logger {
  /** The state of the stream (readable-stream). It says whether the logger is passing on a record right now. */
  _transformState?: { transforming?: boolean };
  log?: unknown;
  write?: unknown;
}

/**
 * The functions with which the current record of a transport may have been logged. A logger that is not passing on a record
 * right now is left out. It delivers records late that a slow transport held up, and their calls are over.
 * @param loggers the loggers that the transport is attached to
 * @param level winston's name for the level of the record
 */
export function topsOf(loggers: Iterable<object>, level: string): readonly unknown[] {
  const tops: unknown[] = [];
  try {
    for (const logger of loggers as Iterable<Logger & Record<string, unknown>>)
      if (logger._transformState?.transforming !== false) tops.push(logger[level], logger.log, logger.write);
  } catch {
    // It is not a logger.
  }
  return tops;
}
