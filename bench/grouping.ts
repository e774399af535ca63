import type { Line } from './grouping/line.ts';
import { agreement, type Measures, measure } from './grouping/measures.ts';
import { clientGo, drain, ours, type Rule } from './grouping/rules.ts';
import { run } from './support/fresh-process.ts';
import { answerAlone, type Question, say, type Target } from './support/question.ts';

const SERVICES = ['checkout', 'catalog', 'notify'];
const LINES = 1_500;

interface Side {
  label: string;
  rule: Rule;
  callSite: 'direct' | 'wrapped' | 'forwarded';
  /** The highest shares of mistakes, from 0 to 1, and the most Events for each problem. */
  atMost?: { hidden: number; inaccurate: number; impure: number; apart: number; events: number };
}

const OURS = '**winston-kubernetes-events**';
const SIDES: Side[] = [
  {
    ...{ label: `${OURS}, direct`, rule: ours, callSite: 'direct' },
    atMost: { hidden: 0.01, inaccurate: 0.1, impure: 0.005, apart: 0.02, events: 1.8 },
  },
  {
    ...{ label: `${OURS}, wrapped`, rule: ours, callSite: 'wrapped' },
    atMost: { hidden: 0.02, inaccurate: 0.13, impure: 0.01, apart: 0.03, events: 2 },
  },
  {
    ...{ label: `${OURS}, forwarded`, rule: ours, callSite: 'forwarded' },
    atMost: { hidden: 0.06, inaccurate: 0.4, impure: 0.08, apart: 0.1, events: 3 },
  },
  { label: 'the rule of client-go `tools/record`', rule: clientGo, callSite: 'direct' },
  { label: 'Drain', rule: drain, callSite: 'direct' },
];

interface Outcome extends Measures {
  /** Events made in both passes. */
  created: number;
  agreement: number;
}

/** The lines of two replicas: all lines twice, in a different order for each replica. */
type Replicas = [one: Line[], other: Line[]];

async function logTwice(service: string, callSite: string): Promise<Replicas> {
  const replica = (order: number) =>
    run<Line[]>({ script: 'grouping.mjs', input: { service, callSite, lines: LINES, order } });
  return Promise.all([replica(1), replica(2)]);
}

function judge([one, other]: Replicas, rule: Rule): Outcome {
  const events = rule(one, 'one');
  const problems = inOrder(one, ({ problem }) => problem);
  const second = inOrder(one, (_, position) => events[position]!);
  const elsewhere = rule(other, 'other');
  const replica = inOrder(other, (_, position) => elsewhere[position]!);
  return {
    ...measure(problems, second),
    created: new Set(events).size,
    agreement: agreement(second, replica),
  };
}

/** The values of the lines in the second pass, in an order that is the same for all replicas. */
function inOrder(lines: Line[], what: (line: Line, position: number) => string): string[] {
  const values: string[] = [];
  for (let position = LINES; position < lines.length; position++) {
    const line = lines[position]!;
    values[line.index] = what(line, position);
  }
  return values;
}

/** The outcome for all services together. Each has the same number of lines. */
function combine(outcomes: Outcome[]): Outcome {
  const sum = (name: keyof Outcome) => outcomes.reduce((total, outcome) => total + outcome[name], 0);
  const mean = (name: keyof Outcome) => sum(name) / outcomes.length;
  return {
    ...{ problems: sum('problems'), created: sum('created'), events: sum('events'), hidden: sum('hidden') },
    ...{ accuracy: mean('accuracy'), purity: mean('purity'), agreement: mean('agreement') },
  };
}

function targetsOf({ label, atMost }: Side, outcome: Outcome): Target[] {
  if (atMost === undefined) return [];
  const { problems, events, hidden, accuracy, purity } = outcome;
  const name = label.replace(`${OURS}, `, '');
  const percent = (what: string, measured: number, most: number) => {
    return { what: `${name}: ${what}`, measured: 100 * measured, atMost: 100 * most, unit: '%', digits: 1 };
  };
  return [
    percent('problems that are hidden', hidden / problems, atMost.hidden),
    percent('lines that GA does not count', 1 - accuracy, atMost.inaccurate),
    percent('lines in the Event of another problem', 1 - purity, atMost.impure),
    percent('lines that replicas do not count together', 1 - outcome.agreement, atMost.apart),
    { what: `${name}: steady Events for each problem`, measured: events / problems, atMost: atMost.events },
  ];
}

export const question: Question = {
  name: 'grouping',
  title: 'Which records become one Event?',
  isCounted: true,
  how: `Three services of a shop (\`bench/sides/shop\`) have 120 log statements in all. Each service logs 1,500 lines and then the same lines again, one every
20 ms of an injected clock. A problem is a log statement together with the name of its error.

- **direct**: each statement calls the logger.
- **wrapped**: each statement calls a logger class of the application.
- **forwarded**: one statement logs what others pass to it. Of an error it passes on only the text.

The columns are:

- **created**: Events made in both passes. All other columns are about the second pass.
- **steady**: Events in which lines are counted.
- **hidden**: problems that are not the largest part of any Event.
- **GA** (grouping accuracy): the share of lines whose Event counts exactly the lines of their problem.
- **purity**: the share of lines that belong to the largest problem of their Event.
- **replicas**: the share of lines that another process counts in an Event of the same name. That process meets the lines in another order.

For client-go and Drain, the benchmark has its own implementation of their rules. They get type, reason and message of the same records. The
budget of client-go is not applied, because it would leave most of these records unwritten. The names of its Events contain a time, so two processes never
share an Event. Drain is a log parser. It has one tree for each type and reason, the settings that its implementations come with (a depth of 4, a similarity of 0.4), and no patterns for values.
Its Events are named by the final templates. That favours Drain, because a recorder would have to rename Events while it learns.

A statement whose messages have few different values, or differ only in codes such as HTTP statuses, has several Events by design. GA does not count its
lines.`,
  async answer() {
    const logged = new Map<string, Replicas[]>();
    for (const callSite of ['direct', 'wrapped', 'forwarded']) {
      logged.set(callSite, []);
      for (const service of SERVICES) logged.get(callSite)!.push(await logTwice(service, callSite));
      say(callSite);
    }
    const outcomes = SIDES.map((side) => {
      const outcome = combine(logged.get(side.callSite)!.map((replicas) => judge(replicas, side.rule)));
      return { side, outcome };
    });
    return {
      table: {
        columns: [
          ...[
            { name: '' },
            { name: 'problems' },
            { name: 'created' },
            { name: 'steady' },
            { name: 'hidden' },
          ],
          ...[
            { name: 'GA', digits: 3 },
            { name: 'purity', digits: 3 },
            { name: 'replicas', digits: 3 },
          ],
        ],
        rows: outcomes.map(({ side, outcome }) => {
          const { problems, created, events, hidden, accuracy, purity } = outcome;
          return [side.label, problems, created, events, hidden, accuracy, purity, outcome.agreement];
        }),
      },
      targets: outcomes.flatMap(({ side, outcome }) => targetsOf(side, outcome)),
    };
  },
};

await answerAlone(import.meta.filename, question);
