import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { maskCodes } from '../../dist/text/codes.js';
import { maskVolatile } from '../../src/text/volatile.ts';
import { codePairs } from './codes.cases.ts';
import { assertLinear } from './linear.ts';
import { differentPairs, samePairs } from './volatile.cases.ts';

describe('maskCodes', () => {
  const masked = (text: string) => maskCodes(maskVolatile(text));

  for (const [one, other, group] of codePairs) {
    it(`groups ${JSON.stringify(one)} with ${JSON.stringify(other)}`, () => {
      assert.notEqual(maskVolatile(one), maskVolatile(other));
      assert.equal(masked(one), group);
      assert.equal(masked(other), group);
    });
  }

  it('changes nothing but codes', () => {
    const texts = [
      'cannot open FILE',
      'missing env DATABASE_URL',
      '3 errors',
      'shard 3 lost',
      'disk sda1 is full',
      'TLS 1.2 refused',
      'HTTP/1.1 refused',
      'Node v20.11.1 is unsupported',
      'gateway-500 is down',
      'ratio 1.5',
    ];
    for (const text of texts) assert.equal(masked(text), text);
  });

  it('changes nothing at the second call', () => {
    for (const text of [...codePairs, ...samePairs, ...differentPairs].flat()) {
      assert.equal(maskCodes(masked(text)), masked(text));
    }
  });
});

describe('the time maskCodes takes', () => {
  const worst = ['1', 'E', 'E_', '-1', 'ORA-1', '502 ', 'code ', 'code 1 ', '14 UNAVAILABLE ', '<code> Bad '];
  for (const unit of worst) {
    it(`grows with the length: ${JSON.stringify(unit)}`, () => assertLinear(unit, maskCodes));
  }
});
