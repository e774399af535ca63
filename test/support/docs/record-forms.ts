import { libraryErrors } from '../../library-errors.cases.ts';
import { formats, rows } from '../../record-forms.cases.ts';
import { code, table } from './markdown.ts';

const TYPE = 'Warning ';

/** The Event of each call, and the Event with the formats that remove parts of the record. */
export function formsTable(): string {
  return table(
    ['call', 'Event', 'with some formats'],
    rows.map(([call, _log, expected, except = {}]) => [code(call), eventOf(expected), otherwise(except)]),
  );
}

export function formatsList(): string {
  return Object.keys(formats)
    .map((name) => `- ${name.replace(/\w+\([^)]*\)/g, (format) => code(format))}`)
    .join('\n');
}

/** The Event of each error of a library. */
export function librariesTable(): string {
  return table(
    ['library', 'what went wrong', 'reason', 'message', 'alone, with `errors()`'],
    libraryErrors.map(({ library, what, reason, message, copied }) => [
      library,
      what,
      code(reason),
      code(message),
      copied === undefined ? '' : `${code(copied.reason ?? reason)} ${code(copied.message ?? message)}`,
    ]),
  );
}

function eventOf(event: string): string {
  const [reason, ...message] = event.slice(TYPE.length).split(': ');
  return `${code(reason!)} ${code(message.join(': '))}`;
}

function otherwise(except: Record<string, string>): string {
  const names = new Map<string, string[]>();
  for (const [name, event] of Object.entries(except)) names.set(event, [...(names.get(event) ?? []), name]);
  return [...names].map(([event, of]) => `${eventOf(event)} with ${of.map(code).join(', ')}`).join('; ');
}
