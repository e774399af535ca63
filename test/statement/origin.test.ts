import assert from 'node:assert/strict';
import { test } from 'node:test';
import { originOf } from '../../src/statement/origin.ts';

/** The origin of an error whose stack has these lines after its message. */
function originOfLines(...lines: string[]): readonly string[] {
  return originOf({
    message: 'closed',
    stack: ['Error: closed', ...lines.map((line) => `    at ${line}`)].join('\n'),
  });
}

test('errors of two places have two origins, whatever they say and whoever reads them', () => {
  const one = (message: string) => new Error(message);
  const two = (message: string) => new TypeError(message);
  const [first] = originOf(one('closed'));
  assert.equal(typeof first, 'string');
  assert.equal(originOf(one('42\n    at other (/app/other.js:1:2)\n and more'))[0], first);
  assert.equal(originOf(one(''))[0], first);
  assert.notEqual(originOf(two('closed'))[0], first);
});

test('an origin is where the application is, in any of the forms of a line', () => {
  const [expected] = originOfLines('/app/src/orders.js:10:20');
  for (const line of [
    'save (/app/src/orders.js:10:20)',
    'async save (/app/src/orders.js:10:20)',
    'async /app/src/orders.js:10:20',
    'new Order (file:///app/src/orders.js:10:20)',
    'Object.<anonymous> (/app/src/orders.js:10:20)',
    'Order.save [as write] (/app/src/orders.js:10:20)',
    `${'x'.repeat(1000)} (/app/src/orders.js:10:20)`,
  ])
    assert.deepEqual(originOfLines(line), [expected], line.slice(0, 80));
  assert.deepEqual(originOf({ message: 'closed', stack: 'save@/app/src/orders.js:10:20\nglobal code' }), [
    expected,
  ]);
  assert.deepEqual(originOf('Error: closed\n    at save (/app/src/orders.js:10:20)'), [expected], 'a text');
});

test('a path may hold blanks and parentheses, and a query is no part of it', () => {
  const [expected] = originOfLines('/app/my (own) code/orders.js:10:20');
  assert.deepEqual(originOfLines('save (/app/my (own) code/orders.js:10:20)'), [expected]);
  assert.deepEqual(originOfLines('/app/my (own) code/orders.js?v=2:10:20'), [expected]);
});

test('what Node, an engine or an installed package did is passed over', () => {
  const [own] = originOfLines('/app/src/orders.js:10:20');
  const others = [
    'node:internal/process/task_queues:95:5',
    'Array.forEach (<anonymous>)',
    'eval (eval at run (/app/src/run.js:1:2), <anonymous>:1:1)',
    'async Promise.all (index 0)',
    'Parser.parse (/app/node_modules/pg/lib/parser.js:1:2)',
    'Socket.emit (node:events:517:28)',
  ];
  assert.deepEqual(originOfLines(...others, 'save (/app/src/orders.js:10:20)'), [own]);
  const [installed, ...rest] = originOfLines(...others);
  assert.ok(installed !== undefined && installed !== own && rest.length === 0);
  assert.deepEqual(originOfLines('Array.forEach (<anonymous>)'), []);
});

test('an error without a readable stack has no origin, and does not throw', () => {
  const throwing = (field: string) =>
    Object.defineProperty(new Error('closed'), field, {
      get() {
        throw new Error('never');
      },
    });
  for (const error of [
    throwing('stack'),
    throwing('message'),
    undefined,
    null,
    42,
    {},
    { stack: 42 },
    { stack: { split: 1 } },
    { stack: '' },
    { stack: 'Error: closed' },
    { stack: '    at \n    at ()\n    at :1:2\n@\n@:1', message: {} },
    Object.assign(new Error('closed'), { stack: undefined }),
    new Proxy(new Error('closed'), {
      get() {
        throw new Error('never');
      },
    }),
  ])
    assert.ok(originOf(error).length <= 1);
  assert.deepEqual(originOf(throwing('stack')), []);
});

test('only the beginning of a very long stack is read', () => {
  const line = `\n    at save (/app/src/orders.js:10:20)`;
  const [expected] = originOfLines('save (/app/src/orders.js:10:20)');
  assert.deepEqual(
    originOf({ message: 'closed', stack: `Error: closed${line}\n${'x'.repeat(10_000_000)}` }),
    [expected],
  );
  const far = originOf({ message: 'closed', stack: `Error: closed\n${'x'.repeat(10_000_000)}${line}` });
  assert.deepEqual(far, [], 'lines that are no stack');
  const long = 'x'.repeat(1_000_000);
  assert.deepEqual(originOf({ message: long, stack: `Error: ${long}${line}` }), [expected], 'a long message');
  const many = originOf({ message: '', stack: 'Error'.concat(...new Array(10_000).fill(line)) });
  assert.ok(many.length <= 5);
});
