import { LEVEL } from 'triple-beam';
import { withoutColours } from '../text/text.ts';
import type { LogRecord } from './fields.ts';

/** The levels of a logger, with smaller numbers for what is more severe. */
export type Levels = Record<string, number>;

/** What loggers call a warning: npm levels, syslog levels. */
export const WARNING_LEVELS: readonly string[] = ['warn', 'warning'];
/** Levels that are serious wherever they are in use, also where the logger's own list does not have them (NestJS). */
const SEVERE_LEVELS: ReadonlySet<string> = new Set([
  'emerg',
  'emergency',
  'alert',
  'crit',
  'critical',
  'fatal',
  'panic',
  'error',
  ...WARNING_LEVELS,
]);

/** The level of a record, without the colours that a format may have put around its name. */
export function levelOf(record: LogRecord): string {
  try {
    // winston's own symbol comes first: formats may have changed the field.
    const level = record[LEVEL] ?? record['level'];
    return typeof level === 'string' ? withoutColours(level) : 'error';
  } catch {
    return 'error';
  }
}

/** What a logger calls a warning, or what comes nearest. */
export function warningOf(levels: Levels): string {
  return WARNING_LEVELS.find((name) => levels[name] !== undefined) ?? 'error';
}

/** True for a record that is as severe as the threshold, or more. */
export function isAtLeast(record: LogRecord, threshold: string, levels: Levels | undefined): boolean {
  let level = record[LEVEL] as string;
  let severity = levels?.[level];
  if (severity === undefined) {
    level = levelOf(record);
    severity = levels?.[level];
  }
  const limit = levels?.[threshold];
  return severity === undefined || limit === undefined ? SEVERE_LEVELS.has(level) : severity <= limit;
}

/** True for levels of which the Event is a Warning. */
export function isWarning(level: string, levels: Levels | undefined): boolean {
  const severity = levels?.[level];
  if (levels === undefined || severity === undefined) return SEVERE_LEVELS.has(level);
  const limit = levels['warn'] ?? levels['warning'] ?? levels['error'];
  return limit === undefined ? SEVERE_LEVELS.has(level) : severity <= limit;
}
