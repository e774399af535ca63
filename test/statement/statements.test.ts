import assert from 'node:assert/strict';
import { test } from 'node:test';
import { shortHashOf } from '../../src/statement/hash.ts';
import type { Sighting } from '../../src/statement/sighting.ts';
import { type Statement, Statements } from '../../src/statement/statements.ts';
import { ManualClock } from '../support/manual-clock.ts';

const MINUTE_MS = 60_000;
const NAMES = ['alice', 'bob', 'carol', 'dave', 'erin', 'frank'];

function sighting(frames: readonly string[], origin: readonly string[] = [], errorText = ''): Sighting {
  return { frames, origin, errorText };
}

/** An application that logs. Like the table of problems, it remembers the statements of texts and asks only for new texts. */
function openApplication() {
  const clock = new ManualClock();
  const statements = new Statements(clock);
  const known = new Map<string, Statement>();
  let looks = 0;
  return {
    clock,
    /** @returns the key of the statement */
    log(text: string, seen?: Sighting): string {
      let statement = known.get(text);
      if (statement === undefined || statement.isStale) {
        const see = () => {
          looks++;
          return seen!;
        };
        statement = statements.statementOf(text, seen === undefined ? undefined : see);
        known.set(text, statement);
      }
      return statement.key;
    },
    get looks() {
      return looks;
    },
  };
}
type Application = ReturnType<typeof openApplication>;

/** Logs twice, so that the second time shows what was learnt. Expects a different statement for each list of texts. */
function expectStatements(
  log: Application['log'],
  statements: readonly (readonly [string[], Sighting | undefined])[],
): string[] {
  const pass = () => statements.map(([texts, seen]) => new Set(texts.map((text) => log(text, seen))));
  pass();
  const keys = pass();
  assert.deepEqual(
    keys.map(({ size }) => size),
    keys.map(() => 1),
  );
  const all = keys.flatMap((set) => [...set]);
  assert.equal(new Set(all).size, statements.length);
  return all;
}

const textsOf = (template: string) => NAMES.map((name) => template.replace('*', name));

test('the place of the call is the statement, whatever its texts begin with', () => {
  const { log } = openApplication();
  expectStatements(log, [
    [textsOf('* has no access'), sighting(['a', 'main'])],
    [textsOf('cannot open file *'), sighting(['b', 'main'])],
    [textsOf('cannot close file *'), sighting(['c', 'main'])],
    [textsOf('用户*登录失败'), sighting(['d', 'main'])],
    [['queue is full'], sighting(['e', 'main'])],
  ]);
});

test('a text that is known is not looked at again', () => {
  const application = openApplication();
  for (let i = 0; i < 10; i++) application.log('cannot open file', sighting(['a', 'main']));
  assert.equal(application.looks, 1);
});

test('one statement that is called from many places is one', () => {
  const { log } = openApplication();
  const keys = NAMES.map((name) =>
    log(`cannot open file ${name}`, sighting(['a', `caller of ${name}`, 'main'])),
  );
  assert.equal(new Set(keys).size, 1);
});

for (const [kind, prefix] of [
  ['', ''],
  [' with a beginning of its own', '[orders] '],
])
  test(`the caller of a wrapper of two parts${kind} is the statement`, () => {
    const { log } = openApplication();
    const wrapped = (call: string) =>
      sighting(['write', call.includes('warn') ? 'warn' : 'error', call, 'main', 'run']);
    expectStatements(log, [
      [textsOf(`${prefix}* has no access`), wrapped('a')],
      [[`${prefix}database connection is gone`], wrapped('b')],
      [textsOf(`${prefix}cannot read profile of *`), wrapped('c')],
      [textsOf(`${prefix}slow query by *, took too long`), wrapped('d warn')],
      [[`${prefix}certificate expires tomorrow`], wrapped('e warn')],
      [textsOf(`${prefix}payment * refused by bank`), wrapped('f')],
      [[`${prefix}disk nearly full`], wrapped('g warn')],
      [[`${prefix}leader election lost`], wrapped('h')],
    ]);
  });

test('a wrapper with two statements is one too', () => {
  const { log } = openApplication();
  expectStatements(log, [
    [['database connection is gone'], sighting(['write', 'a', 'main'])],
    [textsOf('login failed for *'), sighting(['write', 'b', 'main'])],
  ]);
});

test('callers of a wrapper are told apart whatever their names are', () => {
  const callers = Array.from({ length: 2_000 }, (_, index) => `caller ${index}`);
  const alike = callers.find((caller, index) =>
    callers.slice(0, index).some((before) => shortHashOf(before) === shortHashOf(caller)),
  )!;
  const like = callers.find((caller) => shortHashOf(caller) === shortHashOf(alike))!;
  const { log } = openApplication();
  const keys = NAMES.map((name) => [
    log(`${name} did not pay`, sighting(['wrapper', alike])),
    log(`the session of ${name} is lost`, sighting(['wrapper', like])),
  ]);
  assert.notEqual(alike, like);
  assert.deepEqual(keys.at(-1), [alike, like]);
});

test('of a place that logs what it is handed, and where nothing is seen, the beginning of the text is the statement', () => {
  for (const seen of [sighting(['forward', 'main']), sighting([]), undefined]) {
    const { log } = openApplication();
    expectStatements(log, [
      [textsOf('cannot open file *'), seen],
      [textsOf('cannot close file *'), seen],
      [textsOf('Upload failed: * said no'), seen],
      [['disk is full'], seen],
      [textsOf('user=* locked out'), seen],
      [['<num> of <num> replicas are down', '<dur> without a leader'], seen],
      [textsOf('错误：*'), seen],
    ]);
  }
});

