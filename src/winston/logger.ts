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
