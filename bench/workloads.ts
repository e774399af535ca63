import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { start } from './support/fresh-process.ts';
import { answerAlone, type Question, say } from './support/question.ts';
import { type Server, withServer } from './support/server.ts';

/** The result of a recorder for a workload. The sum is that of the counts on the server when the recorder is done. */
interface Outcome {
  recorder: string;
  events: number | null;
  sum: number;
  requests: number;
}

interface Workload {
  name: string;
  label: string;
  records: number;
  /** The figures of other recorders, from another run against a real API server, or from their code. */
  others: Outcome[];
}

/** The standard recorder of client-go, and the one for events.k8s.io/v1. */
const clientGo = (record: [number, number], events: [number, number, number]): Outcome[] => [
  { recorder: 'client-go tools/record', events: record[0], sum: record[1], requests: record[1] },
  { recorder: 'client-go tools/events', events: events[0], sum: events[1], requests: events[2] },
];
/** These write each record. If a write fails, kube-rs does not try again. */
const requestForEach = (records: number): Outcome[] => [
  { recorder: 'kube-rs', events: null, sum: records, requests: records },
  { recorder: 'kopf', events: records, sum: records, requests: records },
];

const WORKLOADS: Workload[] = [
  {
    ...{ name: 'identical', label: '100,000 identical records', records: 100_000 },
    others: [...clientGo([1, 25], [1, 2, 2]), ...requestForEach(100_000)],
  },
  {
    ...{ name: 'numbers', label: '100,000, each with a different number', records: 100_000 },
    others: [...clientGo([10, 25], [1, 2, 2]), ...requestForEach(100_000)],
  },
  {
    ...{ name: 'reasons', label: '10,000, 50 reasons in turn', records: 10_000 },
    others: [...clientGo([25, 25], [50, 100, 100]), ...requestForEach(10_000)],
  },
  {
    ...{
      name: 'outage',
      label: '500 a second for 20 s, API server down from second 5 to 10',
      records: 10_000,
    },
    others: clientGo([1, 25], [1, 2, 4]),
  },
];

async function measure(server: Server, workload: string): Promise<Outcome> {
  const { env, namespace } = await server('createPod', 'web');
  const before = await server('requests');
  const { child, result } = start({ script: 'workload.mjs', input: { workload }, env });
  const outage = async () => {
    await once(child, 'message');
    if (workload !== 'outage') return;
    await sleep(5_000);
    await server('leave');
    await sleep(5_000);
    await server('comeBack');
  };
  await Promise.all([result, outage()]);
  const events = await server('events', namespace);
  return {
    recorder: '**winston-kubernetes-events**',
    events: events.length,
    sum: events.reduce((total, { count }) => total + (count ?? 0), 0),
    requests: (await server('requests')) - before,
  };
}

export const question: Question = {
  name: 'workloads',
  title: 'How many requests and Events does a storm become, and is the count right?',
  how: `These are the storms of [the comparison](comparison.md#a-storm). All records are about one Pod. This transport is measured here. It logs as fast as it
can, except in the last storm. Requests are those that the server answered. client-go 1.36.2 was measured elsewhere, against a real API server and without
its rate limit. The lowest of its figures are shown. kube-rs and kopf were not run. According to their code, each record is a request. What they do in an
outage is not shown.`,
  answer: () =>
    withServer(async (server) => {
      const answer = {
        table: {
          columns: [
            ...[{ name: 'workload' }, { name: 'recorder' }, { name: 'Events' }],
            ...[{ name: 'sum of the counts' }, { name: 'requests' }],
          ],
          rows: [] as (string | number | null)[][],
        },
        targets: [] as { what: string; measured: number; atMost: number; digits: number }[],
      };
      for (const { name, label, records, others } of WORKLOADS) {
        const ours = await measure(server, name);
        say(`${name}: ${ours.events} Events, sum ${ours.sum}, ${ours.requests} requests`);
        for (const { recorder, events, sum, requests } of [ours, ...others]) {
          const isOurs = recorder === ours.recorder;
          answer.table.rows.push([isOurs ? label : '', recorder, events, sum, requests]);
        }
        const exact = others.filter(({ sum }) => sum === records).map(({ requests }) => requests);
        answer.targets.push({
          ...{ what: `${label}: records that the counts miss` },
          ...{ measured: Math.abs(ours.sum - records), atMost: 0, digits: 0 },
        });
        if (exact.length === 0) continue;
        answer.targets.push({
          ...{ what: `${label}: requests, compared to the fewest of the others with the right count` },
          ...{ measured: ours.requests, atMost: Math.min(...exact), digits: 0 },
        });
      }
      return answer;
    }),
};

await answerAlone(import.meta.filename, question);
