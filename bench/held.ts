import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say } from './support/question.ts';
import { withServer } from './support/server.ts';

/** The number of problems that a transport remembers. One exists before the measurement. */
const PROBLEMS = 4_096;
const SIDES = [
  { name: 'usual messages', label: 'messages of about 65 bytes', messageBytes: 0, runs: 5 },
  {
    name: 'longest messages',
    label: 'messages of 1,024 bytes, the longest possible',
    messageBytes: 1_024,
    runs: 5,
  },
];

interface Sample {
  bytes: number;
  problems: number;
}

export const question: Question = {
  name: 'held',
  title: 'How much memory does an open problem hold?',
  how: `${PROBLEMS.toLocaleString('en')} problems that differ in their words, with 8 reasons about each of 64 Deployments, while the API server refuses
connections. The figure is the heap and the memory outside it after garbage collection, minus what was used before.`,
  answer: () =>
    withServer(async (server) => {
      const { env } = await server('createPod', 'web');
      await server('leave');
      const samples = await interleave(SIDES, async ({ messageBytes }) => {
        const fresh = { script: 'held.mjs', input: { messageBytes }, env, flags: ['--expose-gc'] };
        const { bytes, problems } = await run<Sample>(fresh);
        if (problems < PROBLEMS - 1) throw new Error(`expected ${PROBLEMS} problems, got ${problems}`);
        return bytes;
      });
      const medians = [...samples.values()].map(median);
      const usual = medians[0]!;
      for (const [index, { name }] of SIDES.entries()) say(`${name}: ${medians[index]!.toFixed(0)} bytes`);
      return {
        table: {
          columns: [{ name: '' }, { name: 'bytes a problem' }, { name: 'MB in all', digits: 2 }],
          rows: SIDES.map(({ label }, index) => [label, medians[index]! / PROBLEMS, medians[index]! / 1e6]),
        },
        targets: [
          { what: 'a problem', measured: usual / PROBLEMS, atMost: 1_000, unit: 'bytes', digits: 0 },
          { what: `${PROBLEMS.toLocaleString('en')} problems`, measured: usual / 1e6, atMost: 5, unit: 'MB' },
        ],
      };
    }),
};

await answerAlone(import.meta.filename, question);
