import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say, type Target } from './support/question.ts';
import { withServer } from './support/server.ts';

const OURS = '**winston-kubernetes-events**';
/** For each way to load a module, winston alone is the first, and the others are compared with it. */
const SIDES = [
  { name: 'winston', label: 'winston alone, `import`', script: 'import.mjs', runs: 15 },
  { name: 'ours', label: `${OURS}, \`import\``, script: 'import.mjs', runs: 15 },
  { name: 'clientNode', label: 'client-node, `import`', script: 'import.mjs', runs: 7 },
  { name: 'winston', label: 'winston alone, `require`', script: 'import.cjs', runs: 15 },
  { name: 'ours', label: `${OURS}, \`require\``, script: 'import.cjs', runs: 15 },
];

interface Sample {
  ms: number;
  cpuMs: number;
  mb: number;
}

export const question: Question = {
  name: 'import',
  title: 'What do import and construction in a pod cost?',
  how: `Whole processes in a pod. The first is Node with winston and a logger with a Console. The others add this transport, or client-node with a
\`KubeConfig\` that is loaded from the cluster and a \`CoreV1Api\`. Measured are the time from the start of the process, CPU, and resident memory.`,
  answer: () =>
    withServer(async (server) => {
      const { env } = await server('createPod', 'web');
      const samples = await interleave(SIDES, ({ name: side, script }) =>
        run<Sample>({ script, input: { side }, env }),
      );
      const medians = [...samples.values()].map((all) => ({
        ms: median(all.map(({ ms }) => ms)),
        cpuMs: median(all.map(({ cpuMs }) => cpuMs)),
        mb: median(all.map(({ mb }) => mb)),
      }));
      const added = medians.map(({ ms, cpuMs, mb }, index) => {
        const { script } = SIDES[index]!;
        const winston = medians[SIDES.findIndex((side) => side.script === script)]!;
        return { ms: ms - winston.ms, cpuMs: cpuMs - winston.cpuMs, mb: mb - winston.mb };
      });
      for (const [index, { ms, cpuMs, mb }] of added.entries()) {
        const figures = `${ms.toFixed(1)} ms, ${cpuMs.toFixed(1)} ms of CPU, ${mb.toFixed(1)} MB`;
        say(`${SIDES[index]!.label}: ${figures} more`);
      }
      return {
        table: {
          columns: [
            { name: '' },
            ...['ms', 'ms of CPU', 'MB', 'ms added', 'ms of CPU added', 'MB added'].map((name) => {
              return { name, digits: 1 };
            }),
          ],
          rows: SIDES.map(({ name, label }, index) => {
            const more = name === 'winston' ? [null, null, null] : Object.values(added[index]!);
            return [label, ...Object.values(medians[index]!), ...more];
          }),
        },
        targets: targetsOf(added as [Sample, Sample, Sample, Sample, Sample]),
      };
    }),
};

function targetsOf([, imported, clientNode, , required]: [Sample, Sample, Sample, Sample, Sample]): Target[] {
  const beside = { atMost: 1 / 20, digits: 3 };
  return [
    { what: '`import`: time added', measured: imported.ms, atMost: 8, unit: 'ms', digits: 1 },
    { what: '`import`: memory added', measured: imported.mb, atMost: 1.5, unit: 'MB', digits: 1 },
    { what: '`require`: time added', measured: required.ms, atMost: 8, unit: 'ms', digits: 1 },
    { what: '`require`: memory added', measured: required.mb, atMost: 1.5, unit: 'MB', digits: 1 },
    {
      what: '`import`: time added, relative to client-node',
      measured: imported.ms / clientNode.ms,
      ...beside,
    },
    {
      what: '`import`: memory added, relative to client-node',
      measured: imported.mb / clientNode.mb,
      ...beside,
    },
  ];
}

await answerAlone(import.meta.filename, question);