test('one error handler keeps errors of several places apart, and its own texts from those of others', () => {
  const { log } = openApplication();
  const handled = (origin: string[], errorText: string) => sighting(['handler', 'main'], origin, errorText);
  const failed = (error: string) => `request failed: ${error}`;
  const errors = {
    a: 'no such order',
    b: 'connection refused by peer',
    c: 'token has expired',
    d: 'disk quota exceeded',
  };
  expectStatements(log, [
    ...Object.entries(errors).map(([place, error]): [string[], Sighting] => [
      [failed(error)],
      handled([place, 'serve'], error),
    ]),
    [['no such order, tried again'], sighting(['other', 'main'], ['a', 'serve'], 'no such order')],
  ]);
});

test('a handler that logs only the error is told apart by where the error came from', () => {
  const { log } = openApplication();
  const handled = (origin: string, errorText: string) =>
    sighting(['handler', 'main'], [origin, 'serve'], errorText);
  expectStatements(
    log,
    ['no such order', 'connection refused by peer', 'token has expired'].map((error, index) => [
      [error, `${error} again`],
      handled(`place ${index}`, error),
    ]),
  );
});

test('a function that makes errors for others is followed by who calls it', () => {
  const { log } = openApplication();
  const thrown = (caller: string, errorText: string) =>
    sighting(['handler', 'main'], ['fail', caller, 'serve'], errorText);
  expectStatements(
    log,
    ['no such order', 'connection refused by peer', 'token has expired'].map((error, index) => [
      [`request failed: ${error}`],
      thrown(`place ${index}`, error),
    ]),
  );
});

test('two processes that see the same in other orders come to the same statements', () => {
  const calls = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'];
  const sentences = [
    'has no access',
    'sent a bad token',
    'lost the session',
    'did not pay',
    'is unknown here',
  ];
  const lines = calls.flatMap((call, index) =>
    NAMES.map((name): [string, Sighting] => [
      `${name} ${sentences[index % sentences.length]} ${index}`,
      sighting(index % 2 === 0 ? [call, 'main'] : ['write', 'error', call, 'main', 'run']),
    ]),
  );
  const run = (order: readonly [string, Sighting][]) => {
    const { log } = openApplication();
    for (let pass = 0; pass < 2; pass++) for (const [text, seen] of order) log(text, seen);
    return Object.fromEntries(lines.map(([text, seen]) => [text, log(text, seen)]));
  };
  const expected = run(lines);
  assert.equal(new Set(Object.values(expected)).size, calls.length);
  assert.deepEqual(run([...lines].reverse()), expected);
  const mixed = lines.map((_, index) => lines[(index * 7) % lines.length]!);
  assert.deepEqual(run(mixed), expected);
});

test('a thousand looks at once, then two hundred a second, for all who share a clock', async () => {
  const clock = new ManualClock();
  const [one, other] = [new Statements(clock), new Statements(clock)];
  let looks = 0;
  const logMany = (statements: Statements, count: number) => {
    for (let i = 0; i < count; i++)
      statements.statementOf(`text ${i}`, () => {
        looks++;
        return sighting(['a', 'main']);
      });
    return looks;
  };
  logMany(one, 600);
  assert.equal(logMany(other, 600), 1_000);
  await clock.pass(1_000);
  assert.equal(logMany(one, 600), 1_200);
  await clock.pass(60 * MINUTE_MS);
  assert.equal(logMany(one, 5_000), 2_200);
});

test('a look that takes long counts as several', () => {
  let now = 0;
  const statements = new Statements({ ...new ManualClock(), uptime: () => now } as never);
  let looks = 0;
  for (let i = 0; i < 5_000; i++)
    statements.statementOf(`text ${i}`, () => {
      looks++;
      now += 5;
      return sighting(['a', 'main']);
    });
  assert.ok(looks < 20, `${looks} looks of 5 ms`);
});

test('beyond the budget what was learnt decides', () => {
  const { log } = openApplication();
  const [open, dial] = [sighting(['a', 'main']), sighting(['b', 'main'])];
  const [opened, dialled] = [log('cannot open file', open), log('cannot dial host', dial)];
  for (let i = 0; i < 2_000; i++) log(`cannot dial host w${i}x`, dial);
  assert.equal(log('cannot open file of alice', open), opened, 'what begins like it');
  assert.equal(log('bob cannot dial host today', dial), dialled, 'what has all the words of the latest');
  assert.equal(log('leader is lost', dial), log('leader is lost'), 'else the text');
});

test('a storm from one statement stays one statement', () => {
  for (const textOf of [(i: number) => `cannot open file w${i}x`, (i: number) => `w${i}x: no access to it`]) {
    const { log } = openApplication();
    const keys = new Set<string>();
    for (let i = 0; i < 10_000; i++) keys.add(log(textOf(i), sighting(['a', 'main'])));
    assert.equal(keys.size, 1);
  }
});

test('the memory of places is bounded: places that are not seen any more are forgotten', async () => {
  const application = openApplication();
  const { log, clock } = application;
  const wrapped = (call: string) => sighting(['write', call, 'main']);
  log('database connection is gone', wrapped('a'));
  log('leader election lost', wrapped('b'));
  const key = log('disk nearly full', wrapped('c'));
  assert.notEqual(log('queue overflow', wrapped('d')), key);
  for (let i = 0; i < 5_000; i++) {
    if (i % 100 === 0) await clock.pass(MINUTE_MS);
    log(`text ${i} of a place`, sighting([`place ${i}`, 'main']));
  }
  const write = log('certificate expires tomorrow', wrapped('e'));
  assert.equal(log('certificate expires today', wrapped('f')), write, 'the wrapper is believed again');
});
