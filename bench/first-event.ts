import { interleave, run } from './support/fresh-process.ts';
import { answerAlone, median, type Question, say } from './support/question.ts';
import { withServer } from './support/server.ts';

/** The number of problems that a process may report at once. */
const WARM = 20;
const SIDES = [
  { name: 'ours', label: '**winston-kubernetes-events**', runs: 11 },
  { name: 'clientNode', label: 'client-node, `createNamespacedEvent`', runs: 11 },
];

export const question: Question = {
  name: 'first-event',
  title: 'How long does it take from the log call until the API server holds the Event?',
  how: `A running process logs a problem, and then ${WARM} others one after the other. Each is a new Event. For the first one, no connection is open (cold).
For the others, the connection of the first one is open (warm), if the client keeps it. Both processes read the same clock. The time ends in the process
of the API server, right after the write. The figures of client-go come from another run: there, a real API server was used, and the time ended when a
watch saw the Event.`,
  answer: () =>
    withServer(async (server) => {
      const samples = await interleave(SIDES, async ({ name: side }) => {
        const { env } = await server('createPod', 'web');
        const reported = await run<string[]>({ script: 'first-event.mjs', input: { side, warm: WARM }, env });
        const held = new Map((await server('heldAt')).map(({ reason, at }) => [reason, at]));
        const [cold, ...warm] = reported.map(
          (at, index) => Number(BigInt(held.get(`Problem${index}`)!) - BigInt(at)) / 1e6,
        );
        return { cold: cold!, warm: median(warm) };
      });
      const medians = [...samples.values()].map((all) => ({
        cold: median(all.map(({ cold }) => cold)),
        warm: median(all.map(({ warm }) => warm)),
      }));
      const [ours, clientNode] = medians as [(typeof medians)[0], (typeof medians)[0]];
      say(`cold: ours ${ours.cold.toFixed(1)}, client-node ${clientNode.cold.toFixed(1)} ms`);
      say(`warm: ours ${ours.warm.toFixed(1)}, client-node ${clientNode.warm.toFixed(1)} ms`);
      return {
        table: {
          columns: [{ name: '' }, { name: 'cold, ms', digits: 1 }, { name: 'warm, ms', digits: 1 }],
          rows: [
            ...SIDES.map(({ label }, index) => [label, medians[index]!.cold, medians[index]!.warm]),
            ['client-go 1.36.2, measured elsewhere', 6, 3],
          ],
        },
        targets: [
          { what: 'warm', measured: ours.warm, atMost: 5, unit: 'ms', digits: 1 },
          { what: 'cold', measured: ours.cold, atMost: 12, unit: 'ms', digits: 1 },
          { what: 'warm, relative to client-node', measured: ours.warm / clientNode.warm, atMost: 1 },
          { what: 'cold, relative to client-node', measured: ours.cold / clientNode.cold, atMost: 1 },
        ],
      };
    }),
};

await answerAlone(import.meta.filename, question);
