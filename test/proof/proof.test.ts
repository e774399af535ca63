import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { loadCode } from './code.ts';
import { describeActions } from './describe.ts';
import { explore } from './explore.ts';
import { FAULTS, LARGE, SMALL } from './scopes.ts';
import { storm } from './storm.ts';

/** A part that takes only seconds. `npm run prove` goes further. */
const STATES = 1_000;
const STATES_UNTIL_A_FAULT = 15_000;
const SEEDS = 60;
const code = await loadCode();

describe('whatever happens, in every order', () => {
  for (const [name, scope] of Object.entries(SMALL))
    test(name, (t) => {
      const { generations, counterexample } = explore(code, scope, { depth: 40, states: STATES });
      if (counterexample !== undefined)
        assert.fail(`${counterexample.wrong}\n${describeActions(code, scope, counterexample.actions)}`);
      t.diagnostic(`states by generation: ${generations.join(', ')}`);
      assert.ok(generations.length > 4);
    });
});

describe('many things at once', () => {
  for (const [name, scope] of Object.entries(LARGE))
    test(name, () => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const counterexample = storm(code, scope, seed);
        if (counterexample !== undefined)
          assert.fail(
            `seed ${seed}: ${counterexample.wrong}\n${describeActions(code, scope, counterexample.actions)}`,
          );
      }
    });
});

describe('a fault that is put back is found', () => {
  for (const [name, { mutations, scope }] of Object.entries(FAULTS))
    test(name, async (t) => {
      const faulty = await loadCode(mutations);
      const { counterexample } = explore(faulty, scope, { depth: 12, states: STATES_UNTIL_A_FAULT });
      assert.ok(counterexample !== undefined, 'nothing was found');
      t.diagnostic(`${counterexample.wrong}\n${describeActions(faulty, scope, counterexample.actions)}`);
    });
});
