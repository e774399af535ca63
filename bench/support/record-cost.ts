/** What a record costs: the code that the questions about it share. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { interleave, run } from './fresh-process.ts';
import { type Answer, median, say, type Target } from './question.ts';
import { type Server, withServer } from './server.ts';
import type { Held, Pod } from './server-process.ts';

interface Kind {
  name: string;
  label: string;
  /** The records of one process. They keep it busy for a few tenths of a second. */
  records: number;
  runs: number;
  /** The number of records that have arrived, if that can be counted. */
  arrived?(server: Server, pod: Pod, file: string): Promise<number>;
}

const lines = async (_server: Server, _pod: Pod, file: string) =>
  (await readFile(file, 'utf8')).split('\n').length - 1;
const onServer = async (server: Server, { namespace }: Pod) =>
  (await server('events', namespace)).reduce((sum: number, { count }: Held) => sum + (count ?? 0), 0);

const KINDS = {
  nothing: { name: 'nothing', label: 'a transport that does nothing', records: 100_000, runs: 11 },
  ours: {
    name: 'ours',
    label: '**winston-kubernetes-events**',
    records: 100_000,
    runs: 11,
    arrived: onServer,
  },
  file: { name: 'file', label: 'winston File', records: 50_000, runs: 7, arrived: lines },
  stream: { name: 'stream', label: 'winston Stream, to a file', records: 50_000, runs: 7, arrived: lines },
  http: {
    ...{ name: 'http', label: 'winston Http', records: 2_000, runs: 5 },
    arrived: (server) => server('received', '/http'),
  },
  loki: { name: 'loki', label: 'winston-loki', records: 50_000, runs: 7 },
  otel: {
    ...{
      name: 'otel',
      label: '@opentelemetry/winston-transport, batch processor, OTLP',
      records: 50_000,
      runs: 7,
    },
    arrived: (server) => server('received', '/v1/logs'),
  },
  clientNode: {
    ...{
      name: 'clientNode',
      label: 'client-node, `createNamespacedEvent` for each record',
      records: 400,
      runs: 3,
    },
    arrived: onServer,
  },
} satisfies Record<string, Kind>;

interface Sample {
  ns: number;
  cpuUs: number;
}

/** How records are logged, see `bench/sides/records.mjs`. */
export type Form =
  | 'repeated'
  | 'numbers'
  | 'words'
  | 'belowLevel'
  | 'error'
  | 'errorField'
  | 'errorAlone'
  | 'fields'
  | 'child';

interface Settings {
  kinds: Kind[];
  form: Form;
  /** Records that are logged without a turn of the event loop between them. */
  batch: number;
  records?: number;
}

const BATCH = 200;
/** The result of a loop without turns, as in a simple benchmark. */
const LOOP = 200_000;

