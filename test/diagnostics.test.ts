import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KubernetesEventsError } from 'winston-kubernetes-events';
import { createReport } from '../src/diagnostics.ts';

test('an error has its parts as data, so that nobody has to take its message apart', () => {
  const cause = new Error('underneath');
  const fix = 'add a Role';
  const given = { cause, fix, namespace: 'shop', verb: 'create' };
  const error = new KubernetesEventsError('KEVT_FORBIDDEN', 'create events: 403', given);
  const { code, what, detail, message } = error;
  assert.deepEqual(
    { code, what, detail },
    {
      code: 'KEVT_FORBIDDEN',
      what: 'the API server does not allow writing Events',
      detail: 'create events: 403',
    },
  );
  assert.equal(message, `${what}: ${detail}. ${fix}.`);
  assert.deepEqual([error.cause, error.fix, error.namespace, error.verb], Object.values(given));
});

test('what is not known of a failure is not shown as undefined', () => {
  const error = new KubernetesEventsError('KEVT_SINK', 'it threw');
  assert.deepEqual(Object.keys(error), ['name', 'code', 'detail', 'fix']);
  assert.match(error.fix, /^Fix the sink/);
});

test('a message consists of sentences, whatever the detail ends with', () => {
  const messageOf = (detail: string) =>
    new KubernetesEventsError('KEVT_SINK', detail, { fix: 'mend it' }).message;
  for (const detail of ['it threw', 'it threw.', 'did it throw?'])
    assert.match(messageOf(detail), /^the event sink failed: (it threw\.|did it throw\?) mend it\.$/);
});

function open() {
  let now = 0;
  const told: string[] = [];
  const report = createReport(
    ({ detail }) => told.push(detail),
    () => now,
  );
  return { report, told, pass: (durationMs: number) => (now += durationMs) };
}

test('one diagnostic of a kind about a subject is told in a minute', () => {
  const { report, told, pass } = open();
  report('KEVT_REJECTED', 'a', { subject: 'a' });
  report('KEVT_REJECTED', 'again', { subject: 'a' });
  report('KEVT_REJECTED', 'b', { subject: 'b' });
  report('KEVT_SINK', 'other', { subject: 'a' });
  pass(59_999);
  report('KEVT_REJECTED', 'early', { subject: 'a' });
  pass(1);
  report('KEVT_REJECTED', 'later', { subject: 'a' });
  assert.deepEqual(told, ['a', 'b', 'other', 'later']);
});

test('more subjects than are remembered cost only the oldest its silence', () => {
  const { report, told } = open();
  const subjects = Array.from({ length: 257 }, (_, index) => `subject ${index}`);
  for (const subject of [...subjects, ...subjects.slice(1)]) report('KEVT_REJECTED', subject, { subject });
  assert.deepEqual(told, subjects);
  report('KEVT_REJECTED', 'forgotten', { subject: subjects[0]! });
  assert.equal(told.at(-1), 'forgotten');
});

test('a process warning comes once for a code, for a permission once for each that is missing', async (t) => {
  // Node prints the process warnings of earlier tests in a later turn.
  await new Promise(setImmediate);
  const warnings: string[] = [];
  const onWarning = ({ message }: Error) => warnings.push(message.split(': ')[1]!.split('. ')[0]!);
  process.on('warning', onWarning);
  t.after(() => process.off('warning', onWarning));
  const { report, pass } = open();
  const forbidden = (detail: string, verb: string, namespace: string) =>
    report('KEVT_FORBIDDEN', detail, { subject: `${verb} ${namespace}`, verb, namespace });
  for (let i = 0; i < 2; i++) {
    forbidden('one', 'create', 'shop');
    forbidden('two', 'patch', 'shop');
    forbidden('three', 'create', 'sales');
    for (const name of ['web', 'api']) report('KEVT_NAMESPACE', name, { subject: name });
    report('KEVT_BAD_RECORD', 'of no use to an operator');
    report('KEVT_TIMEOUT', 'it may be over soon');
    if (i === 1) report('KEVT_TIMEOUT', 'it is not over', { isLasting: true });
    pass(60_000);
  }
  await new Promise(setImmediate);
  assert.deepEqual(warnings, ['one', 'two', 'three', 'web', 'it is not over']);
});
