import { readFile } from 'node:fs/promises';
import type { Results, Run } from '../../../bench/scale/page.ts';
import type { ScenarioName } from '../../../bench/scale/scenarios.ts';
import { table } from './markdown.ts';

/** What the budget of a process allows in an hour: 25 at once, 5 a second after that. */
const WORST_WRITES = 25 + 5 * 3600;

const PODS = 1000;

const number = (value: number) => Math.round(value).toLocaleString('en-US');
const size = (bytes: number) => {
  const [unit, name] = bytes < 1e6 ? [1e3, 'kB'] : bytes < 1e9 ? [1e6, 'MB'] : [1e9, 'GB'];
  return `${Number((bytes / unit).toPrecision(2))} ${name}`;
};

/** The cost of a pod and of a thousand pods for an API server, from the results behind docs/scale.md. */
export async function costTable(): Promise<string> {
  const path = new URL('../../../bench/scale-results.json', import.meta.url);
  const { runs } = JSON.parse(await readFile(path, 'utf8')) as Results;
  const of = (scenario: ScenarioName, pods = PODS): Run['outcome'] => {
    const run = runs.find((each) => each.scenario === scenario && each.pods === pods);
    if (run === undefined) throw new Error(`expected the results of ${scenario} with ${pods} pods`);
    return run.outcome;
  };
  const rows = [
    row('one problem that goes on for an hour', of('own')),
    row("the same with `regarding: 'workload'`: all pods share its Event", of('shared')),
    row('20 problems for ten minutes, as when a dependency is down', of('dependency')),
    row('untrusted input chooses the reasons and the messages of records, for an hour', of('attackTexts', 2)),
    worst(of('own').largestBytes),
  ];
  return table(
    [
      '',
      'requests of a pod',
      'requests of 1,000 pods',
      'in their busiest second',
      'a second, after that',
      'Events of 1,000 pods',
      'size in etcd',
    ],
    rows,
  );
}

/** The pods of an attack share nothing, so a thousand of them make as much as two of them, for each pod. */
function row(what: string, outcome: Run['outcome']): string[] {
  const scale = PODS / outcome.pods;
  return [
    what,
    number(outcome.requests / outcome.pods),
    number(outcome.requests * scale),
    number(outcome.requestsPeak * scale),
    number(outcome.requestsSteady * scale),
    number(outcome.events * scale),
    size(outcome.liveBytes * scale),
  ];
}

/** The worst case: every write creates a new Event, because untrusted input chooses the objects of records. */
function worst(eventBytes: number): string[] {
  const writes = PODS * WORST_WRITES;
  return [
    'the worst case: untrusted input chooses the objects of records, for an hour',
    number(WORST_WRITES),
    number(writes),
    number(25_000),
    number(5_000),
    number(writes),
    `${size(writes * eventBytes)} (${size(WORST_WRITES * eventBytes)} for each pod)`,
  ];
}
