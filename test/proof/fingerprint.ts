import { createHash } from 'node:crypto';

/** Larger numbers are times. Only the differences between them matter. */
const TIMES_FROM = 1e11;
/** Fields that are only shown and decide nothing. */
const SHOWN = new Set(['pendingSince']);
/** Generated names. It matters only which of them are equal. */
const MADE = /\b(?:rv|uid|writer|owner)\d+\b/g;

/**
 * The same text for states that behave in the same way. Objects become their fields, in the order in which they are found.
 * Times become differences from now. Generated names are numbered in the order of their first use.
 */
export function fingerprint(root: object, now: number): string {
  const seen = new Map<object, number>();
  const made = new Map<string, number>();
  const parts: string[] = [];
  const rename = (name: string) => {
    const known = made.get(name) ?? made.size;
    made.set(name, known);
    return `#${known}`;
  };
  const visit = (value: unknown): void => {
    if (typeof value === 'number')
      parts.push(value > TIMES_FROM && value < Infinity ? `t${value - now}` : `${value}`);
    else if (typeof value === 'string') parts.push(`"${value.replace(MADE, rename)}"`);
    else if (typeof value !== 'object' || value === null)
      parts.push(typeof value === 'function' ? 'f' : `${value}`);
    else if (seen.has(value)) parts.push(`@${seen.get(value)}`);
    else {
      seen.set(value, seen.size);
      if (value instanceof Map) {
        parts.push('M(');
        for (const [key, entry] of value) {
          visit(key);
          visit(entry);
        }
      } else if (value instanceof Set) {
        parts.push('S(');
        for (const entry of value) visit(entry);
      } else {
        parts.push('(');
        for (const field in value) {
          if (SHOWN.has(field)) continue;
          parts.push(field);
          visit((value as Record<string, unknown>)[field]);
        }
      }
      parts.push(')');
    }
  };
  visit(root);
  return createHash('sha1').update(parts.join(' ')).digest('base64').slice(0, 14);
}
