import { look } from './look.ts';
import { originOf } from './origin.ts';
import type { Frames } from './place-name.ts';

/** What is seen of a record while it is logged. */
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
 * Sees where a record comes from; only while it is logged, and only when its message is news.
 * @param tops functions in the order in which they are looked for on the stack, see {@link topsOf}
 * @param error the error that came along, or its stack as text
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

/** The part of a winston logger by which its calls are recognised. */
interface Logger {
  /** Of the stream that it is (readable-stream): says whether it is passing a record on just now. */
  _transformState?: { transforming?: boolean };
  log?: unknown;
  write?: unknown;
}

/**
 * The functions by which the record that a transport has in hand may have been logged. A logger that is not just passing
 * one on is not asked: it hands over late what a slow transport held up, and its call is gone.
 * @param loggers those that the transport is attached to
 * @param level winston's name for the level of the record
 */
export function topsOf(loggers: Iterable<object>, level: string): readonly unknown[] {
  const tops: unknown[] = [];
  try {
    for (const logger of loggers as Iterable<Logger & Record<string, unknown>>)
      if (logger._transformState?.transforming !== false) tops.push(logger[level], logger.log, logger.write);
  } catch {
    // Whatever it is, it is no logger.
  }
  return tops;
}
