import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { inspect } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { createContext, runInContext } from 'node:vm';
import { LEVEL } from 'triple-beam';
import winston from 'winston';
import {
  EventRecorder,
  type KubernetesEventsError,
  KubernetesEventTransport,
} from 'winston-kubernetes-events';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import type { TestPod } from '../support/cluster.ts';
import { SEED } from '../support/random.ts';
import { type Fields, Hostile } from './hostile.ts';

/** `FUZZ_RECORDS` makes a run longer. */
const records = Number(process.env.FUZZ_RECORDS ?? 20_000);
const BATCH = 500;
/** The time limit is for a whole batch. A thread for each record would take longer than the record. */
const BATCH_LIMIT_MS = 60_000;
/** The number of reads of a value that has every field, without end. */
const MOST_READS = 20_000;

let standIn: StandIn;
let pod: TestPod;
before(async () => {
  standIn = await startStandIn();
  pod = await standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-6c8b9-xk2lp' });
  const metadata = { name: 'events', namespace: 'default' };
  const apiGroup = 'rbac.authorization.k8s.io';
  const rules = [{ apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] }];
  await standIn.apply({ apiVersion: `${apiGroup}/v1`, kind: 'Role', metadata, rules });
  await standIn.apply({
    apiVersion: `${apiGroup}/v1`,
    kind: 'RoleBinding',
    metadata,
    roleRef: { apiGroup, kind: 'Role', name: 'events' },
    subjects: [{ kind: 'ServiceAccount', namespace: pod.namespace, name: pod.serviceAccount }],
  });
});
after(() => standIn.close());

const { format } = winston;
const odd = format((record) => (record as unknown as Fields)['tenant'] as never);
const formats: Record<string, winston.Logform.Format> = {
  none: format((record) => record)(),
  json: format.json(),
  simple: format.combine(format.colorize({ all: true }), format.simple()),
  splat: format.combine(format.errors({ stack: true }), format.splat(), format.json()),
  errors: format.combine(
    format.errors({ stack: true, cause: true }),
    format.timestamp(),
    format.prettyPrint(),
  ),
  'one that returns what it likes': odd(),
};
const prototypes = [Object, Array, Function, Error, String, Map].map(({ prototype }) => prototype as object);
const namesOf = () => JSON.stringify(prototypes.map((prototype) => Reflect.ownKeys(prototype).map(String)));

const context = createContext({ run: () => {} });

/** In a context of its own, because only that can be stopped at any point. */
function limited(run: () => void): void {
  context['run'] = run;
  // Thousands of stacks are read, which takes ten times as long if each line is looked up in the source.
  process.setSourceMapsEnabled(false);
  try {
    runInContext('run()', context, { timeout: BATCH_LIMIT_MS });
  } finally {
    process.setSourceMapsEnabled(true);
  }
}

/** True if the code under test is anywhere in the stack of an error. */
function isOurs(error: unknown): boolean {
  const stack = String((error as Error | undefined)?.stack);
  return /\/(dist|src)\/(?!.*node_modules)[a-z]/.test(stack);
}

interface Subject {
  stats: KubernetesEventTransport['stats'];
  flush(): Promise<boolean>;
  on(event: 'warn', listener: (error: KubernetesEventsError) => void): unknown;
}

/**
 * Logs one value after the other, and checks the Events on the server.
 * @param make makes a value, and returns the call that logs it
 */
async function feed(
  name: string,
  subject: Subject,
  hostile: Hostile,
  make: (index: number) => () => void,
): Promise<void> {
  const diagnostics = new Map<string, number>();
  const wrong: string[] = [];
  subject.on('warn', ({ code, message }) => {
    diagnostics.set(code, (diagnostics.get(code) ?? 0) + 1);
    const isExpected = /^KEVT_(BAD_RECORD|BAD_OBJECT|UNKNOWN_KIND|FUNCTION|LOOKUP_FORBIDDEN)$/.test(code);
    if (!isExpected || !message.isWellFormed() || message.length > 3_000) wrong.push(message);
  });
  const names = namesOf();
  standIn.clearEvents();
  standIn.resetRequests();
  let worst = { ms: 0, index: 0 };
  let index = 0;
  const where = () => `TEST_SEED=${SEED}, ${name}, record ${index}`;
  const logNext = () => {
    hostile.reads = 0;
    const log = make(index);
    const startedAt = performance.now();
    try {
      log();
    } catch (error) {
      if (error instanceof assert.AssertionError || isOurs(error))
        throw new Error(`${where()}: ${(error as Error).stack}`);
    }
    const ms = performance.now() - startedAt;
    if (ms > worst.ms) worst = { ms, index };
    assert.ok(hostile.reads < MOST_READS, `${where()}: ${hostile.reads} reads`);
  };
  while (index < records / 8) {
    const end = Math.min(index + BATCH, records / 8);
    try {
      limited(() => {
        for (; index < end; index++) logNext();
      });
    } catch (error) {
      throw new Error(where(), { cause: error });
    }
    const isDelivered = await subject.flush();
    assert.ok(isDelivered, `TEST_SEED=${SEED}, ${name}, until record ${index}: ${subject.stats.lastError}`);
    // An Event that is read before it is created may be missing.
    const isLooking = ({ method, status, body }: (typeof standIn.requests)[number]) =>
      method === 'PATCH' && status === 404 && Object.keys(body as object).length === 0;
    const refused = standIn.requests.filter(
      (request) => request.status >= 400 && request.status !== 409 && !isLooking(request),
    );
    assert.deepEqual(refused, [], `TEST_SEED=${SEED}, ${name}, until record ${index}`);
    standIn.resetRequests();
  }
  assert.deepEqual(wrong, [], `TEST_SEED=${SEED}, ${name}`);
  assert.equal(namesOf(), names);
  const { stats } = subject;
  const events = [...(await standIn.events(pod.namespace)), ...(await standIn.events('default'))];
  const sum = events.reduce((total, { count, series }) => total + (series?.count ?? count ?? 1), 0);
  assert.deepEqual(stats.dropped, { rejected: 0, namespace: 0 });
  assert.equal(sum, stats.records, `TEST_SEED=${SEED}, ${name}`);
  for (const event of events) {
    JSON.stringify(event, (key, value) => {
      for (const text of [key, value]) assert.ok(typeof text !== 'string' || text.isWellFormed(), text);
      return value;
    });
    assert.ok(Buffer.byteLength(event.message ?? '') <= 1024);
    assert.doesNotMatch(event.message ?? '', /\p{Cc}/u);
  }
  const told = [...diagnostics].map(([code, count]) => `${count} ${code}`).join(', ');
  console.log(
    `# ${name}: ${stats.records} records, ${events.length} Events; the worst call, record ${worst.index}, took ${worst.ms.toFixed(1)} ms; ${told}`,
  );
}

