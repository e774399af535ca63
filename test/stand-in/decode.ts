/**
 * Reads JSON into a typed object as the Go decoder of the API server does: wrong types and times are errors,
 * unknown and repeated fields are findings, and empty values take the form in which the server shows them.
 */
export type Type =
  | { is: 'string' | 'int' | 'bool' | 'time' | 'microTime' | 'map' | 'any'; empty?: unknown }
  | { is: 'list'; of: Type; empty?: unknown }
  | { is: 'struct'; fields: Record<string, Type>; always?: boolean; empty?: unknown };

export class DecodeError extends Error {}

export interface Findings {
  /** The paths of numbers with a decimal point or an exponent. Go accepts none of them as an integer. */
  fractions: Set<string>;
  warnings: string[];
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Finds what `JSON.parse` does not report about a text that it accepted. */
export function scan(text: string): Findings {
  const found: Findings = { fractions: new Set(), warnings: [] };
  const frames: { keys?: Set<string>; key?: string | undefined; index: number; path: string }[] = [];
  for (const [token] of text.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]|[^\s{}[\],:"]+/g)) {
    const frame = frames.at(-1);
    const key = frame?.keys ? frame.key : `[${frame?.index}]`;
    const path = frame ? (frame.path && frame.keys ? `${frame.path}.${key}` : `${frame.path}${key}`) : '';
    if (token === '{') frames.push({ keys: new Set(), index: 0, path });
    else if (token === '[') frames.push({ index: 0, path });
    else if (token === '}' || token === ']') frames.pop();
    else if (token === ',' && frame) {
      frame.key = undefined;
      frame.index++;
    } else if (frame?.keys && frame.key === undefined) {
      frame.key = JSON.parse(token) as string;
      const full = frame.path ? `${frame.path}.${frame.key}` : frame.key;
      if (frame.keys.has(frame.key)) found.warnings.push(`duplicate field "${full}"`);
      frame.keys.add(frame.key);
    } else if (/^-?\d.*[.eE]/.test(token)) found.fractions.add(path);
  }
  return found;
}

export function decode(value: unknown, type: Type, found: Findings, path = ''): unknown {
  const mismatch = () => new DecodeError(`json: cannot unmarshal ${typeof value} into ${path} of ${type.is}`);
  if (value === null || value === undefined) {
    return type.is === 'struct' && type.always ? decode({}, type, found, path) : type.empty;
  }
  switch (type.is) {
    case 'any':
      return value;
    case 'bool':
      if (typeof value !== 'boolean') throw mismatch();
      return value;
    case 'string':
      if (typeof value !== 'string') throw mismatch();
      return value.replace(/\p{Surrogate}/gu, '\ufffd') || type.empty;
    case 'int':
      if (!Number.isInteger(value) || (value as number) !== ((value as number) | 0)) throw mismatch();
      if (found.fractions.has(path)) throw mismatch();
      return value || type.empty;
    case 'time':
    case 'microTime':
      if (typeof value !== 'string') throw mismatch();
      return decodeTime(value, type.is) ?? type.empty;
    case 'list':
      if (!Array.isArray(value)) throw mismatch();
      if (value.length === 0) return type.empty;
      return value.map((item, index) => decode(item, type.of, found, `${path}[${index}]`));
    case 'map':
      if (!isObject(value) || Object.values(value).some((item) => typeof item !== 'string')) throw mismatch();
      return Object.keys(value).length === 0 ? type.empty : value;
    case 'struct': {
      if (!isObject(value)) throw mismatch();
      const at = (field: string) => (path ? `${path}.${field}` : field);
      const result: Record<string, unknown> = {};
      // In the order of the text, for the warnings. Then come the fields that the text leaves out.
      for (const field of new Set([...Object.keys(value), ...Object.keys(type.fields)])) {
        const known = Object.hasOwn(type.fields, field) ? type.fields[field] : undefined;
        const given = Object.hasOwn(value, field) ? value[field] : undefined;
        if (!known) found.warnings.push(`unknown field "${at(field)}"`);
        const decoded = known && decode(given, known, found, at(field));
        if (decoded !== undefined) result[field] = decoded;
      }
      return result;
    }
  }
}

function decodeTime(value: string, type: 'time' | 'microTime'): string | undefined {
  const match = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.exec(value);
  if (!match || Number.isNaN(Date.parse(value)) || (type === 'microTime' && match[1]?.length !== 7)) {
    throw new DecodeError(`parsing time "${value}": not of the form of ${type}`);
  }
  const seconds = new Date(value).toISOString().slice(0, 19);
  if (type === 'microTime') return `${seconds}${match[1]}Z`;
  return seconds === '0001-01-01T00:00:00' ? undefined : `${seconds}Z`;
}
