import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import TransportStream from 'winston-transport';
import { Intake } from '../src/recorder/intake.ts';
import type { LogRecord } from '../src/winston/fields.ts';
import { RecordTranslator } from '../src/winston/translator.ts';
import { type Formatted, formats } from './record-forms.cases.ts';
import { SEED, seededRandom } from './support/random.ts';

const RECORDS = 20_000;
const random = seededRandom(SEED);
const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;

const web = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web', namespace: 'shop' } };
const values: readonly (() => unknown)[] = [
  () => 7,
  () => true,
  () => 'a text',
  () => null,
  () => undefined,
  () => web,
  () => 'deployment/web',
  () => 'ChargeFailed',
  () => 'no reason',
  () => ({ nested: { error: new Error('within') } }),
  () => ({ message: 'a message within' }),
  () => [new Error('in a list')],
  () => new Error('refused'),
  () => Object.assign(new RangeError(''), { code: 'EFAR', cause: new Error('of it') }),
  () => 'Error: copied\n    at main (/app/a.js:1:2)',
];
const names = ['regarding', 'related', 'reason', 'action', 'eventKey', 'stack', 'metadata', 'meta'];
names.push('error', 'err', 'tenant', 'message', 'exception', 'name', 'code');
const fields = (): Record<string, unknown> =>
  Object.fromEntries(Array.from({ length: some([0, 1, 2, 3]) }, () => [some(names), some(values)()]));
const messages = [
  'cannot charge',
  'order %s of %d',
  '100 % of it',
  '%',
  'in {braces}',
  '',
  ' ',
  'two\nlines',
];
const argumentsOf = () => Array.from({ length: some([0, 0, 1, 1, 2]) }, () => some([fields, some(values)])());

test(`a record that is read the quick way says what it says when it is read in full, TEST_SEED=${SEED}`, () => {
  const read: LogRecord[] = [];
  const capture = new TransportStream({ log() {} });
  // Gets all records, also those that a transport ignores.
  capture.write = (record: unknown) => read.push(record as LogRecord) > 0;
  capture.setMaxListeners(0);
  const adding = winston.format((record) => Object.assign(record, { context: fields() }));
  const named = Object.values(formats).map((make): Formatted => make(winston.format));
  const loggers = [...named, { ofLogger: adding() }].map(({ ofLogger = winston.format.json() }) =>
    winston.createLogger({ format: ofLogger, transports: [capture] }),
  );
  let same = 0;
  const quick = new RecordTranslator({}, () => undefined);
  const full = new RecordTranslator({ filter: () => true }, () => undefined);
  const sayOf = (translator: RecordTranslator, record: LogRecord) => {
    const said = translator.translate(record, 'error', 'Warning');
    if (said === undefined) return undefined;
    const { regarding, related, error } = said;
    return { regarding, related, error, occurrence: new Intake(undefined, () => undefined).read(said) };
  };
  for (let count = 0; count < RECORDS; count++) {
    const logger = some(loggers);
    const called = random() < 0.3 ? logger.child(fields()) : logger;
    read.length = 0;
    called.error(some<unknown>([...messages, fields()]) as string, ...argumentsOf());
    for (const record of read) {
      const [one, other] = [sayOf(quick, record), sayOf(full, record)];
      assert.deepEqual(one, other, `TEST_SEED=${SEED}: record ${count}`);
      if (one?.error === undefined) same++;
    }
  }
  assert.ok(same > RECORDS / 10, `only ${same} had no error`);
});
