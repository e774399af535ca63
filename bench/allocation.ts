import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say } from './support/question.ts';
import { withServer } from './support/server.ts';

const RECORDS = 100_000;
/** A record and its JSON text take one or two kilobytes. A young generation of 1 GiB has room for all of them. */
const flags = ['--expose-gc', '--min-semi-space-size=1024', '--max-semi-space-size=1024'];
const SIDES = [
  { name: 'nothing', label: 'a transport that does nothing', runs: 7 },
  { name: 'ours', label: '**winston-kubernetes-events**', runs: 7 },
];

export const question: Question = {
  name: 'allocation',
  title: 'How many bytes does a repeated record allocate?',
  how: `${RECORDS.toLocaleString('en')} records as in the first question, after a warm-up. The young generation of the process is larger than everything that it
allocates. So nothing is collected, which is checked, and the used heap grows by exactly what is allocated. For this transport, that includes its requests
to the API server.`,
  answer: () =>
    withServer(async (server) => {
      const samples = await interleave(SIDES, async ({ name: side }) => {
        const { env } = await server('createPod', 'web');
        const input = { side, warmUp: 50_000, records: RECORDS, batch: 200 };
        const fresh = { script: 'allocation.mjs', input, env, flags };
        const { bytes, collections } = await run<{ bytes: number; collections: number }>(fresh);
        if (collections > 0) throw new Error(`${side}: expected no collection, got ${collections}`);
        return bytes;
      });
      const [nothing, ours] = [...samples.values()].map(median) as [number, number];
      say(`nothing ${nothing.toFixed(0)}, ours ${ours.toFixed(0)} bytes`);
      return {
        table: {
          columns: [{ name: '' }, { name: 'bytes a record' }, { name: 'more than nothing' }],
          rows: SIDES.map(({ label }, index) => [
            label,
            [nothing, ours][index]!,
            index === 0 ? null : ours - nothing,
          ]),
        },
        targets: [
          { what: 'more than nothing', measured: ours - nothing, atMost: 32, unit: 'bytes', digits: 0 },
        ],
      };
    }),
};

await answerAlone(import.meta.filename, question);
