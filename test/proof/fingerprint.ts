import { createHash } from 'node:crypto';

/** Larger numbers are times. Only the differences between them matter. */
const TIMES_FROM = 1e11;
/** A field that is only shown and decides nothing. */
const SHOWN = 'pendingSince';
/** Generated names. It matters only which of them are equal. */
const MADE = /\b(?:rv|uid|writer|owner)\d+\b/g;

/**
 * The same text for states that behave in the same way. Objects become their fields, in the order in which they are found.
 * Times become differences from now. Generated names are numbered in the order of their first use.
 */
export function fingerprint(root: object, now: number): string {
  const seen = new Map<object, number>();
  let text = '';
  const visit = (value: unknown): void => {
    if (typeof value === 'number') text += value > TIMES_FROM && value < Infinity ? `t${value - now}` : value;
    else if (typeof value === 'string') text += `"${value}"`;
    else if (typeof value !== 'object' || value === null) text += typeof value === 'function' ? 'f' : value;
    else {
      const known = seen.get(value);
      if (known !== undefined) text += `@${known}`;
      else {
        seen.set(value, seen.size);
        text += '(';
        visitFields(value);
        text += ')';
      }
    }
    text += ' ';
  };
  const visitFields = (value: object): void => {
    if (value instanceof Map) {
      text += 'M';
      for (const [key, entry] of value) {
        visit(key);
        visit(entry);
      }
    } else if (value instanceof Set) {
      text += 'S';
      for (const entry of value) visit(entry);
    } else {
      for (const field in value) {
        if (field === SHOWN) continue;
        text += field;
        visit((value as Record<string, unknown>)[field]);
      }
    }
  };
  visit(root);
  const made = new Map<string, number>();
  const renamed = text.replace(MADE, (name) => {
    const known = made.get(name) ?? made.size;
    made.set(name, known);
    return `#${known}`;
  });
  return createHash('sha1').update(renamed).digest('base64').slice(0, 14);
}
