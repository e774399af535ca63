import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { type LibraryError, libraryErrors } from './library-errors.cases.ts';
import { Logged, type Logger } from './support/logged.ts';

const { format } = winston;

const formats = {
  json: () => format.json(),
  errors: () => format.combine(format.errors({ stack: true }), format.json()),
  splat: () => format.combine(format.splat(), format.json()),
  metadata: () => format.combine(format.metadata(), format.json()),
  simple: () => format.simple(),
};

/** The ways to log an error, and the message of the Event for each. */
const ways: Record<
  string,
  [log: (logger: Logger, error: unknown) => void, message: (own: string) => string]
> = {
  alone: [(logger, error) => logger.error(error), (own) => own],
  'behind a text': [(logger, error) => logger.error('cannot save', error), (own) => `cannot save ${own}`],
  'in a field': [
    (logger, error) => logger.error('cannot save', { problem: error }),
    (own) => `cannot save: ${own}`,
  ],
  'as { err }': [(logger, err) => logger.error({ err }), (own) => own],
  'as a template value': [
    (logger, error) => logger.error('cannot save: %s', error),
    (own) => `cannot save: ${own}`,
  ],
};

function expected(
  { reason, message, copied }: LibraryError,
  way: string,
  form: string,
  error: object,
): string {
  const said = ways[way]![1](message);
  // `splat()` overwrites fields of the record with the enumerable fields of the error, so the text is lost.
  if (way === 'behind a text' && form === 'splat' && Object.keys(error).includes('message'))
    return `Warning ${reason}: ${message}`;
  if (way !== 'alone' || form !== 'errors') return `Warning ${reason}: ${said}`;
  return `Warning ${copied?.reason ?? reason}: ${copied?.message ?? said}`;
}

for (const one of libraryErrors) {
  test(`${one.library}, ${one.what}: an Event says what the error says, however it is logged`, async () => {
    for (const [way, [log]] of Object.entries(ways)) {
      for (const [form, create] of Object.entries(formats)) {
        const error = one.create() as object;
        const wanted = expected(one, way, form, error);
        const logged = new Logged({}, { format: create() });
        log(logged.logger, error);
        assert.equal(await logged.event(), wanted, `${way} with ${form}()`);
        assert.deepEqual(logged.diagnostics, []);
      }
    }
  });
}
