import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say } from './support/question.ts';
import { withServer } from './support/server.ts';

const SIDES = [
  { name: 'winston', label: 'winston alone', runs: 15 },
  { name: 'ours', label: '**winston-kubernetes-events**', runs: 15 },
  { name: 'clientNode', label: 'client-node', runs: 15 },
];

interface Sample {
  ms: number;
  cpuMs: number;
  mib: number;
}

export const question: Question = {
  name: 'import',
  title: 'What do import and construction in a pod cost?',
  how: `Whole processes in a pod: Node, winston and a logger with a Console; with this transport; with client-node, a \`KubeConfig\` that is loaded
from the cluster, and a \`CoreV1Api\`. Time from the start of the process, CPU, and resident memory.`,
  answer: () =>
    withServer(async (server) => {
      const { env } = await server('createPod', 'web');
      const samples = await interleave(SIDES, ({ name: side }) =>
        run<Sample>({ script: 'import.mjs', input: { side }, env }),
      );
      const medians = [...samples.values()].map((all) => ({
        ms: median(all.map(({ ms }) => ms)),
        cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
        mib: median(all.map(({ mib }) => mib)),
      }));
      const winston = medians[0]!;
      const added = medians.map(({ ms, cpuMs, mib }) => ({
        ms: ms - winston.ms,
        cpuMs: cpuMs - winston.cpuMs,
        mib: mib - winston.mib,
      }));
      const [, ours, clientNode] = added as [Sample, Sample, Sample];
      for (const [index, { ms, cpuMs, mib }] of added.entries()) {
        const figures = `${ms.toFixed(1)} ms, ${cpuMs.toFixed(1)} ms of CPU, ${mib.toFixed(1)} MiB`;
        say(`${SIDES[index]!.name}: ${figures} more`);
      }
      return {
        table: {
          columns: [
            ...[{ name: '' }, { name: 'ms', digits: 1 }, { name: 'ms of CPU', digits: 1 }],
            ...[
              { name: 'MiB', digits: 1 },
              { name: 'ms added', digits: 1 },
            ],
            ...[
              { name: 'ms of CPU added', digits: 1 },
              { name: 'MiB added', digits: 1 },
            ],
          ],
          rows: SIDES.map(({ label }, index) => {
            const { ms, cpuMs, mib } = medians[index]!;
            const more = added[index]!;
            return [
              label,
              ms,
              cpuMs,
              mib,
              ...(index === 0 ? [null, null, null] : [more.ms, more.cpuMs, more.mib]),
            ];
          }),
        },
        targets: [
          {
            what: 'time added, to client-node',
            measured: ours.ms / clientNode.ms,
            atMost: 1 / 20,
            digits: 3,
          },
          {
            what: 'memory added, to client-node',
            measured: ours.mib / clientNode.mib,
            atMost: 1 / 20,
            digits: 3,
          },
        ],
      };
    }),
};

await answerAlone(import.meta.filename, question);
