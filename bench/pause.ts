import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say } from './support/question.ts';
import { withServer } from './support/server.ts';

const RECORDS = 200_000;
const BATCH = 200;
const SIDES = [
  { name: 'nothing', label: 'a transport that does nothing', runs: 11 },
  { name: 'ours', label: '**winston-kubernetes-events**', runs: 11 },
];

interface Sample {
  worst: number;
  p99: number;
}

export const question: Question = {
  name: 'pause',
  title: 'How long does the event loop stand still in a storm?',
  how: `${RECORDS.toLocaleString('en')} repeated records from the start of the process on, with a turn of the event loop after each ${BATCH};
\`perf_hooks.monitorEventLoopDelay\` with a resolution of 1 ms. The first request of this transport, with loading of \`node:https\` and the TLS handshake, falls
into the storm.`,
  answer: () =>
    withServer(async (server) => {
      const samples = await interleave(SIDES, async ({ name: side }) => {
        const { env } = await server('createPod', 'web');
        return run<Sample>({ script: 'pause.mjs', input: { side, records: RECORDS, batch: BATCH }, env });
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
    }),
};

await answerAlone(import.meta.filename, question);
