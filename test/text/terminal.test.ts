import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oneLine, paintFor } from '../../src/text/terminal.ts';

const pipe = { write() {} };
const terminal = { ...pipe, isTTY: true };
/** A terminal with the answers of Node 20, where even an empty NO_COLOR turns colours off. */
const ofNode20 = {
  ...terminal,
  hasColors: (env: object) => !('NO_COLOR' in env && env.NO_COLOR !== undefined),
};
const plain = { ...terminal, hasColors: () => false };

const YELLOW = '\u001b[33mx\u001b[39m';
const cases: [string, Parameters<typeof paintFor>[0], Record<string, string>, string][] = [
  ['a pipe', pipe, {}, 'x'],
  ['a terminal', terminal, { TERM: 'xterm' }, YELLOW],
  ['a terminal that has colours', ofNode20, {}, YELLOW],
  ['a terminal that has none', plain, {}, 'x'],
  ['NO_COLOR, whatever it says', terminal, { NO_COLOR: '0' }, 'x'],
  ['an empty NO_COLOR is none', ofNode20, { NO_COLOR: '' }, YELLOW],
  ['a dumb terminal', terminal, { TERM: 'dumb' }, 'x'],
  ['FORCE_COLOR in a pipe', pipe, { FORCE_COLOR: '1' }, YELLOW],
  ['an empty FORCE_COLOR is a yes', pipe, { FORCE_COLOR: '' }, YELLOW],
  ['FORCE_COLOR before NO_COLOR', plain, { FORCE_COLOR: 'true', NO_COLOR: '1' }, YELLOW],
  ['FORCE_COLOR=0 on a terminal', terminal, { FORCE_COLOR: '0' }, 'x'],
];

for (const [name, output, env, expected] of cases) {
  test(`colours: ${name}`, () => assert.equal(paintFor(output, env)('yellow', 'x'), expected));
}

test('what could end a line or turn the direction of text is not in a line', () => {
  assert.equal(oneLine('a\r\nb\tc\u2028d\u202ee\u2066f'), 'a b c def');
});
