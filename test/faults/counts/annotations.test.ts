import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault, StandIn } from '../../stand-in/stand-in.ts';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

const ACCOUNT = 'winston-kubernetes-events/writers';

/** A policy that removes all annotations, which some clusters apply to all objects. */
function stripAnnotations(standIn: StandIn): void {
  standIn.admit(({ metadata: { annotations: _, ...metadata }, ...event }) => ({ ...event, metadata }));
}

async function deliver({ transport }: Pick<PodLogger, 'transport'>): Promise<void> {
  while (!(await transport.flush()));
}

function log({ logger }: Pick<PodLogger, 'logger'>, times: number, fields: object = {}): void {
  for (let i = 0; i < times; i++) logger.error('cannot reach the payment gateway', fields);
}

/** The path of the only Event of a namespace. */
async function onlyEvent({ standIn, namespace }: PodLogger): Promise<string> {
  const [event] = await standIn.events(namespace);
  return `/api/v1/namespaces/${namespace}/events/${event!.metadata.name}`;
}

const LOST: Record<string, Fault> = {
  'breaks after the write': { reset: 'after' },
  'breaks before the write': { reset: 'before' },
  'never gets an answer, and is done': { hang: true, apply: true },
  'never gets an answer': { hang: true },
  'is answered with 503': { status: 503 },
  'is answered with another object': { status: 200, body: { kind: 'Status' } },
};

describe('where admission strips annotations', { concurrency: 8 }, () => {
  for (const api of ['v1', 'events.k8s.io/v1'] as const) {
    for (const [name, fault] of Object.entries(LOST)) {
      // A request that is not executed has the same effect in both APIs.
      if (api !== 'v1' && !/ after | done/.test(name)) continue;
      test(`${api}: a request ${name}, and nothing is counted twice or lost`, async (t) => {
        const podLogger = await createPodLogger(t, { api });
        const { standIn, namespace, clock, transport } = podLogger;
        stripAnnotations(standIn);
        for (let round = 0; round < 4; round++) {
          // The fault hits the first write of a round, but not the reads and the further attempts.
          standIn.fault(({ index }) => (index === 0 ? fault : undefined));
          log(podLogger, 5 + round);
          while (standIn.requests.length === 0) await clock.pass(10);
          // More records are logged before the next attempt.
          log(podLogger, 3);
          await deliver(podLogger);
          standIn.resetRequests();
        }
        const [event] = await standIn.events(namespace);
        assert.equal(event?.series?.count ?? event?.count, 5 + 6 + 7 + 8 + 4 * 3);
        assert.equal(transport.stats.pending, 0);
      });
    }
  }

  test('after a lost answer and a deletion, the process writes again what it has counted', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, sum } = podLogger;
    stripAnnotations(standIn);
    log(podLogger, 100);
    await deliver(podLogger);
    const path = await onlyEvent(podLogger);
    standIn.fault(({ index }) => (index === 0 ? { reset: 'after' } : undefined));
    log(podLogger, 50);
    await deliver(podLogger);
    assert.equal(await sum(), 150);
    assert.equal((await standIn.request('DELETE', path)).status, 200);
    // The Event is created again, and that answer is lost too.
    standIn.fault(({ method, index }) => (method === 'POST' && index < 4 ? { reset: 'after' } : undefined));
    log(podLogger, 56);
    await deliver(podLogger);
    assert.equal(await sum(), 206);
  });

  test('after a deletion, each of two writers writes its own part again, once', async (t) => {
    const one = await createPodLogger(t);
    const { standIn, namespace, sum } = one;
    const other = await createPodLogger(t, { standIn, pod: { namespace, name: 'web-6c8b9-aaaaa' } });
    stripAnnotations(standIn);
    const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
    for (let round = 0; round < 3; round++) {
      for (const podLogger of [one, other]) {
        log(podLogger, 10, { regarding });
        await deliver(podLogger);
      }
    }
    assert.equal(await sum(), 60);
    assert.equal((await standIn.request('DELETE', await onlyEvent(one))).status, 200);
    for (const podLogger of [one, other, one]) {
      log(podLogger, 1, { regarding });
      await deliver(podLogger);
    }
    assert.equal(await sum(), 63);
  });

  test('it is said once', async (t) => {
    const podLogger = await createPodLogger(t, { speed: 80 });
    const { standIn, clock, warnings } = podLogger;
    stripAnnotations(standIn);
    for (let i = 0; i < 5; i++) {
      log(podLogger, 2);
      await deliver(podLogger);
      log(podLogger, 2, { reason: `Another${i}` });
      await deliver(podLogger);
      await clock.pass(61_000);
    }
    const said = warnings.filter(
      ({ code, message }) => code === 'KEVT_ACCOUNT' && /annotation that was/.test(message),
    );
    assert.equal(said.length, 1);
  });
});

test('where admission keeps the annotation of others as it was, a lost answer is not counted twice', async (t) => {
  const one = await createPodLogger(t);
  const { standIn, namespace, sum } = one;
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
  log(one, 3, { regarding });
  await deliver(one);
  const [first] = await standIn.events(namespace);
  const { annotations } = first!.metadata;
  standIn.admit(({ metadata, ...event }) => ({ ...event, metadata: { ...metadata, annotations } }));
  const other = await createPodLogger(t, { standIn, pod: { namespace, name: 'web-6c8b9-aaaaa' } });
  standIn.fault(({ body }) => (body.count === 5 ? { reset: 'after' } : undefined));
  log(other, 2, { regarding });
  await deliver(other);
  assert.equal(await sum(), 5);
});

describe('when somebody removes the annotation', { concurrency: 4 }, () => {
  const remove = { metadata: { annotations: { [ACCOUNT]: null } } };

  test('counting goes on', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, sum } = podLogger;
    for (let round = 1; round <= 4; round++) {
      log(podLogger, 10);
      await deliver(podLogger);
      assert.equal((await standIn.request('PATCH', await onlyEvent(podLogger), remove)).status, 200);
      assert.equal(await sum(), 10 * round);
    }
    log(podLogger, 1);
    await deliver(podLogger);
    assert.equal(await sum(), 41);
  });

  for (const [name, fault] of Object.entries<Fault>({
    done: { hang: true, apply: true },
    'not done': { hang: true },
  })) {
    test(`while a write without an answer is ${name}, the count says which`, async (t) => {
      const podLogger = await createPodLogger(t);
      const { standIn, clock, transport, sum } = podLogger;
      log(podLogger, 10);
      await deliver(podLogger);
      const path = await onlyEvent(podLogger);
      standIn.fault(({ index }) => (index === 0 ? fault : undefined));
      const before = transport.stats.requests;
      log(podLogger, 7);
      while (transport.stats.requests === before) await clock.pass(10);
      assert.equal((await standIn.request('PATCH', path, remove)).status, 200);
      log(podLogger, 2);
      await deliver(podLogger);
      assert.equal(await sum(), 19);
    });
  }

  test('and deletes the Event then, it is made anew with what was counted here', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, sum } = podLogger;
    log(podLogger, 10);
    await deliver(podLogger);
    const path = await onlyEvent(podLogger);
    assert.equal((await standIn.request('PATCH', path, remove)).status, 200);
    log(podLogger, 3);
    await deliver(podLogger);
    assert.equal((await standIn.request('DELETE', path)).status, 200);
    standIn.fault(({ method, index }) => (method === 'POST' && index < 3 ? { reset: 'after' } : undefined));
    log(podLogger, 1);
    await deliver(podLogger);
    assert.equal(await sum(), 14);
  });
});
