import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Intake } from '../../dist/recorder/intake.js';
import { SEED, seededRandom } from '../support/random.ts';
import { codePairs } from './codes.cases.ts';
import { innocentCases, secretCases } from './redact.cases.ts';
import { differentPairs, samePairs } from './volatile.cases.ts';

/** A million texts take a minute. */
const MESSAGES = Number(process.env.SHAPES_MESSAGES ?? 200_000);
/** Enough to learn the shape of a text, and to match it again. */
const IN_A_ROW = 20;

const texts = [
  ...[...samePairs, ...differentPairs, ...codePairs].flat(),
  ...innocentCases,
  ...secretCases.map(([secret, around]) => around.replace('§', secret)),
];
const said = (message: string) => ({ type: 'Warning' as const, reason: 'Failed', message });
const noReport = () => undefined;

test(`a text that is known but for its numbers is read as if it were new, TEST_SEED=${SEED}`, () => {
  const random = seededRandom(SEED);
  const some = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)]!;
  const learning = new Intake(undefined, noReport);
  let known = 0;
  for (let count = 0; count < MESSAGES; count += IN_A_ROW) {
    const isPair = random() < 0.5;
    const text = isPair ? `${some(texts)}${some([' ', ': ', ', ', ''])}${some(texts)}` : some(texts);
    const share = some([0.1, 0.5, 1]);
    for (let row = 0; row < IN_A_ROW; row++) {
      const message = text.replace(/\d/g, (digit) => (random() < share ? some([...'0123456789']) : digit));
      const read = learning.find(said(message), '') ?? learning.read(said(message));
      const fresh = new Intake(undefined, noReport).read(said(message));
      if (Object.getOwnPropertyDescriptor(read, 'message')?.get !== undefined) known++;
      if (read.message !== fresh.message || read.group !== fresh.group)
        assert.deepEqual({ ...read }, { ...fresh }, `TEST_SEED=${SEED}: ${JSON.stringify(message)}`);
    }
  }
  assert.ok(known > MESSAGES / 20, `only ${known} of ${MESSAGES} were known`);
});
