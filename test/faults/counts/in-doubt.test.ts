import assert from 'node:assert/strict';
import { Agent } from 'node:https';
import { describe, type TestContext, test } from 'node:test';
import { type Fault, type FaultHook, overloaded, startStandIn } from '../../stand-in/stand-in.ts';
import { fillMemory, MORE_THAN_FIT } from '../../support/fill-memory.ts';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

const MOST_FLUSHES = 10;

interface Overflow {
  /** In the namespace of the pod, in all. */
  logged: number;
  /** How many problems there are before memory is full. */
  problems: number;
  hook: FaultHook;
  isStruck: (retries: number) => boolean;
}

/** Logs while faults last, lets memory run full, and then expects each occurrence in one place. */
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
  // What is elsewhere waits for a permission, so no flush delivers all, and a write on its way is seen twice.
  for (let i = 0; i < MOST_FLUSHES && (await found()) !== logged; i++) await transport.flush();
  assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
  assert.equal(await found(), logged);
}

/** By way of a kubeconfig with a proxy, whose agent has one connection for all: requests wait for each other. */
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
