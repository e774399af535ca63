import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { QUESTIONS } from '../bench/questions.ts';
import { renderDocument } from '../bench/support/render.ts';
import { DOCUMENT_FILE, readResults } from '../bench/support/results.ts';

test('docs/benchmarks.md is what the results say; npm run bench writes both', async () => {
  const results = await readResults();
  assert.ok(results, 'expected bench/results.json');
  assert.deepEqual(Object.keys(results.answers).sort(), QUESTIONS.map(({ name }) => name).sort());
  assert.equal(await readFile(DOCUMENT_FILE, 'utf8'), renderDocument(QUESTIONS, results));
});

interface Form {
  open?(logger: winston.Logger): winston.Logger;
  make(index: number): unknown;
  log(logger: winston.Logger, made: unknown): void;
}

// In a variable, so that the compiler does not look for its types: the sides have none.
const records = new URL('../bench/sides/records.mjs', import.meta.url).href;
const { RECORDS }: { RECORDS: Record<string, Form> } = await import(records);

/** Five records of a form, as Events. */
async function recordsOf(form: string) {
  const { open, make, log } = RECORDS[form]!;
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
  const logger = winston.createLogger({ transports: [transport] });
  const called = open?.(logger) ?? logger;
  for (let index = 0; index < 5; index++) log(called, make(index));
  await transport.flush();
  return sink.events.map(({ count, reason, message, regarding: { kind, name } }) => {
    return { count, reason, object: `${kind}/${name}`, message };
  });
}

const REFUSED = 'connect ECONNREFUSED 10.96.0.17:443';
const CHARGE = 'cannot charge the order';

for (const [form, expected] of Object.entries({
  repeated: { reason: 'LoggedError', message: `cannot reach the payment gateway: ${REFUSED}` },
  error: { reason: 'LoggedError', message: `${CHARGE} ${REFUSED}` },
  errorField: { reason: 'LoggedError', message: `${CHARGE}: ${REFUSED}` },
  errorAlone: { reason: 'LoggedError', message: REFUSED },
  fields: { reason: 'LoggedError', message: CHARGE },
  child: { reason: 'ChargeFailed', message: `cannot reach the payment gateway: ${REFUSED}` },
})) {
  test(`what is measured as ${form} is one problem`, async () => {
    const events = await recordsOf(form);
    const found = events.map(({ count, reason, message }) => ({ count, reason, message }));
    assert.deepEqual(found, [{ count: 5, ...expected }]);
  });
}

test('a child logger has an object of its own', async () => {
  const [event] = await recordsOf('child');
  assert.equal(event?.object, 'Deployment/checkout');
});

test('in a storm of new problems, each record is about another object', async () => {
  const events = await recordsOf('news');
  assert.deepEqual(
    events.map(({ object, count }) => ({ object, count })),
    [0, 1, 2, 3, 4].map((index) => ({ object: `Deployment/web-${index}`, count: 1 })),
  );
});

test('records differ where their form says so', async () => {
  for (const form of ['numbers', 'words', 'error', 'errorField', 'errorAlone', 'fields', 'news']) {
    const { make } = RECORDS[form]!;
    assert.notEqual(make(1), make(2), form);
  }
});