describe(`hostile records, TEST_SEED=${SEED} FUZZ_RECORDS=${records}`, () => {
  const open = (options: object = {}) =>
    new KubernetesEventTransport(
      { serviceAccountDir: pod.serviceAccountDir, flushTimeout: 20_000, annotations: ['tenant'], ...options },
      { env: pod.env },
    );
  const hostileOf = (salt: number, isLarge = true) => new Hostile(SEED + salt, [pod.namespace], isLarge);

  test('given to log()', async () => {
    const transport = open();
    const hostile = hostileOf(1);
    await feed('log()', transport, hostile, () => {
      let calls = 0;
      const before = transport.stats.records;
      const record = hostile.record();
      return () => {
        transport.log(record, () => calls++);
        assert.equal(calls, 1, 'the callback is called once and at once');
        assert.ok(transport.stats.records - before <= 1);
      };
    });
  });

  test('given to an EventRecorder', async () => {
    const recorder = new EventRecorder(
      { serviceAccountDir: pod.serviceAccountDir, flushTimeout: 20_000 },
      { env: pod.env },
    );
    const hostile = hostileOf(20);
    await feed('EventRecorder', recorder, hostile, (index) => {
      const input = hostile.input() as never;
      if (index % 2 === 0) return () => recorder.record(input);
      const [object, reason, message] = [hostile.object(), hostile.reason(), hostile.value(2)] as never[];
      return () => recorder.warning(object!, reason!, message!, input);
    });
  });

  let salt = 2;
  for (const [name, one] of Object.entries(formats)) {
    const own = salt++;
    test(`through a logger with the format ${name}`, async () => {
      const transport = open(own % 2 === 0 ? {} : { api: 'events.k8s.io/v1' });
      const hostile = hostileOf(own, false);
      let logger = winston.createLogger({ format: one, transports: [transport] });
      await feed(`format ${name}`, transport, hostile, (index) => {
        // A logger is replaced, because it may not work any more after a format has thrown.
        if (index % 50 === 0) logger = winston.createLogger({ format: one, transports: [transport] });
        const to = logger as unknown as { error(...all: unknown[]): void; write(record: unknown): void };
        const [record, text, ...values] = [
          hostile.record(),
          hostile.text(),
          hostile.value(2),
          hostile.value(2),
        ];
        return hostile.pick([
          () => to.write(record),
          () => to.error(record),
          () => to.error(text, record, values[0]),
          () => to.error(...values, text),
        ]);
      });
    });
  }

  test('a record of plain data is what it was afterwards', async () => {
    const transport = open();
    const hostile = hostileOf(30, false);
    const bytesOf = (record: unknown) =>
      serialize({ ...(record as Fields), level: (record as Fields)[LEVEL] });
    const whole = { depth: Number.POSITIVE_INFINITY, maxArrayLength: null, maxStringLength: null };
    const written = (bytes: Buffer) => inspect(deserialize(bytes), whole);
    for (let compared = 0; compared < 1_000; ) {
      const record = hostile.record();
      hostile.reads = 0;
      let before: Buffer;
      try {
        before = bytesOf(record);
        // A record whose content is different each time cannot be compared.
        if (before.length > 100_000 || hostile.reads > 0 || !before.equals(bytesOf(record))) continue;
      } catch {
        continue;
      }
      transport.log(record);
      // Not the bytes: they also show how V8 stores an array, which changes when V8 optimizes the code that reads it.
      assert.equal(written(bytesOf(record)), written(before));
      compared++;
    }
    await transport.flush();
  });
});
