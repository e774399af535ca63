import { LEVEL } from 'triple-beam';
import { withoutColours } from '../text/text.ts';
import type { LogRecord } from './fields.ts';

/** The levels of a logger. A smaller number is more severe. */
export type Levels = Record<string, number>;

/** The names of the warning level: of npm levels and of syslog levels. */
export const WARNING_LEVELS: readonly string[] = ['warn', 'warning'];
/** Levels that always make a Warning, even if they are not in the levels of the logger (NestJS). */
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

/** The warning level of a logger, or else `error`. */
export function warningOf(levels: Levels): string {
  return WARNING_LEVELS.find((name) => levels[name] !== undefined) ?? 'error';
}

/** True for a record that is at least as severe as the threshold. */
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

/** True if Events of this level are Warnings. */
export function isWarning(level: string, levels: Levels | undefined): boolean {
  const severity = levels?.[level];
  if (levels === undefined || severity === undefined) return SEVERE_LEVELS.has(level);
  const limit = levels['warn'] ?? levels['warning'] ?? levels['error'];
  return limit === undefined ? SEVERE_LEVELS.has(level) : severity <= limit;
}
