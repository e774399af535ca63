import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskVolatile } from '../../dist/text/volatile.js';
import { assertLinear } from './linear.ts';
import { innocentCases } from './redact.cases.ts';
import { differentPairs, samePairs } from './volatile.cases.ts';

describe('maskVolatile', () => {
  for (const [one, other, group] of samePairs) {
    it(`groups ${JSON.stringify(one)} with ${JSON.stringify(other)}`, () => {
      assert.notEqual(one, other);
      assert.equal(maskVolatile(one), group);
      assert.equal(maskVolatile(other), group);
    });
  }

  for (const [one, other] of differentPairs) {
    it(`keeps ${JSON.stringify(one)} apart from ${JSON.stringify(other)}`, () => {
      assert.notEqual(one, other);
      assert.notEqual(maskVolatile(one), maskVolatile(other));
    });
  }

  it('knows every unit behind a blank', () => {
    const durations =
      'ns us µs μs ms s h nanosec microsecs millisecond seconds sec millis min minutes hour hrs days day weeks';
    const sizes = 'kB KB MB GiB TB PB EB Ki Mi kbps Mbps bytes Byte byte';
    for (const unit of durations.split(' '))
      assert.equal(maskVolatile(`after 5000 ${unit} of 7`), 'after <dur> of 7');
    for (const unit of sizes.split(' ')) assert.equal(maskVolatile(`at 5000 ${unit} of 7`), 'at <size> of 7');
  });

  it('returns a message without a digit as it is', () => {
    assert.equal(maskVolatile("cannot reach 'deadbeef' at all"), "cannot reach 'deadbeef' at all");
  });

  it('changes nothing at the second call', () => {
    const fragments = [...samePairs.flat(), ...differentPairs.flat(), ...innocentCases];
    const glue = ['', ' ', '-', ':', '.', ',', '"', "'", '[', ']', '_', '/', '::', '0', '1234', 'a', ' s'];
    let state = 1;
    const below = (limit: number): number => {
      state = (state * 48271) % 0x7fffffff;
      return state % limit;
    };
    for (let count = 0; count < 20_000; count += 1) {
      let text = '';
      for (let parts = 1 + below(5); parts > 0; parts -= 1) {
        const fragment = fragments[below(fragments.length)]!;
        text += fragment.slice(below(2) * below(fragment.length + 1)) + glue[below(glue.length)]!;
      }
      const once = maskVolatile(text);
      assert.equal(maskVolatile(once), once, JSON.stringify(text));
    }
  });

  it('keeps no state between calls', () => {
    maskVolatile("'a1' 4711");
    assert.equal(maskVolatile('1234'), '<num>');
    assert.equal(maskVolatile("a1' 4711"), "a1' <num>");
  });
});

describe('the time maskVolatile takes', () => {
  const worst: readonly string[] = [
    ...[
      '1',
      'a',
      'a1',
      '1a',
      '1 ',
      '1,',
      '1.',
      '1-',
      '1:',
      '1::',
      ':1',
      ':a1',
      '::1',
      '1/',
      '1_',
      "'1",
      '"a1',
      "'1'",
    ],
    ...[
      "''1",
      '1.1',
      '1,234,',
      '10.',
      '10.0.0.',
      '2024-01-02T',
      '10:11:12.1',
      '1s',
      '1.5m',
      '1h ',
      '12,5',
      '0x1',
    ],
    ...[
      'abcdefab1-',
      '-abcd1',
      'abcdefab-cdef-',
      '[::1]',
      '[1',
      'a.b.c:1',
      '//a:1',
      '@a:1',
      'localhost:1',
      '%1',
      '\\1',
    ],
  ];

  const ofNames: readonly string[] = [
    ...['a@', '@a.b', 'a.b@', '?a=', '?a=,', 'user=', "user '", '":"', '"a":"', '"a":"\\', '\\":"', '{a: "'],
    ...[
      '_aaaaaaaaaaaaaaaa',
      '_aB',
      'aB1',
      'aB1-',
      'aB1x_',
      '+/aB1',
      'aBcDe1/',
      'a1b2c3d4',
      '==',
      '1=',
      'a=1',
    ],
    ...[
      'pod a-1 ',
      '-a1',
      '1-a',
      'a-1-',
      'pod ',
      '-x7k2p',
      'Nov 1 ',
      'Wed, ',
      '1 Nov ',
      '1 PM ',
      'id 1 ',
      'id-1',
    ],
    ...[
      '1%',
      '$1',
      '1 EUR ',
      '1/2 ',
      '1 of ',
      '+1 2',
      '(212) ',
      '1-1',
      '/1/',
      '1.2.3-',
      '00:',
      'aa-',
      'exit code 1 ',
    ],
  ];

  for (const unit of [...worst, ...ofNames]) {
    it(`grows with the length: ${JSON.stringify(unit)}`, () => assertLinear(unit, maskVolatile));
  }
});
