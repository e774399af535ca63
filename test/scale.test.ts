import assert from 'node:assert/strict';
import test from 'node:test';
import { parseAllDocuments } from 'yaml';
import { renderPage } from '../bench/scale/page.ts';
import { type ScenarioName, scenarioOf } from '../bench/scale/scenarios.ts';
import { type Outcome, simulate } from '../bench/scale/simulate.ts';

const PODS = 50;
const SECONDS = 600;
const RECORDS = PODS * SECONDS * 10;
/** The writes of a problem: at once, after 1, 2, 4, 8, 16 and 32 s, each minute until ten are over, and the last one. */
const WRITES_OF_A_PROBLEM = 7 + 9;

const run = (name: ScenarioName, changes = {}) =>
  simulate(scenarioOf(name, PODS, { logsForMs: SECONDS * 1000, ...changes }), 7);

function assertExact({ records, surplus, dropped, settledMs }: Outcome): void {
  assert.deepEqual({ records, surplus, dropped }, { records: RECORDS, surplus: 0, dropped: 0 });
  // A repeat waits for a minute at most.
  assert.ok(settledMs! <= 61_000, `${settledMs} ms`);
}

test('a problem of each pod costs a write a minute and pod', async () => {
  const outcome = await run('own');
  assertExact(outcome);
  assert.equal(outcome.events, PODS);
  assert.equal(outcome.requests, PODS * WRITES_OF_A_PROBLEM);
  assert.deepEqual(outcome.answers, { 201: PODS, 200: PODS * (WRITES_OF_A_PROBLEM - 1) });
});

test('a problem of all pods is one Event with all counts, for as many writes', async () => {
  const outcome = await run('shared');
  assertExact(outcome);
  assert.equal(outcome.events, 1);
  assert.equal(outcome.writes, PODS * WRITES_OF_A_PROBLEM);
  // A write may need a read, a conflict and another read.
  assert.ok(outcome.requests <= 4 * outcome.writes, `${outcome.requests} requests`);
});

test('who shares an Event finds out once, and reads before each write from then on', async () => {
  const pods = 2;
  const outcome = await run('shared', { pods });
  const { requests, writes, answers } = outcome;
  assert.equal(writes, pods * WRITES_OF_A_PROBLEM);
  // One finds the Event of the other. Then the second write of each is refused, and perhaps one more by chance.
  assert.ok(answers['409']! <= 1 + 2 * pods, `${answers['409']} conflicts`);
  assert.ok(requests <= 2 * writes + answers['409']!, `${requests} requests`);
});

test('an outage and lost answers cost no count of a shared Event', async () => {
  const outage = { from: 200_000, to: 320_000 };
  const outcome = await run('shared', { server: { outage, lostAnswers: 0.02 } });
  assertExact(outcome);
  assert.ok(outcome.answers['lost']! > 0 && outcome.answers['refused']! > 0);
  // Failed attempts are repeated within half a minute. Repeats that were not due yet follow within a minute.
  assert.ok(outcome.recoveredMs! <= 61_000, `${outcome.recoveredMs} ms`);
});

test('counts are exact where the server admits less than is asked', async () => {
  const outcome = await run('own', { server: { admittedPerSecond: 2 } });
  assertExact(outcome);
  assert.ok(outcome.answers['429']! > 0);
  assert.ok(outcome.writesPeak10s <= 2 + 2 / 10);
});

test('an attacker gets no more writes than the budget has, and loses no count', async () => {
  const pods = 2;
  const outcome = await run('attack', { pods });
  assert.equal(outcome.records, pods * SECONDS * 10);
  assert.equal(outcome.surplus, 0);
  const seconds = SECONDS + 1 + outcome.settledMs! / 1000;
  assert.ok(outcome.requestsOfBusiest <= 25 + 5 * seconds, `${outcome.requestsOfBusiest} requests`);
});

test('the table of docs/scale.md is that of the results', async () => {
  const { text, expected } = await renderPage();
  assert.equal(text, expected, 'docs/scale.md is stale: run npm run bench:scale');
});

test('the YAML of docs/scale.md is what the API server reads', async () => {
  const { text } = await renderPage();
  const blocks = [...text.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, block]) => block!);
  const documents = blocks.flatMap((block) => parseAllDocuments(block));
  for (const { errors } of documents) assert.deepEqual(errors, []);
  const kinds = documents.map((document) => {
    const { apiVersion, kind } = document.toJS();
    return `${apiVersion} ${kind}`;
  });
  assert.deepEqual(kinds, [
    'flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration',
    'flowcontrol.apiserver.k8s.io/v1 FlowSchema',
    'apiserver.config.k8s.io/v1 AdmissionConfiguration',
  ]);
  const [level, schema, admission] = documents.map((document) => document.toJS());
  assert.equal(schema.spec.priorityLevelConfiguration.name, level.metadata.name);
  const [plugin] = admission.plugins;
  assert.deepEqual([plugin.name, plugin.configuration.kind], ['EventRateLimit', 'Configuration']);
});
