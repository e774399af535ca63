import { answerAlone, type Question } from './support/question.ts';
import { costTable, costTargets, KINDS, measure } from './support/record-cost.ts';

const kinds = Object.values(KINDS);
const LOOP = 200_000;

export const question: Question = {
  name: 'repeated',
  title: 'What does a record cost the caller when the same problem repeats?',
  how: `\`logger.error(message)\` with winston's default json format, 200 records in a row and then a turn of the event
loop (as many as it takes where each record is a request), after a warm-up. The time is that of the calls; the CPU is that of the whole process until
everything is delivered, so it has what a transport puts off until after the calls. This transport runs as in a pod, against an API server on HTTPS; the
others deliver to a file or to a server on loopback. What arrived is counted, and a side that lost a record would
end the run; winston-loki is taken at its word. The loop logs ${LOOP.toLocaleString('en')} records without any turn, as one measures at home.`,
  async answer() {
    const samples = await measure({ kinds, messages: 'repeated', batch: 200 });
    const loopKinds = [KINDS.nothing, KINDS.ours, KINDS.file, KINDS.stream];
    const loop = await measure({
      kinds: loopKinds,
      messages: 'repeated',
      batch: LOOP,
      records: LOOP,
      runs: 7,
    });
    const { columns, rows } = costTable(kinds, samples);
    return {
      table: {
        columns: [...columns, { name: 'ns a call in the loop' }, { name: 'ratio', digits: 2 }],
        rows: rows.map((row, index) => {
          const ns = loop.get(kinds[index]!.name)?.ns;
          return [...row, ns ?? null, ns === undefined ? null : ns / loop.get('nothing')!.ns];
        }),
      },
      targets: [
        ...costTargets(kinds, samples, 1.1),
        {
          what: 'time of a call in the loop, to that of nothing',
          measured: loop.get('ours')!.ns / loop.get('nothing')!.ns,
          atMost: 1.1,
        },
      ],
    };
  },
};

await answerAlone(import.meta.filename, question);
