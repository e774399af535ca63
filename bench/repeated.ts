import { answerAlone, type Question } from './support/question.ts';
import { costTable, KINDS, measure } from './support/record-cost.ts';

const kinds = Object.values(KINDS);
/** Those that bring a record to somebody, over a socket or into a file. */
const delivering = kinds.filter(({ name }) => name !== 'nothing' && name !== 'ours');
const LOOP = 200_000;

export const question: Question = {
  name: 'repeated',
  title: 'What does a record cost the caller when the same problem repeats?',
  how: `\`logger.error(message)\` with winston's default json format, 200 records in a row and then a turn of the event
loop (as many as it takes where each record is a request), after a warm-up. The time is that of the calls; the CPU is that of the whole process until
everything is delivered. This transport runs as in a pod, against an API server on HTTPS. What arrived is counted, and a side that lost a record would
end the run. The loop logs ${LOOP.toLocaleString('en')} records without any turn, as one measures at home.`,
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
    const ours = samples.get('ours')!;
    const nothing = samples.get('nothing')!;
    const others = delivering.map(({ name }) => samples.get(name)!);
    return {
      table: {
        columns: [...columns, { name: 'ns a call in the loop' }, { name: 'ratio', digits: 2 }],
        rows: rows.map((row, index) => {
          const ns = loop.get(kinds[index]!.name)?.ns;
          return [...row, ns ?? null, ns === undefined ? null : ns / loop.get('nothing')!.ns];
        }),
      },
      targets: [
        { what: 'time of a call, to that of nothing', measured: ours.ns / nothing.ns, atMost: 1.1 },
        {
          what: 'time of a call in the loop, to that of nothing',
          measured: loop.get('ours')!.ns / loop.get('nothing')!.ns,
          atMost: 1.1,
        },
        {
          what: 'time of a call, to that of the fastest that delivers',
          measured: ours.ns / Math.min(...others.map(({ ns }) => ns)),
          atMost: 1,
        },
        {
          what: 'CPU, to that of the thriftiest that delivers',
          measured: ours.cpuUs / Math.min(...others.map(({ cpuUs }) => cpuUs)),
          atMost: 1,
        },
      ],
    };
  },
};

await answerAlone(import.meta.filename, question);
