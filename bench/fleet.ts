import { once } from 'node:events';
import { type Running, start } from './support/fresh-process.ts';
import { answerAlone, type Question, say } from './support/question.ts';
import { type Server, withServer } from './support/server.ts';

/** The numbers of processes. Each process takes about 60 MB. */
const FLEETS = [1, 10, 50, 200];
const RECORDS = 1_000;
/** The processes and the API server share a few cores here. No process should give up because of that. */
const FLUSH_TIMEOUT_MS = 30_000;
/** The number of processes that start at a time. Starting is most of the work, and is not measured. */
const STARTING = 4;

interface Stats {
  requests: number;
  pending: number;
}

async function measure(server: Server, size: number) {
  const { namespace } = await server('createPod', 'other');
  const regarding = await server('createDeployment', namespace, 'web');
  const replicas: Running<Stats>[] = [];
  for (let first = 0; first < size; first += STARTING) {
    const names = Array.from(
      { length: Math.min(STARTING, size - first) },
      (_, i) => `web-6c8b9-${first + i}`,
    );
    const starting = names.map(async (name) => {
      const { env } = await server('createPod', name, namespace);
      const replica = start<Stats>({
        ...{
          script: 'replica.mjs',
          input: { records: RECORDS, regarding, flushTimeoutMs: FLUSH_TIMEOUT_MS },
          env,
        },
      });
      replicas.push(replica);
      await once(replica.child, 'message');
    });
    await Promise.all(starting);
  }
  for (const { child } of replicas) child.send('go');
  const all = await Promise.all(replicas.map(({ result }) => result));
  const requests = all.map((stats) => stats.requests);
  const pending = all.reduce((sum, stats) => sum + stats.pending, 0);
  if (pending > 0) say(`${size}: ${pending} records were not delivered within ${FLUSH_TIMEOUT_MS} ms`);
  const held = await server('events', namespace);
  const events = held.filter(({ reason }) => reason === 'InjectionSkipped');
  return {
    size,
    events: events.length,
    sum: events.reduce((sum, { count }) => sum + (count ?? 0), 0),
    mean: requests.reduce((sum, count) => sum + count, 0) / size,
    most: Math.max(...requests),
  };
}

export const question: Question = {
  name: 'fleet',
  title: 'What does a fleet ask of the API server when all meet the same problem?',
  how: `Each pod of the fleet is a process with an open connection. All processes log the same problem about one Deployment at the same moment,
${RECORDS.toLocaleString('en')} records each, and then end. All of them add to the count of one Event, so they conflict with each other. Requests are all requests of a process until its count was
written. The processes and the API server share the cores of this machine, so the largest fleet is slow.`,
  answer: () =>
    withServer(async (server) => {
      const fleets = [];
      for (const size of FLEETS) {
        const fleet = await measure(server, size);
        say(
          `${size}: ${fleet.events} Events, ${fleet.mean.toFixed(2)} requests a process, at most ${fleet.most}`,
        );
        fleets.push(fleet);
      }
      const alone = fleets[0]!.mean;
      const growth = ({ size, mean }: { size: number; mean: number }) => (mean - alone) / Math.log2(size);
      return {
        table: {
          columns: [
            ...[
              { name: 'processes' },
              { name: 'Events' },
              { name: 'records' },
              { name: 'sum of the counts' },
            ],
            ...[{ name: 'requests a process', digits: 2 }, { name: 'the most' }],
            { name: 'more than one process alone, for each doubling', digits: 2 },
          ],
          rows: fleets.map((fleet) => {
            const { size, events, sum, mean, most } = fleet;
            return [size, events, size * RECORDS, sum, mean, most, size === 1 ? null : growth(fleet)];
          }),
        },
        targets: [
          { what: 'Events', measured: Math.max(...fleets.map(({ events }) => events)), atMost: 1, digits: 0 },
          {
            what: 'largest error of a sum, in records',
            measured: Math.max(...fleets.map(({ size, sum }) => Math.abs(sum - size * RECORDS))),
            atMost: 0,
            digits: 0,
          },
          {
            ...{ what: 'requests a process, more for each doubling of the fleet' },
            ...{ measured: Math.max(...fleets.slice(1).map(growth)), atMost: 1 },
          },
        ],
      };
    }),
};

await answerAlone(import.meta.filename, question);
