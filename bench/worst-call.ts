import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say } from './support/question.ts';
import { withServer } from './support/server.ts';

const RECORDS = 1_000_000;
/** The mix of forms in twenty records. */
const MIX = { repeated: 8, numbers: 4, words: 2, error: 1, errorField: 1, fields: 2, child: 2 };
const SIDES = [
  { name: 'nothing', label: 'a transport that does nothing', runs: 3 },
  { name: 'ours', label: '**winston-kubernetes-events**', runs: 3 },
];

interface Sample {
  p99: number;
  p9999: number;
  worst: number;
}

export const question: Question = {
  name: 'worst-call',
  title: 'How long does the slowest call take?',
  how: `${RECORDS.toLocaleString('en')} records of all forms, from the first record of the process on, with a turn of the event loop after each 200. Of twenty
records, eight are repeated, four differ in their numbers, two in their words, two have an error, two have fields, and two come from a child logger. Each
call is timed. The times include interruptions by the machine and by garbage collection. The first row shows how long these alone take.`,
  answer: () =>
    withServer(async (server) => {
      const samples = await interleave(SIDES, async ({ name: side }) => {
        const { env, namespace } = await server('createPod', 'web');
        const input = { side, mix: MIX, records: RECORDS, batch: 200 };
        const sample = await run<Sample>({ script: 'worst-call.mjs', input, env });
        const arrived = (await server('events', namespace)).reduce((sum, { count = 0 }) => sum + count, 0);
        const expected = side === 'ours' ? RECORDS : 0;
        if (arrived !== expected)
          throw new Error(`${side}: expected ${expected} records to arrive, got ${arrived}`);
        return sample;
      });
      const medians = [...samples.values()].map((all) => ({
        p99: median(all.map(({ p99 }) => p99)),
        p9999: median(all.map(({ p9999 }) => p9999)),
        worst: median(all.map(({ worst }) => worst)),
      }));
      const [nothing, ours] = medians as [Sample, Sample];
      const show = ({ p9999, worst }: Sample) => `${p9999.toFixed(3)} and ${worst.toFixed(1)} ms`;
      say(`99.99 % and worst: nothing ${show(nothing)}, ours ${show(ours)}`);
      return {
        table: {
          columns: [
            ...[{ name: '' }, { name: '99 of 100 below, ms', digits: 3 }],
            ...[
              { name: '9,999 of 10,000 below, ms', digits: 3 },
              { name: 'the slowest, ms', digits: 1 },
            ],
          ],
          rows: SIDES.map(({ label }, index) => [label, ...Object.values(medians[index]!)]),
        },
        targets: [
          { what: '9,999 of 10,000', measured: ours.p9999, atMost: 0.5, unit: 'ms' },
          { what: 'the slowest', measured: ours.worst, atMost: 5, unit: 'ms', digits: 1 },
        ],
      };
    }),
};

await answerAlone(import.meta.filename, question);
