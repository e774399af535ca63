import type { Levels } from './levels.ts';

/** The part of a winston logger that the transport uses. */
export interface Logger {
  levels?: Levels;
  exitOnError?: boolean | ((error: unknown) => boolean);
  /** False after `logger.end()`. */
  writable?: boolean;
  _readableState?: { ended?: boolean };
  pipe(transport: unknown): void;
}

/** A format that returns null ends the logger for its transports. It would release them again and again. */
export function hasEnded(logger: Logger): boolean {
  return logger._readableState?.ended === true;
}

/** The part of a winston logger by which its calls are recognized. */
interface Caller {
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
    for (const logger of loggers as Iterable<Caller & Record<string, unknown>>)
      if (logger._transformState?.transforming !== false) tops.push(logger[level], logger.log, logger.write);
  } catch {
    // It is not a logger.
  }
  return tops;
}
