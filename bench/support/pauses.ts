/** How long the event loop stands still: the code that the questions about it share. */
import { interleave, run } from './fresh-process.ts';
import { type Answer, median, say } from './question.ts';
import { withServer } from './server.ts';

const SIDES = [
  { name: 'nothing', label: 'a transport that does nothing', runs: 11 },
  { name: 'ours', label: '**winston-kubernetes-events**', runs: 11 },
];

interface Sample {
  worst: number;
  p99: number;
}

/**
 * @param storm `form` as in `bench/sides/records.mjs`; `batch` is the number of records between two turns of the event
 * loop; `isDelivered` is false if there are more records than can be written while one waits
 */
export function comparePauses(storm: {
  form: 'repeated' | 'news';
  records: number;
  batch: number;
  isDelivered: boolean;
}): Promise<Answer> {
  return withServer(async (server) => {
    const samples = await interleave(SIDES, async ({ name: side }) => {
      const { env } = await server('createPod', 'web');
      return run<Sample>({ script: 'pause.mjs', input: { side, ...storm }, env });
    });
    const medians = [...samples.values()].map((all) => ({
      worst: median(all.map(({ worst }) => worst)),
      p99: median(all.map(({ p99 }) => p99)),
    }));
    const [nothing, ours] = medians as [Sample, Sample];
    say(`nothing ${nothing.worst.toFixed(1)} ms, ours ${ours.worst.toFixed(1)} ms`);
    return {
      table: {
        columns: [
          { name: '' },
          { name: 'worst pause, ms', digits: 1 },
          { name: '99 of 100 below, ms', digits: 1 },
        ],
        rows: SIDES.map(({ label }, index) => [label, medians[index]!.worst, medians[index]!.p99]),
      },
      targets: [
        {
          ...{ what: 'worst pause, more than nothing', measured: ours.worst - nothing.worst },
          ...{ atMost: 10, unit: 'ms', digits: 1 },
        },
      ],
    };
  });
}
