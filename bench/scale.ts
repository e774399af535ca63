/**
 * What a fleet of pods in a storm asks of one API server: the real recorders of 100, 1,000 and 10,000 pods for an hour of
 * simulated time. `node --import tsx bench/scale.ts` runs all and writes bench/scale-results.json and the
 * table of docs/scale.md; with a scenario and a number of pods it runs one and prints its outcome.
 */
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { PAGE, RESULTS, type Results, type Run, renderPage } from './scale/page.ts';
import { RUNS, type ScenarioName, scenarioOf } from './scale/scenarios.ts';
import { simulate } from './scale/simulate.ts';

const SEED = 1;

async function runOne(name: ScenarioName, pods: number): Promise<Run> {
  const planned = RUNS.find((run) => run.scenario === name && run.pods === pods);
  const startedAt = performance.now();
  const outcome = await simulate(scenarioOf(name, pods, planned?.changes), SEED);
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  return { scenario: name, pods, changes: planned?.changes ?? {}, seconds, outcome };
}

/** Each in a process of its own, so that none is slower for the memory of another. */
function runAll(): Run[] {
  return RUNS.map(({ scenario, pods }) => {
    console.error(`${scenario}, ${pods} pods`);
    const args = [...process.execArgv, import.meta.filename, scenario, String(pods)];
    return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24 }));
  });
}

const [name, pods] = process.argv.slice(2);
if (name !== undefined) {
  console.log(JSON.stringify(await runOne(name as ScenarioName, Number(pods ?? 100))));
} else {
  const machine = `Node ${process.versions.node} on one core of ${cpus()[0]?.model ?? 'an unknown processor'}`;
  const results: Results = { machine, date: new Date().toISOString().slice(0, 10), runs: runAll() };
  await writeFile(RESULTS, `${JSON.stringify(results, undefined, 2)}\n`);
  const { expected } = await renderPage();
  await writeFile(PAGE, expected);
}
