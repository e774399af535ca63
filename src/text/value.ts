import { formatWithOptions, inspect } from 'node:util';
import { MAX_MESSAGE_BYTES, MAX_READ_CHARACTERS } from './text.ts';

/** This many parts of an object or a list always fill an Event. */
const MAX_PARTS = MAX_MESSAGE_BYTES;
/** To read a field of an object, the engine lists all of its fields. For one value, this many may be listed. */
const MAX_LISTED = MAX_READ_CHARACTERS;
/** Nobody reads deeper than this. */
const MAX_DEPTH = 32;
/** What util.inspect shows of an error in addition to its fields. */
const HIDDEN = ['name', 'message', 'stack', 'cause', 'errors'];
/** The digits of larger numbers take long to compute. */
const LARGEST = 2n ** 4096n;

/** Takes the first parts of a value, as data for JSON. It takes time only for what an Event can show. */
class Excerpt {
  /** True while nothing was left out and nothing was found twice. */
  isWhole = true;
  private left = MAX_READ_CHARACTERS;
  private listed = 0;
  private readonly around: object[] = [];
  private readonly omitted: readonly string[];

  /** @param omitted names of fields to leave out */
  constructor(omitted: readonly string[] = []) {
    this.omitted = omitted;
  }

  of(value: unknown): unknown {
    if (typeof value === 'bigint') return textOfBigInt(value);
    if (typeof value === 'object' && value !== null) return this.ofObject(value);
    const size = typeof value === 'string' ? value.length : 1;
    this.left -= size;
    if (this.left >= 0) return value;
    this.isWhole = false;
    return typeof value === 'string' ? value.slice(0, Math.max(0, this.left + size)) : undefined;
  }

  private ofObject(object: object): unknown {
    // As JSON, they would be a list of all their numbers.
    if (ArrayBuffer.isView(object)) {
      this.isWhole &&= object.byteLength <= MAX_PARTS;
      return inspect(object);
    }
    const isKnown = this.around.includes(object);
    if (isKnown || this.left <= 0 || this.listed > MAX_LISTED || this.around.length === MAX_DEPTH) {
      this.isWhole = false;
      return isKnown ? '[Circular]' : '[Object]';
    }
    this.around.push(object);
    try {
      const { toJSON } = object as { toJSON?: unknown };
      if (typeof toJSON === 'function') return this.of(toJSON.call(object));
      if (object instanceof String || object instanceof Number) return this.of(object.valueOf());
      if (Array.isArray(object)) return this.ofList(object.slice(0, MAX_PARTS + 1));
      return isCollection(object) ? this.ofList(firstOf(object)) : this.ofFields(object);
    } catch {
      this.isWhole = false;
      return '[unreadable]';
    } finally {
      this.around.pop();
    }
  }

  private ofList(list: readonly unknown[]): unknown[] {
    if (list.length > MAX_PARTS) this.isWhole = false;
    return list.slice(0, MAX_PARTS).map((part) => this.of(part));
  }

  private ofFields(object: object): object {
    const names = Object.keys(object).filter((name) => !this.omitted.includes(name));
    if (object instanceof Error) for (const name of HIDDEN) this.ofField(object, name);
    this.listed += names.length;
    if (names.length > MAX_PARTS) this.isWhole = false;
    return Object.fromEntries(names.slice(0, MAX_PARTS).map((name) => [name, this.ofField(object, name)]));
  }

  private ofField(object: object, name: string): unknown {
    this.left -= name.length;
    try {
      return this.of((object as Record<string, unknown>)[name]);
    } catch {
      this.isWhole = false;
      return '[unreadable]';
    }
  }
}

/** Any value as text, and objects as JSON. It never throws. Large values do not take long either. */
export function textOfValue(value: unknown, missing = '', omitted: readonly string[] = []): string {
  if (value === undefined || value === null) return missing;
  // Without its fields.
  if (typeof value === 'function') return inspect(value, { depth: -1 });
  if (typeof value === 'bigint') return textOfBigInt(value);
  if (typeof value !== 'object') return String(value);
  if (ArrayBuffer.isView(value)) return inspect(value);
  return JSON.stringify(new Excerpt(omitted).of(value)) ?? '';
}

/** True if all of a value can be read quickly. */
export function isSmall(value: object): boolean {
  const excerpt = new Excerpt();
  excerpt.of(value);
  return excerpt.isWhole;
}

/** Like util.format for one token and its value, but a value that is too large becomes JSON. */
export function formatValue(token: string, value: unknown): string {
  if (token === '%j') return textOfValue(value, value === null ? 'null' : 'undefined');
  if (typeof value === 'bigint') return `${textOfBigInt(value)}n`;
  if (typeof value === 'function') return textOfValue(value);
  if (typeof value === 'object' && value !== null) {
    if (/[dif]/.test(token)) return 'NaN';
    const excerpt = new Excerpt();
    const first = excerpt.of(value);
    if (!excerpt.isWhole) return JSON.stringify(first) ?? '';
  }
  return formatWithOptions({ colors: false }, token, value);
}

function isCollection(object: object): object is Iterable<unknown> {
  return object instanceof Map || object instanceof Set;
}

function firstOf(collection: Iterable<unknown>): unknown[] {
  const parts: unknown[] = [];
  for (const part of collection) if (parts.push(part) > MAX_PARTS) break;
  return parts;
}

function textOfBigInt(value: bigint): string {
  return -LARGEST < value && value < LARGEST ? `${value}` : '[BigInt]';
}
