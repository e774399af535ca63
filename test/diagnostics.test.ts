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
    { code: 'KEVT_FORBIDDEN', what: 'the API server forbids to write Events', detail: 'create events: 403' },
  );
  assert.equal(message, `${what}: ${detail}. ${fix}`);
  assert.deepEqual([error.cause, error.fix, error.namespace, error.verb], Object.values(given));
});

test('what is not known of a failure is not shown as undefined', () => {
  const error = new KubernetesEventsError('KEVT_SINK', 'it threw');
  assert.deepEqual(Object.keys(error), ['name', 'code', 'detail', 'fix']);
  assert.match(error.fix, /^mend the sink/);
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