/** Measures the sides, and checks that everything that should be delivered has arrived. */
async function measure(settings: Settings): Promise<Map<string, Sample>> {
  const { kinds, form, batch } = settings;
  const folder = await mkdtemp(join(tmpdir(), 'wke-bench-'));
  try {
    return await withServer(async (server) => {
      const samples = await interleave(kinds, async ({ name, records: usual, arrived }) => {
        const records = settings.records ?? usual;
        const warmUp = Math.ceil(records / 5);
        const pod = await server('createPod', 'web');
        const file = join(folder, pod.namespace);
        const input = { side: name, form, warmUp, records, batch };
        const sample = await run<Sample>({ script: 'cost.mjs', input, env: { ...pod.env, FILE: file } });
        const expected = form === 'belowLevel' ? 0 : warmUp + records;
        const count = (await arrived?.(server, pod, file)) ?? expected;
        if (count !== expected)
          throw new Error(`${name}: expected ${expected} records to arrive, got ${count}`);
        await server('clearEvents');
        await rm(file, { force: true });
        return sample;
      });
      return new Map(
        [...samples].map(([{ name }, all]) => {
          const ns = median(all.map((sample) => sample.ns));
          const cpuUs = median(all.map((sample) => sample.cpuUs));
          say(`${form} ${name}: ${ns.toFixed(0)} ns a call, ${cpuUs.toFixed(2)} µs of CPU`);
          return [name, { ns, cpuUs }];
        }),
      );
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The most time of a call relative to nothing, without and within a loop, and the most CPU relative to the lowest. */
interface Limits {
  call: number;
  loop: number;
  cpu: number;
}

/**
 * Measures all sides in batches, and the usual ones in a loop.
 * @param runsOfOthers the most runs for the other ways to deliver
 */
export async function compareDelivering(form: Form, atMost: Limits, runsOfOthers = 3): Promise<Answer> {
  const fewer = (kind: Kind, runs: number) => ({ ...kind, runs: Math.min(kind.runs, runs) });
  const { nothing, ours, ...others } = KINDS;
  const kinds = [nothing, ours, ...Object.values(others).map((kind) => fewer(kind, runsOfOthers))];
  const samples = await measure({ kinds, form, batch: BATCH });
  const loopKinds = [fewer(nothing, 7), fewer(ours, 7), fewer(KINDS.file, 3)];
  const loop = await measure({ kinds: loopKinds, form, batch: LOOP, records: LOOP });
  const nsOfNothing = loop.get('nothing')!.ns;
  const { columns, rows } = costTable(kinds, samples);
  return {
    table: {
      columns: [...columns, { name: 'ns a call in the loop' }, { name: 'ratio', digits: 2 }],
      rows: rows.map((row, index) => {
        const ns = loop.get(kinds[index]!.name)?.ns;
        return [...row, ns ?? null, ns === undefined ? null : ns / nsOfNothing];
      }),
    },
    targets: [
      ...costTargets(kinds, samples, atMost),
      {
        what: 'time of a call in the loop, relative to nothing',
        measured: loop.get('ours')!.ns / nsOfNothing,
        atMost: atMost.loop,
      },
    ],
  };
}

/** Compares two sides that cost little and differ little. So it needs more runs and more records than the others. */
export async function compareToNothing(wanted: {
  name: 'ours' | 'silent';
  form: Form;
  atMost: number;
}): Promise<Answer> {
  const { name, form, atMost } = wanted;
  const usual = { records: 200_000, runs: 15 };
  const { label } = KINDS.ours;
  const kinds: Kind[] = [
    { ...KINDS.nothing, ...usual },
    { name, label, ...usual },
  ];
  const samples = await measure({ kinds, form, batch: BATCH });
  const what = 'time of a call, relative to nothing';
  const measured = samples.get(name)!.ns / samples.get('nothing')!.ns;
  return { table: costTable(kinds, samples), targets: [{ what, measured, atMost, digits: 3 }] };
}

/** Compares forms of a record, each with its cost for a transport that does nothing. */
export async function compareForms(
  forms: { form: Form; label: string; target: string }[],
  atMost: number,
): Promise<Answer> {
  const answer = {
    table: {
      columns: [
        ...[{ name: '' }, { name: 'ns a call: nothing' }, { name: 'ours' }, { name: 'ratio', digits: 2 }],
        ...[
          { name: 'µs of CPU until delivered: nothing', digits: 2 },
          { name: 'ours', digits: 2 },
          { name: 'ratio', digits: 2 },
        ],
      ],
      rows: [] as (string | number)[][],
    },
    targets: [] as Target[],
  };
  const kinds = [KINDS.nothing, KINDS.ours].map((kind) => ({ ...kind, records: 50_000, runs: 7 }));
  for (const { form, label, target } of forms) {
    const samples = await measure({ kinds, form, batch: BATCH });
    const [nothing, ours] = [samples.get('nothing')!, samples.get('ours')!];
    const ratio = ours.ns / nothing.ns;
    const cpu = [nothing.cpuUs, ours.cpuUs, ours.cpuUs / nothing.cpuUs];
    answer.table.rows.push([label, nothing.ns, ours.ns, ratio, ...cpu]);
    answer.targets.push({ what: `${target}: time of a call, relative to nothing`, measured: ratio, atMost });
  }
  return answer;
}

function costTargets(kinds: Kind[], samples: Map<string, Sample>, atMost: Limits): Target[] {
  const ours = samples.get('ours')!;
  const others = kinds
    .filter(({ name }) => name !== 'nothing' && name !== 'ours')
    .map(({ name }) => samples.get(name)!);
  const fastest = Math.min(...others.map(({ ns }) => ns));
  const thriftiest = Math.min(...others.map(({ cpuUs }) => cpuUs));
  return [
    {
      what: 'time of a call, relative to nothing',
      measured: ours.ns / samples.get('nothing')!.ns,
      atMost: atMost.call,
    },
    { what: 'time of a call, relative to the fastest that delivers', measured: ours.ns / fastest, atMost: 1 },
    {
      what: 'CPU, relative to the lowest that delivers',
      measured: ours.cpuUs / thriftiest,
      atMost: atMost.cpu,
    },
  ];
}

/** A row for each side, with ratios to the first one. */
function costTable(kinds: Kind[], samples: Map<string, Sample>): Answer['table'] {
  const base = samples.get(kinds[0]!.name)!;
  return {
    columns: [
      { name: '' },
      { name: 'ns a call' },
      { name: 'ratio', digits: 2 },
      { name: 'µs of CPU until delivered', digits: 2 },
      { name: 'ratio', digits: 2 },
    ],
    rows: kinds.map(({ name, label }) => {
      const { ns, cpuUs } = samples.get(name)!;
      return [label, ns, ns / base.ns, cpuUs, cpuUs / base.cpuUs];
    }),
  };
}
