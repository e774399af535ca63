import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../stand-in/stand-in.ts';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

async function write({ logger, transport }: PodLogger, times: number): Promise<void> {
  for (let i = 0; i < times; i++) logger.error('again');
  while (!(await transport.flush()));
}

async function patchOnly({ standIn, namespace }: PodLogger, body: object): Promise<void> {
  const [event] = await standIn.events(namespace);
  const path = `/api/v1/namespaces/${namespace}/events/${event!.metadata.name}`;
  assert.equal((await standIn.request('PATCH', path, body)).status, 200);
}

describe('a count that somebody has changed is taken as it is', { concurrency: 4 }, () => {
  const lastObservedTime = '2026-01-01T00:00:00.000000Z';
  for (const [name, api, change] of [
    ['set to 0', 'v1', { count: 0 }],
    ['removed', 'v1', { count: null }],
    ['set to 7', 'v1', { count: 7 }],
    ['set to 0', 'events.k8s.io/v1', { series: { count: 0, lastObservedTime } }],
    ['removed', 'events.k8s.io/v1', { series: { count: null } }],
    ['removed with its series', 'events.k8s.io/v1', { series: null }],
    ['set to 7', 'events.k8s.io/v1', { series: { count: 7 } }],
  ] as const) {
    test(`${api}: ${name}`, async (t) => {
      const podLogger = await createPodLogger(t, { api });
      const { standIn, namespace } = podLogger;
      await write(podLogger, 5);
      await patchOnly(podLogger, change);
      await write(podLogger, 3);
      await write(podLogger, 2);
      const [event] = await standIn.events(namespace);
      assert.equal(event?.series?.count ?? event?.count, name === 'set to 7' ? 12 : 5);
    });
  }
});

describe('an answer with another object is no answer', { concurrency: 4 }, () => {
  for (const [name, change] of Object.entries<(metadata: object) => object>({
    'an Event of another name': (metadata) => ({ ...metadata, name: 'another' }),
    'an Event of another namespace': (metadata) => ({ ...metadata, namespace: 'another' }),
    'an Event without a version': ({ ...metadata }) => ({ ...metadata, resourceVersion: undefined }),
    'an Event without a uid': ({ ...metadata }) => ({ ...metadata, uid: undefined }),
    'no metadata': () => ({}),
  })) {
    test(name, async (t) => {
      const podLogger = await createPodLogger(t);
      const { standIn, transport, sum } = podLogger;
      const other = {
        kind: 'Event',
        apiVersion: 'v1',
        metadata: change({ name: 'x', namespace: podLogger.namespace, uid: 'u', resourceVersion: '7' }),
        count: 1_000,
      };
      standIn.fault(({ index }) => (index % 3 === 0 ? { status: 200, body: other } : undefined));
      for (let round = 0; round < 3; round++) await write(podLogger, 4);
      assert.equal(await sum(), 12);
      assert.deepEqual([transport.stats.created, transport.stats.updated], [1, 2]);
    });
  }
});

describe('a 404 of a proxy that has lost the API server', { concurrency: 4 }, () => {
  const PAGE: Fault = {
    status: 404,
    headers: { 'content-type': 'text/html' },
    body: '<h1>404 page not found</h1>',
  };

  test('says nothing about a new Event', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, transport, sum } = podLogger;
    standIn.fault(({ index }) => (index < 3 ? PAGE : undefined));
    await write(podLogger, 5);
    assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
    assert.equal(await sum(), 5);
  });

  test('says nothing about one that is known', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, transport, sum } = podLogger;
    await write(podLogger, 5);
    standIn.fault(({ index }) => (index < 3 ? PAGE : undefined));
    await write(podLogger, 5);
    assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
    assert.equal(await sum(), 10);
  });
});

describe('counts that were written before a refusal are not lost', { concurrency: 4 }, () => {
  const REFUSED: Fault = { status: 422 };

  test('all of it was written', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, transport, sum } = podLogger;
    standIn.fault(({ index }) => [{ reset: 'after' } as const, REFUSED][index]);
    await write(podLogger, 10);
    assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
    assert.equal(await sum(), 10);
  });

  test('when only a part was written, only the rest is dropped', async (t) => {
    const { standIn, logger, transport, sum } = await createPodLogger(t, { speed: 10 });
    const log = (times: number) => {
      for (let i = 0; i < times; i++) logger.error('again');
    };
    standIn.fault(({ index, method }) => {
      if (index > 0) return method === 'POST' ? REFUSED : undefined;
      log(5);
      return { hang: true, apply: true };
    });
    log(10);
    assert.equal(await transport.flush(), false);
    assert.deepEqual(transport.stats.dropped, { rejected: 5, namespace: 0 });
    assert.equal(transport.stats.pending, 0);
    assert.equal(await sum(), 10);
  });

  test('a part of a repeat was written: the rest is dropped', async (t) => {
    const podLogger = await createPodLogger(t, { speed: 10 });
    const { standIn, clock, logger, transport, sum } = podLogger;
    const log = (times: number) => {
      for (let i = 0; i < times; i++) logger.error('again');
    };
    await write(podLogger, 3);
    standIn.fault(({ index, body }) => {
      // After a lost answer, the Event is read first.
      if (index > 0) return body.count === undefined ? undefined : REFUSED;
      log(5);
      return { hang: true, apply: true };
    });
    log(10);
    while (transport.stats.pending > 0) await clock.pass(100);
    assert.deepEqual(transport.stats.dropped, { rejected: 5, namespace: 0 });
    assert.equal(await sum(), 13);
  });

  test('a refusal that turned out to be too late is forgotten', async (t) => {
    const podLogger = await createPodLogger(t);
    const { standIn, transport, sum } = podLogger;
    standIn.fault(({ index }) => [{ reset: 'after' } as const, REFUSED][index]);
    await write(podLogger, 10);
    standIn.fault(({ index }) => (index === 0 ? { hang: true } : undefined));
    await write(podLogger, 5);
    assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
    assert.equal(await sum(), 15);
  });
});
