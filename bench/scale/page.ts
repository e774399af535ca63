import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SCENARIOS, type ScenarioName } from './scenarios.ts';
import type { Outcome, Scenario } from './simulate.ts';

const root = join(import.meta.dirname, '../..');
export const RESULTS: string = join(root, 'bench/scale-results.json');
export const PAGE: string = join(root, 'docs/scale.md');

export interface Run {
  scenario: ScenarioName;
  pods: number;
  /** The differences from the scenario as it is described. */
  changes: Partial<Scenario>;
  /** The day, in UTC. */
  date: string;
  /** Seconds of processor time. */
  seconds: number;
  outcome: Outcome;
}

export interface Results {
  machine: string;
  runs: Run[];
}

/** The page as it is, and as it should be according to the results. */
export async function renderPage(): Promise<{ text: string; expected: string }> {
  const results: Results = JSON.parse(await readFile(RESULTS, 'utf8'));
  const text = await readFile(PAGE, 'utf8');
  const between = /(?<=<!-- scale:start -->\n)[\s\S]*(?=<!-- scale:end -->)/;
  const expected = text.replace(between, () => `${renderTable(results)}\n`);
  return { text, expected };
}

const HEAD = [
  'pods',
  'requests/s: mean',
  'peak',
  'writes/s: mean',
  'peak',
  'peak of 10 s',
  'late',
  'requests per pod',
  '409',
  'Events',
  'largest',
  'in etcd',
  'written to etcd',
  'counts',
  'complete after',
];

function renderTable({ machine, runs }: Results): string {
  const parts = (Object.keys(SCENARIOS) as ScenarioName[]).flatMap((name) => {
    const own = runs.filter(({ scenario }) => scenario === name);
    if (own.length === 0) return [];
    const notes = own.flatMap(noteOf).join(' ');
    return [`**${name}**: ${SCENARIOS[name].what}.`, table([HEAD, ...own.map(cells)]), notes]
      .join('\n\n')
      .trimEnd();
  });
  const minutes = Math.ceil(runs.reduce((sum, { seconds }) => sum + seconds, 0) / 60);
  const dates = runs.map(({ date }) => date).sort();
  const when = [...new Set([dates[0], dates.at(-1)])].join(' to ');
  parts.push(`${when}, ${machine}; ${runs.length} runs, ${minutes} minutes.`);
  return parts.join('\n\n');
}

function cells({ pods, outcome, changes, scenario }: Run): string[] {
  const { answers } = outcome;
  const logsForMs = changes.logsForMs ?? SCENARIOS[scenario].logsForMs;
  const seconds = (logsForMs + outcome.settledMs! || logsForMs) / 1000;
  return [
    number(pods),
    number(outcome.requests / seconds),
    number(outcome.requestsPeak),
    number(outcome.writes / seconds),
    number(outcome.writesPeak),
    number(outcome.writesPeak10s),
    number(outcome.writesSteady),
    number(outcome.requests / pods),
    number(answers['409'] ?? 0),
    number(outcome.events),
    bytes(outcome.largestBytes),
    bytes(outcome.liveBytes),
    bytes(outcome.writtenBytes),
    counts(outcome),
    outcome.settledMs === undefined ? 'not in 30 min' : `${number(outcome.settledMs / 1000)} s`,
  ];
}

function counts({ surplus, dropped }: Outcome): string {
  if (surplus === 0) return 'exact';
  const difference = surplus > 0 ? `+${number(surplus)}` : `−${number(-surplus)}`;
  return dropped > 0 ? `${difference}, ${number(dropped)} reported as dropped` : difference;
}

/** What was simulated instead of the full scenario, and how long an outage or an end took. */
function noteOf({ pods, changes, outcome }: Run): string[] {
  const { recordsPerSecond: rate, logsForMs, server } = changes;
  const said = [
    logsForMs !== undefined &&
      `for ${logsForMs < 60_000 ? `${logsForMs / 1000} s` : `${logsForMs / 60_000} min`}`,
    rate !== undefined && `with ${rate} record${rate === 1 ? '' : 's'} a second`,
    server?.outage && `down from minute ${server.outage.from / 60_000} to ${server.outage.to / 60_000}`,
  ].filter((part) => typeof part === 'string');
  const { recoveredMs, requestsPeakAfterOutage, longestEndMs, undelivered } = outcome;
  const notes = [
    said.length > 0 && `simulated ${said.join(', ')}`,
    recoveredMs !== undefined &&
      `when the API server came back, the pending counts were written within ${number(recoveredMs / 1000)} s, with ${number(requestsPeakAfterOutage!)} requests in the busiest second`,
    longestEndMs !== undefined &&
      `each replaced process delivered its pending counts and ended within ${number(longestEndMs / 1000)} s; ${undelivered} did not`,
  ].filter((note) => typeof note === 'string');
  return notes.length > 0 ? [`${number(pods)} pods: ${notes.join('; ')}.`] : [];
}

function table([head, ...rows]: string[][]): string {
  const line = (row: string[]) => `| ${row.join(' | ')} |`;
  return [line(head!), line(head!.map(() => '---:')), ...rows.map(line)].join('\n');
}

function number(value: number): string {
  const digits = value >= 10 || Number.isInteger(value) ? 0 : value >= 1 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits });
}

function bytes(value: number): string {
  const units: [number, string][] = [
    [1e9, 'GB'],
    [1e6, 'MB'],
    [1e3, 'kB'],
  ];
  const [size, unit] = units.find(([least]) => value >= least) ?? [1, 'B'];
  return `${number(value / size)} ${unit}`;
}
