import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { ManualClock } from '../support/manual-clock.ts';
import { SEED, seededRandom } from '../support/random.ts';

const TURNS = 15;
const RECORDS = 1_000;
const random = seededRandom(SEED);
const some = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
const letters = () => Array.from({ length: 5 }, () => some([...'abcdefghijklmnop'])).join('');
const number = () => Math.floor(random() * 1_000_000);

/** Statements with the same and with different beginnings, with many texts and with few. */
const statements: readonly ((logger: winston.Logger) => unknown)[] = [
  (logger) => logger.error('cannot ship parcels'),
  (logger) => logger.error(`cannot ship to ${letters()}`),
  (logger) => logger.error(`cannot ship to ${letters()} ${letters()}, token=${letters()}`),
  (logger) => logger.error(`cannot ship order ${number()}`),
  (logger) => logger.warn(`cannot ship ${letters()}`),
  (logger) => logger.error(`${letters()} failed`),
  (logger) => logger.error(`order ${number()} of ${letters()} failed`),
  (logger) => logger.error(`cannot charge ${letters()}`, { reason: 'ChargeFailed' }),
  (logger) => logger.error(`cannot charge ${letters()}`, { regarding: 'deployment/web' }),
  (logger) => logger.error('cannot charge', { error: new Error(letters()) }),
  (logger) => logger.error(`user "${letters()}" is unknown\nto us`),
  (logger) =>
    logger.error(some(['quota of disk exceeded', 'quota of memory exceeded', 'quota of cpu exceeded'])),
];

function openSide(redact: false | ((text: string) => string)) {
  const [clock, sink] = [new ManualClock(), new MemorySink()];
  const transport = new KubernetesEventTransport({ local: sink, redact }, { env: {}, clock });
  return { clock, sink, transport };
}

test(`texts that are not read count where they would count otherwise, TEST_SEED=${SEED}`, async () => {
  // A function as `redact` needs each text, so nothing is left unread.
  const sides = [openSide(false), openSide((text) => text)];
  const logger = winston.createLogger({ transports: sides.map(({ transport }) => transport) });
  for (let turn = 0; turn < TURNS; turn++) {
    // The first statement is new after the storm has lasted for some time.
    const said = turn < TURNS / 2 ? statements.slice(1) : statements;
    const now = random() < 0.5 ? said : [said[0]!, some(said), some(said)];
    for (let record = 0; record < RECORDS; record++) some(now)(logger);
    const passMs = some([0, 0, 100, 1_000, 60_000]);
    for (const { clock } of sides) await clock.pass(passMs);
  }
  for (const { clock } of sides) await clock.pass(3_600_000);
  const [events, others] = sides.map(({ sink }) => sink.events.map(({ name: _, ...event }) => event));
  assert.deepEqual(events, others);
  assert.equal(
    events?.reduce((sum, { count }) => sum + count, 0),
    TURNS * RECORDS,
  );
});
