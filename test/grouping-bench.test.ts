import assert from 'node:assert/strict';
import test from 'node:test';
import { ClientGo } from '../bench/grouping/client-go.ts';
import { Drain } from '../bench/grouping/drain.ts';
import { agreement, measure } from '../bench/grouping/measures.ts';
import type { Question } from '../bench/support/question.ts';
import { renderAnswer } from '../bench/support/render.ts';
import { type Environment, note, type Results, resume } from '../bench/support/results.ts';

const HERE: Environment = { machine: 'here', node: 'v20', packages: { winston: '3.0.0' } };
const THERE: Environment = { ...HERE, machine: 'there' };
const ANSWER = { table: { columns: [{ name: 'Events' }], rows: [[1]] }, targets: [] };
const question = (name: string, isCounted: boolean): Question => ({
  ...{ name, title: name, how: 'So.', isCounted, answer: async () => ANSWER },
});
const TIMED = question('timed', false);
const COUNTED = question('counted', true);
const ALL = [TIMED, COUNTED];
const old = (): Results => ({ environment: THERE, answers: { timed: { date: '2026-01-01', ...ANSWER } } });

test('what is one problem and what is one Event are compared line by line', () => {
  // b is split into two Events, and d is hidden by c.
  const problems = ['a', 'a', 'b', 'b', 'c', 'c', 'c', 'd'];
  const events = ['1', '1', '2', '3', '4', '4', '4', '4'];
  const expected = { problems: 4, events: 4, hidden: 1, accuracy: 2 / 8, purity: 7 / 8 };
  assert.deepEqual(measure(problems, events), expected);
});

test('replicas agree on the lines that both count in Events of one name', () => {
  assert.equal(agreement(['1', '1', '2', '3'], ['1', '4', '2', '2']), 0.5);
});

const line = (text: string, reason = 'Failed') => ({
  ...{ index: 0, problem: '', event: '', type: 'Warning', reason, text },
});

test('client-go: the tenth message of a reason is combined, and what it has not forgotten stays apart', () => {
  const rule = new ClientGo();
  const events = Array.from({ length: 12 }, (_, number) => rule.eventOf(line(`no ${number}`), 0));
  assert.equal(new Set(events.slice(0, 9)).size, 9);
  assert.deepEqual(events.slice(9), Array(3).fill('Warning Failed'));
  assert.equal(rule.eventOf(line('no 11'), 0), 'Warning Failed no 11');
  assert.equal(rule.eventOf(line('no 0', 'Other'), 0), 'Warning Other no 0');
});

test('client-go: after more than ten minutes of silence the messages are counted anew', () => {
  const rule = new ClientGo();
  for (let number = 0; number < 9; number++) rule.eventOf(line(`no ${number}`), 0);
  assert.equal(rule.eventOf(line('no 9'), 600_001), 'Warning Failed no 9');
  for (let number = 0; number < 8; number++) rule.eventOf(line(`no ${number}`), 600_001);
  assert.equal(rule.eventOf(line('no 8'), 1_200_001), 'Warning Failed');
});

test('Drain: texts that are alike are one template, which keeps the words that they share', () => {
  const drain = new Drain();
  const first = drain.templateOf('cannot open file alpha now');
  assert.equal(drain.templateOf('cannot open file bravo now'), first);
  assert.deepEqual(first.words, ['cannot', 'open', 'file', '<*>', 'now']);
  assert.notEqual(drain.templateOf('could open file alpha now'), first);
  assert.notEqual(drain.templateOf('cannot open file alpha right now'), first);
});

test('Drain: a first word with a digit is no evidence, and texts that are not alike are two templates', () => {
  const drain = new Drain();
  const first = drain.templateOf('7 of 9 jobs failed');
  assert.equal(drain.templateOf('8 of 9 jobs failed'), first);
  const other = drain.templateOf('8 of them were late');
  assert.notEqual(other, first);
  assert.equal(drain.templateOf('3 of them were late'), other);
});

test('times of two environments are refused', () => {
  assert.throws(() => resume(old(), HERE, [TIMED], ALL), /another machine or other versions; run all/);
  assert.deepEqual(resume(old(), HERE, ALL, ALL), { environment: HERE, answers: {} });
  assert.deepEqual(resume(old(), THERE, [TIMED], ALL), old());
  assert.deepEqual(resume(undefined, HERE, [TIMED], ALL), { environment: HERE, answers: {} });
});

test('what is counted may be of another environment, which is noted and shown', () => {
  const results = resume(old(), HERE, [COUNTED], ALL);
  assert.deepEqual(results, old());
  note(results, 'counted', ANSWER, HERE);
  assert.deepEqual(results.answers['counted']?.environment, HERE);
  assert.deepEqual(results.answers['timed'], old().answers['timed']);
  assert.match(
    renderAnswer(COUNTED, results.answers['counted']!),
    /Counted separately, on here, with Node v20, winston 3/,
  );
  note(results, 'counted', ANSWER, THERE);
  assert.equal(results.answers['counted']?.environment, undefined);
});
