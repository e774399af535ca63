import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, type TestContext, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import type { TestCluster } from '../support/cluster.ts';
import { openCluster } from '../support/open-cluster.ts';
import { openKillableCluster } from '../support/open-killable-cluster.ts';

const WORDS = 'alpha bravo charlie delta echo foxtrot golf hotel india juliet'.split(' ');
/** A different text of words for each number. */
const inWords = (number: number) => [...String(number)].map((digit) => WORDS[Number(digit)]).join(' ');

type Load = (logger: winston.Logger) => void;

const times = (count: number, log: (logger: winston.Logger, i: number) => void): Load => {
  return (logger) => {
    for (let i = 0; i < count; i++) log(logger, i);
  };
};

/** What is logged, and the most that it may cost: the limits that this library promises. */
const STORMS: Record<string, { load: Load; records: number; events: number; requests: number }> = {
  '100,000 identical records at once': {
    load: times(100_000, (logger) => logger.error('cannot reach the payment gateway')),
    records: 100_000,
    events: 1,
    requests: 3,
  },
  '100,000 records, each with a different number in the message': {
    load: times(100_000, (logger, i) => logger.error(`order ${1_000_000 + i} was not paid after ${i} ms`)),
    records: 100_000,
    events: 1,
    requests: 3,
  },
  '100,000 records, each with other words, one reason': {
    load: times(100_000, (logger, i) => logger.error(`cannot ship to ${inWords(i)}`)),
    records: 100_000,
    events: 4,
    requests: 12,
  },
  '50 problems in turn, 10,000 records': {
    load: times(10_000, (logger, i) => logger.error('not possible', { reason: `Problem${i % 50}` })),
    records: 10_000,
    events: 50,
    requests: 110,
  },
};

async function createLogger(t: TestContext, cluster: TestCluster) {
  const namespace = await cluster.createNamespace();
  const pod = await cluster.createPod({ namespace, name: 'web-6c8b9-xk2lp' });
  const transport = new KubernetesEventTransport(
    { serviceAccountDir: pod.serviceAccountDir },
    { env: pod.env },
  );
  const logger = winston.createLogger({ transports: [transport] });
  const requestsBefore = await cluster.eventRequests();
  const finish = async () => {
    logger.end();
    await once(logger, 'finish');
    const events = await cluster.events(namespace);
    const sum = events.reduce((total, { count = 0 }) => total + count, 0);
    t.diagnostic(`${events.length} Events, counts of ${sum} in all, ${transport.stats.requests} requests`);
    return { events: events.length, sum, requests: transport.stats.requests };
  };
  return { logger, finish, transport, requestsBefore };
}

describe('a storm of records', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await openCluster();
  });
  after(() => cluster.close());

  for (const [name, { load, records, events, requests }] of Object.entries(STORMS)) {
    test(name, async (t) => {
      const { logger, finish, requestsBefore } = await createLogger(t, cluster);
      load(logger);
      const result = await finish();
      assert.equal(result.sum, records);
      assert.equal(result.events, events);
      assert.ok(result.requests <= requests, `${result.requests} requests, expected at most ${requests}`);
      assert.equal((await cluster.eventRequests()) - requestsBefore, result.requests);
    });
  }
});

test('500 records a second for 20 s, the API server killed from second 5 to 10', async (t) => {
  const killable = await openKillableCluster();
  if (killable === undefined) return t.skip('this cluster is not ours to kill; set KUBEBUILDER_ASSETS');
  const { cluster, kill, startAgain } = killable;
  t.after(() => cluster.close());
  const { logger, finish } = await createLogger(t, cluster);
  const startedAt = performance.now();
  const outage = passed(5_000)
    .then(kill)
    .then(() => passed(5_000))
    .then(startAgain);
  for (let logged = 0; logged < 10_000; logged++) {
    while ((performance.now() - startedAt) * 0.5 < logged) await passed(1);
    logger.error('cannot reach the payment gateway');
  }
  await outage;
  const result = await finish();
  assert.deepEqual({ ...result, requests: undefined }, { events: 1, sum: 10_000, requests: undefined });
  assert.ok(result.requests <= 20, `${result.requests} requests, expected at most 20`);
});
