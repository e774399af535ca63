/**
 * Proves that counts are correct: runs the code that decides against a model of the server, on a simulated clock. `npm run
 * prove` takes some minutes and writes results.json, whose figures are in docs/delivery.md.
 */
import { writeFile } from 'node:fs/promises';
import { type Code, loadCode } from './code.ts';
import { describeActions } from './describe.ts';
import { explore } from './explore.ts';
import { FAULTS, LARGE, SMALL } from './scopes.ts';
import { STORM_ACTIONS, storm } from './storm.ts';
import type { Action, Scope } from './world.ts';

const { PROVE_STATES = '60000', PROVE_SEEDS = '4000' } = process.env;
const STATES = Number(PROVE_STATES);
const SEEDS = Number(PROVE_SEEDS);
const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);
const secondsSince = (startedAt: number) => ((performance.now() - startedAt) / 1_000).toFixed(1);

function fail(
  code: Code,
  scope: Scope,
  what: string,
  { actions, wrong }: { actions: Action[]; wrong: string },
): never {
  console.error(`${what}: ${wrong}\n${describeActions(code, scope, actions)}`);
  process.exit(1);
}

const code = await loadCode();
const small: Record<string, number[]> = {};
for (const [name, scope] of Object.entries(SMALL)) {
  const startedAt = performance.now();
  const { generations, transitions, counterexample } = explore(code, scope, { depth: 40, states: STATES });
  if (counterexample !== undefined) fail(code, scope, name, counterexample);
  small[name] = generations;
  console.log(
    `${name}: ${sum(generations)} states in every order of ${generations.length - 1} actions, ` +
      `${transitions} transitions, ${secondsSince(startedAt)} s`,
  );
}
const large: Record<string, number> = {};
for (const [name, scope] of Object.entries(LARGE)) {
  const startedAt = performance.now();
  for (let seed = 1; seed <= SEEDS; seed++) {
    const counterexample = storm(code, scope, seed);
    if (counterexample !== undefined) fail(code, scope, `${name}, seed ${seed}`, counterexample);
  }
  large[name] = SEEDS;
  console.log(`${name}: ${SEEDS} storms of ${STORM_ACTIONS} actions, ${secondsSince(startedAt)} s`);
}
for (const [name, { mutations, scope }] of Object.entries(FAULTS)) {
  const faulty = await loadCode(mutations);
  const { counterexample } = explore(faulty, scope, { depth: 12, states: STATES });
  if (counterexample === undefined) throw new Error(`${name}: expected a counterexample, got none`);
  console.log(`\nput back: ${name}\n${counterexample.wrong}`);
  console.log(describeActions(faulty, scope, counterexample.actions));
}
const results = { small, large, actions: STORM_ACTIONS };
await writeFile(new URL('results.json', import.meta.url), `${JSON.stringify(results, null, 2)}\n`);
