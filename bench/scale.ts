/**
 * What a fleet of pods in a storm asks of one API server: the real recorders of 100, 1,000 and 10,000 pods, for an hour of
 * simulated time. `npm run bench:scale` runs all scenarios, or only the named ones, and writes bench/scale-results.json and
 * the tables of docs/scale.md. With one scenario and a number of pods, it runs only that and prints its outcome.
 */
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { PAGE, RESULTS, type Results, type Run, renderPage } from './scale/page.ts';
import { RUNS, SCENARIOS, type ScenarioName, scenarioOf } from './scale/scenarios.ts';
import { simulate } from './scale/simulate.ts';

const SEED = 1;

async function runOne(scenario: ScenarioName, pods: number): Promise<Run> {
  const { changes = {} } = RUNS.find((run) => run.scenario === scenario && run.pods === pods) ?? {};
  const outcome = await simulate(scenarioOf(scenario, pods, changes), SEED);
  const { user, system } = process.cpuUsage();
  const date = new Date().toISOString().slice(0, 10);
  return { scenario, pods, changes, date, seconds: Math.round((user + system) / 1e6), outcome };
}

/** In a process of its own, so that no run is slowed down by the memory of another. */
function runApart({ scenario, pods }: Pick<Run, 'scenario' | 'pods'>): Run {
  console.error(`${scenario}, ${pods} pods`);
  const args = [...process.execArgv, import.meta.filename, scenario, String(pods)];
  return JSON.parse(execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 2 ** 24 }));
}

const names = process.argv.slice(2);
const count = Number(names[1]);
const unknown = names.filter((name) => !(name in SCENARIOS));
if (names.length === 2 && count > 0) {
  console.log(JSON.stringify(await runOne(names[0] as ScenarioName, count)));
} else if (unknown.length > 0) {
  const known = Object.keys(SCENARIOS).join(', ');
  throw new Error(`bench:scale: expected some of ${known}, or one and a number; got ${unknown.join(', ')}`);
} else {
  const machine = `Node ${process.versions.node} on one core of ${cpus()[0]?.model ?? 'an unknown processor'}`;
  const results: Results = JSON.parse(await readFile(RESULTS, 'utf8'));
  for (const run of RUNS.filter(({ scenario }) => names.length === 0 || names.includes(scenario))) {
    const { scenario, pods } = run;
    const others = results.runs.filter((other) => other.scenario !== scenario || other.pods !== pods);
    results.runs = [...others, runApart(run)];
    // After each run, so that an interrupted run is not lost.
    await writeFile(RESULTS, `${JSON.stringify({ machine, runs: results.runs }, undefined, 2)}\n`);
    const { expected } = await renderPage();
    await writeFile(PAGE, expected);
  }
}
