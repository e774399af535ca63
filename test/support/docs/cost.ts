import { readFile } from 'node:fs/promises';
import type { Results, Run } from '../../../bench/scale/page.ts';
import type { ScenarioName } from '../../../bench/scale/scenarios.ts';
import { table } from './markdown.ts';

/** What the budget of a process allows in an hour: 25 at once, 5 a second after that. */
const WORST_WRITES = 25 + 5 * 3600;

const number = (value: number) => Math.round(value).toLocaleString('en-US');
const size = (bytes: number) =>
  bytes < 1e6 ? `${(bytes / 1000).toPrecision(2)} kB` : `${Number((bytes / 1e6).toPrecision(2))} MB`;

/** The cost of a pod and of a thousand pods for an API server, from the results behind docs/scale.md. */
export async function costTable(): Promise<string> {
  const path = new URL('../../../bench/scale-results.json', import.meta.url);
  const { runs } = JSON.parse(await readFile(path, 'utf8')) as Results;
  const of = (scenario: ScenarioName): Run['outcome'] => {
    const run = runs.find((each) => each.scenario === scenario && each.pods === 1000);
    if (run === undefined) throw new Error(`expected the results of ${scenario} with 1,000 pods`);
    return run.outcome;
  };
  const rows = [
    row('one problem that goes on for an hour', of('own')),
    row('20 problems for ten minutes, as when a dependency is down', of('dependency')),
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

function row(what: string, outcome: Run['outcome']): string[] {
  return [
    what,
    number(outcome.requests / outcome.pods),
    number(outcome.requests),
    number(outcome.requestsPeak),
    number(outcome.requestsSteady),
    number(outcome.events),
    size(outcome.liveBytes),
  ];
}

/** The worst case: every write creates a new Event, because untrusted input chooses the objects of records. */
function worst(eventBytes: number): string[] {
  const writes = 1000 * WORST_WRITES;
  return [
    'the worst case: untrusted input chooses the objects of records, for an hour',
    number(WORST_WRITES),
    number(writes),
    number(25_000),
    number(5_000),
    number(writes),
    `${size(WORST_WRITES * eventBytes)} for each pod`,
  ];
}
