import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { type Fault, type FaultHook, overloaded, startStandIn } from '../../stand-in/stand-in.ts';
import { fillMemory, MORE_THAN_FIT } from '../../support/fill-memory.ts';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

const MOST_FLUSHES = 10;

interface Overflow {
  /** The number of records about objects in the namespace of the pod. */
  logged: number;
  /** The number of problems before the memory becomes full. */
  problems: number;
  hook: FaultHook;
  isStruck: (retries: number) => boolean;
}

/** Logs during faults until the memory is full, and then expects that each occurrence is counted exactly once. */
async function overflow(podLogger: PodLogger, { logged, problems, hook, isStruck }: Overflow): Promise<void> {
  const { standIn, clock, transport, logger, sum } = podLogger;
  const elsewhere = await standIn.createNamespace();
  let isBroken = true;
  standIn.fault((request) => (isBroken ? hook(request) : undefined));
  const retriesBefore = transport.stats.retries;
  for (let i = 0; i < problems; i++) logger.error('again', { reason: `Problem${i}` });
  while (!isStruck(transport.stats.retries - retriesBefore)) await clock.pass(10);
  fillMemory(logger, elsewhere);
  isBroken = false;
  const found = async () => (await sum()) + transport.stats.pending - MORE_THAN_FIT;
  // Problems in other namespaces wait for a permission, so no flush delivers everything. An open write counts twice.
  for (let i = 0; i < MOST_FLUSHES && (await found()) !== logged; i++) await transport.flush();
  assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
  assert.equal(await found(), logged);
}

/** With the proxy of a kubeconfig, whose agent has only one connection, so that requests wait for each other. */
async function createNarrowLogger(t: TestContext): Promise<PodLogger> {
  const agent = new Agent({ keepAlive: true, maxTotalSockets: 1 });
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const credentials = { Authorization: '' };
  const kubeConfig = {
    getCurrentCluster: () => ({ server: standIn.url, proxyUrl: 'http://proxy.example.com' }),
    async applyToHTTPSOptions(options: Record<string, unknown>) {
      Object.assign(options, { agent, ca: standIn.ca, headers: credentials });
    },
  };
  const podLogger = await createPodLogger(t, { standIn, kubeConfig });
  credentials.Authorization = `Bearer ${podLogger.pod.token}`;
  return podLogger;
}

describe('counts of a write in doubt stay where they are when memory is full', () => {
  for (const [name, fault] of Object.entries<Fault>({
    'breaks after the write': { reset: 'after' },
    'never gets an answer': { hang: true, apply: true },
  })) {
    test(`a request that has waited for a kept connection, and ${name}`, async (t) => {
      await overflow(await createNarrowLogger(t), {
        logged: 4,
        problems: 4,
        isStruck: (retries) => retries >= 3,
        hook: ({ index }) => {
          if (index === 0) return { delayMs: 30 };
          return index === 1 ? fault : overloaded;
        },
      });
    });
  }

  test('a request that a proxy has sent twice, returning the conflict of the second one', async (t) => {
    const podLogger = await createPodLogger(t);
    await overflow(podLogger, {
      logged: 2,
      problems: 2,
      isStruck: (retries) => retries >= 2,
      hook: ({ method }) => (method === 'POST' ? { twice: true } : overloaded),
    });
  });

  test('a repeat that a proxy has sent twice, returning the conflict of the second one', async (t) => {
    const podLogger = await createPodLogger(t);
    const { transport, logger } = podLogger;
    for (let i = 0; i < 2; i++) logger.error('again', { reason: `Problem${i}` });
    while (!(await transport.flush()));
    await overflow(podLogger, {
      logged: 4,
      problems: 2,
      isStruck: (retries) => retries >= 2,
      hook: ({ body }) => (body.count > 1 ? { twice: true } : overloaded),
    });
  });
});
