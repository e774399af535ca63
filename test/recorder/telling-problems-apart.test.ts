import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { ManualClock } from '../support/manual-clock.ts';

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'a' };
const OTHER_POD = { ...POD, name: 'web-2', uid: 'b' };
const WORDS = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet kilo lima'.split(' ');
const MINUTES = 60_000;

interface Step {
  message?: string;
  reason?: string;
  regarding?: object;
  type?: 'Warning' | 'Normal';
  eventKey?: string;
  /** Milliseconds that pass first. */
  after?: number;
}

const words = (from: number, to: number): Step[] =>
  WORDS.slice(from, to).map((word) => ({ message: `failed ${word}` }));

const statuses = (from: number, to: number): Step[] =>
  Array.from({ length: to - from }, (_, i) => ({ message: `failed with HTTP ${from + i}` }));
const keys = (from: number, to: number): Step[] =>
  Array.from({ length: to - from }, (_, i) => ({ eventKey: letters(from + i) }));

const letters = (i: number) => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('');
const reasons = (from: number, to: number): Step[] =>
  Array.from({ length: to - from }, (_, i) => ({ reason: `Reason${letters(from + i)}` }));

/** What is logged, and the counts and messages of the Events. */
const SCENARIOS: Record<string, { steps: Step[]; events: string[] }> = {
  'the same message again is the same Event': { steps: [{}, {}, {}], events: ['3 disk full'] },
  'numbers, ids and addresses do not tell messages apart, and the latest message is shown': {
    steps: [
      { message: 'order 10001 failed after 12 ms' },
      { message: 'order 10002 failed after 1.5s' },
      { message: 'order 98765432 failed after 3 min' },
    ],
    events: ['3 order 98765432 failed after 3 min'],
  },
  'volatile parts before the place where a long message is cut do not tell it apart': {
    steps: [
      { message: `order 10001 failed: ${'x '.repeat(600)}` },
      { message: `order 1000000000002 failed: ${'x '.repeat(600)}` },
    ],
    events: [`2 order 1000000000002 failed: ${'x '.repeat(496)}x…`],
  },
  'the same message told apart by each of the other parts, in a row': {
    steps: [
      {},
      { eventKey: 'k' },
      { type: 'Normal' },
      { reason: 'Other' },
      {},
      { regarding: OTHER_POD },
      { eventKey: 'k' },
    ],
    events: ['2 disk full', '2 disk full', '1 disk full', '1 disk full', '1 disk full'],
  },
  'words tell messages apart': {
    steps: [{ message: 'disk sda1 full' }, { message: 'disk sdb1 full' }],
    events: ['1 disk sda1 full', '1 disk sdb1 full'],
  },
  'objects, types and reasons tell problems apart': {
    steps: [{}, { regarding: OTHER_POD }, { type: 'Normal' }, { reason: 'Other' }],
    events: ['1 disk full', '1 disk full', '1 disk full', '1 disk full'],
  },
  'an eventKey decides, whatever the messages say': {
    steps: [
      { message: 'one', eventKey: 'k' },
      { message: 'two', eventKey: 'k' },
      { message: 'two', eventKey: 'l' },
    ],
    events: ['2 two', '1 two'],
  },
  'three different texts of one statement have an Event each': {
    steps: words(0, 3),
    events: WORDS.slice(0, 3).map((word) => `1 failed ${word}`),
  },
  'the fourth makes the statement one Event, which counts all that it says from then on': {
    steps: [...words(0, 5), { message: 'failed alpha' }],
    events: [
      ...WORDS.slice(0, 3).map((word) => `1 failed ${word}`),
      '3 (combined from similar events): failed alpha',
    ],
  },
  'nine texts that differ in codes alone have an Event each, and the tenth makes one Event of them': {
    steps: [...statuses(400, 410), { message: 'failed with HTTP 400' }],
    events: [
      ...statuses(400, 409).map(({ message }) => `1 ${message}`),
      '2 (combined from similar events): failed with HTTP 400',
    ],
  },
  'texts that differ in more than codes are counted with their codes masked': {
    steps: [...statuses(400, 405), ...words(0, 3)],
    events: [
      ...statuses(400, 405).map(({ message }) => `1 ${message}`),
      ...WORDS.slice(0, 2).map((word) => `1 failed ${word}`),
      '1 (combined from similar events): failed charlie',
    ],
  },
  'the fourth with another reason or about another object is not the fourth': {
    steps: [
      ...words(0, 3),
      { message: 'failed juliet', reason: 'Other' },
      { message: 'failed juliet', regarding: OTHER_POD },
    ],
    events: [...WORDS.slice(0, 3).map((word) => `1 failed ${word}`), '1 failed juliet', '1 failed juliet'],
  },
  'after ten quiet minutes there is room for new texts': {
    steps: [...words(0, 3), { message: 'failed juliet', after: 10 * MINUTES }],
    events: [...WORDS.slice(0, 3), 'juliet'].map((word) => `1 failed ${word}`),
  },
  'nine keys of one reason have an Event each, and the tenth starts one for the rest': {
    steps: [...keys(0, 11), { eventKey: 'a' }],
    events: ['2 disk full', ...Array(8).fill('1 disk full'), '2 (combined from similar events): disk full'],
  },
  'a hundred problems of one object have an Event each, and one more counts all that follow': {
    steps: [
      ...reasons(0, 100),
      ...reasons(100, 150).map((step, i) => ({ ...step, message: `request ${letters(i)} failed` })),
      { reason: 'Reasona' },
      { reason: 'Late', type: 'Normal' },
      { reason: 'Other', regarding: OTHER_POD },
    ],
    events: [
      ...Array(99).fill('1 disk full'),
      '2 disk full',
      '51 (combined from similar events): disk full',
      '1 disk full',
    ],
  },
  'when an object has a hundred Events, a statement gets one more for its second text, and none after that': {
    steps: reasons(0, 101).flatMap((step) => statuses(400, 410).map((text) => ({ ...step, ...text }))),
    events: [
      // Ten reasons with nine codes and a combined Event each make a hundred.
      ...Array.from({ length: 10 }, () => [
        ...statuses(400, 409).map(({ message }) => `1 ${message}`),
        '1 (combined from similar events): failed with HTTP 409',
      ]).flat(),
      ...Array.from({ length: 90 }, () => [
        '1 failed with HTTP 400',
        '9 (combined from similar events): failed with HTTP 409',
      ]).flat(),
      '10 (combined from similar events): failed with HTTP 409',
    ],
  },
  'after ten quiet minutes a crowded object has room again': {
    steps: [...reasons(0, 101), { reason: 'Late', after: 10 * MINUTES }],
    events: [...Array(101).fill('1 disk full'), '1 (combined from similar events): disk full'],
  },
  'a combined Event goes on while it is in use': {
    steps: [
      ...words(0, 4),
      { message: 'failed kilo', after: 9 * MINUTES },
      { message: 'failed lima', after: 9 * MINUTES },
    ],
    events: [
      ...WORDS.slice(0, 3).map((word) => `1 failed ${word}`),
      '3 (combined from similar events): failed lima',
    ],
  },
  'after ten quiet minutes a statement has Events of its texts again': {
    steps: [...words(0, 5), { message: 'failed alpha', after: 10 * MINUTES }],
    events: [
      '2 failed alpha',
      ...WORDS.slice(1, 3).map((word) => `1 failed ${word}`),
      '2 (combined from similar events): failed echo',
    ],
  },
};

for (const [name, { steps, events }] of Object.entries(SCENARIOS)) {
  test(name, async () => {
    const clock = new ManualClock();
    const sink = new MemorySink();
    const recorder = new EventRecorder({ local: sink }, { clock, env: {} });
    for (const {
      message = 'disk full',
      reason = 'Failed',
      regarding = POD,
      type = 'Warning',
      eventKey,
      after = 0,
    } of steps) {
      await clock.pass(after);
      recorder.record({ type, regarding, reason, message, eventKey });
    }
    await recorder.flush();
    assert.deepEqual(
      sink.events.map((event) => `${event.count} ${event.message}`).sort(),
      [...events].sort(),
    );
  });
}

test('the Event that stands for the rest of an object is a warning, whatever it counts', async () => {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const recorder = new EventRecorder({ local: sink }, { clock, env: {} });
  for (const { reason = '' } of reasons(0, 102)) recorder.normal(POD, reason, 'started');
  await recorder.flush();
  const { type, reason, count } = sink.events.at(-1)!;
  assert.deepEqual({ type, reason, count }, { type: 'Warning', reason: 'CombinedEvents', count: 2 });
});
