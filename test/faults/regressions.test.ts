import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { otherCertificates } from '../stand-in/certificates.ts';
import { writeProjected } from '../stand-in/service-account-dir.ts';
import type { Fault } from '../stand-in/stand-in.ts';
import { fillMemory, MORE_THAN_FIT } from '../support/fill-memory.ts';
import { createPodLogger } from '../support/pod-logger.ts';

describe('faults of the past', { concurrency: 4 }, () => {
  test('after a flush during an open write, the problem is still written', async (t) => {
    const { standIn, clock, transport, logger, sum } = await createPodLogger(t);
    standIn.fault(() => ({ delayMs: 30 }));
    logger.error('again');
    while (transport.stats.requests === 0) await clock.pass(1);
    await transport.flush();
    logger.error('again');
    logger.error('again');
    while (transport.stats.pending > 0) await clock.pass(500);
    assert.equal(await sum(), 3);
  });

  test('Retry-After applies even if another request fails without it, and also to a flush', async (t) => {
    const { standIn, clock, transport, logger } = await createPodLogger(t, { speed: 5 });
    standIn.fault(({ index }) =>
      index === 0 ? { status: 429, retryAfter: 40 } : { status: 503, delayMs: 20 },
    );
    for (let i = 0; i < 4; i++) logger.error('again', { reason: `Problem${i}` });
    while (transport.stats.retries < 4) await clock.pass(10);
    const sentBefore = standIn.requests.length;
    assert.equal(await transport.flush(), false);
    assert.equal(standIn.requests.length, sentBefore);
  });

  test('a Retry-After of months causes neither a wait of months nor a loop', async (t) => {
    const { standIn, clock, transport, logger } = await createPodLogger(t);
    standIn.fault(() => ({ status: 503, retryAfter: 30_000_000 }));
    logger.error('again');
    while (transport.stats.retries === 0) await clock.pass(10);
    await clock.pass(5_000);
    assert.equal(transport.stats.requests, 1);
  });

  test('problems that are refused together share one pause, so a new permission is used within seconds', async (t) => {
    const { standIn, clock, transport, logger } = await createPodLogger(t);
    let isForbidden = true;
    standIn.fault(() => (isForbidden ? { status: 403, delayMs: 20 } : undefined));
    for (let i = 0; i < 4; i++) logger.error('again', { reason: `Problem${i}` });
    while (transport.stats.requests < 4 || transport.stats.lastError === undefined) await clock.pass(10);
    const refusedAt = clock.uptime();
    isForbidden = false;
    while (transport.stats.pending > 0) await clock.pass(200);
    assert.ok(clock.uptime() - refusedAt < 20_000, `${clock.uptime() - refusedAt} ms`);
  });

  test('after a lost answer and a refusal, later records are counted, and pending is not negative', async (t) => {
    const { standIn, transport, logger, sum } = await createPodLogger(t);
    standIn.fault(({ index }) =>
      index === 0 ? { reset: 'after' } : index === 2 ? { status: 422 } : undefined,
    );
    for (let i = 0; i < 10; i++) logger.error('again');
    assert.equal(await transport.flush(), false);
    assert.equal(transport.stats.dropped.rejected, 10);
    logger.error('again');
    while (!(await transport.flush()));
    assert.equal(transport.stats.pending, 0);
    // The lost write was applied after all. Later records are added to it.
    assert.equal(await sum(), 11);
  });

  test('after a long outage, a flush reaches the API server once it is back', async (t) => {
    const { standIn, clock, transport, logger, sum } = await createPodLogger(t);
    standIn.fault(() => ({ status: 503 }));
    logger.error('again');
    while (transport.stats.retries < 6) await clock.pass(500);
    // It is back right after the first request of the flush.
    standIn.fault(({ index }) => (index === 0 ? { status: 503 } : undefined));
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 1);
  });

  test('credentials that take forever delay only their own request', async (t) => {
    let calls = 0;
    const { standIn, clock, namespace } = await createPodLogger(t);
    const kubeConfig = {
      getCurrentCluster: () => ({ server: standIn.url }),
      async applyToHTTPSOptions(options: Record<string, unknown>) {
        if (++calls <= 4) await new Promise(() => {});
        Object.assign(options, {
          ca: standIn.ca,
          headers: { Authorization: `Bearer ${standIn.adminToken}` },
        });
      },
    };
    const transport = new KubernetesEventTransport({ kubeConfig, namespace }, { clock, env: {} });
    for (let i = 0; i < 8; i++) transport.log({ level: 'error', message: 'again', reason: `Problem${i}` });
    while (transport.stats.pending > 0) await clock.pass(1_000);
    assert.equal((await standIn.events(namespace)).length, 8);
  });

  test('processes with different Event APIs write different Events', async (t) => {
    const one = await createPodLogger(t);
    const { standIn, namespace } = one;
    const other = await createPodLogger(t, {
      standIn,
      api: 'events.k8s.io/v1',
      pod: { namespace, name: 'web-6c8b9-aaaaa' },
    });
    const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
    for (const { logger, transport } of [one, other, one, other]) {
      logger.error('again', { regarding });
      await transport.flush();
    }
    const counts = (await standIn.events(namespace)).map((event) => event.count ?? event.series?.count);
    assert.deepEqual(counts, [2, 2]);
  });

  test('errors of a KubeConfig with unknown codes become diagnostics, never unhandled rejections', async (t) => {
    const { standIn, clock } = await createPodLogger(t);
    let isBroken = true;
    const kubeConfig = {
      getCurrentCluster: () => ({ server: standIn.url }),
      getCurrentContext: () => {
        if (isBroken) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
        return 'here';
      },
      async applyToHTTPSOptions(options: Record<string, unknown>) {
        Object.assign(options, {
          ca: standIn.ca,
          headers: { Authorization: `Bearer ${standIn.adminToken}` },
        });
      },
    };
    const transport = new KubernetesEventTransport({ kubeConfig }, { clock, env: {} });
    const codes: string[] = [];
    transport.on('warn', ({ code }) => codes.push(code));
    transport.log({ level: 'error', message: 'again' });
    while (transport.stats.retries === 0) await clock.pass(100);
    isBroken = false;
    while (transport.stats.pending > 0) await clock.pass(1_000);
    assert.deepEqual(codes, ['KEVT_KUBECONFIG']);
    assert.equal((await standIn.events('default')).length, 1);
  });

  test('a server with a certificate of another CA gets no token, and the counts wait', async (t) => {
    const { standIn, pod, clock, transport, logger, sum } = await createPodLogger(t);
    const { ca } = await otherCertificates();
    await writeProjected(pod.serviceAccountDir, { token: pod.token, 'ca.crt': ca, namespace: pod.namespace });
    logger.error('again');
    while (transport.stats.retries === 0) await clock.pass(100);
    const { hostname, port } = new URL(standIn.url);
    const file = join(pod.serviceAccountDir, 'ca.crt');
    assert.equal(
      transport.stats.lastError,
      `KEVT_CERTIFICATE: certificate signature failure (server ${hostname}, port ${port}, CA of ${file})`,
    );
    assert.deepEqual([standIn.requests, transport.stats.requests], [[], 0]);
    assert.equal(transport.stats.pending, 1);
    // The first flush tries until its time is over. The next flush makes only one attempt.
    assert.equal(await transport.flush(), false);
    const { retries } = transport.stats;
    assert.equal(await transport.flush(), false);
    assert.equal(transport.stats.retries, retries + 1);
    await writeProjected(pod.serviceAccountDir, {
      token: pod.token,
      'ca.crt': standIn.ca,
      namespace: pod.namespace,
    });
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 1);
  });

  test('a write in doubt is not counted twice if other writers have pushed its entry out of the list', async (t) => {
    const { standIn, clock, pod, transport, logger, sum } = await createPodLogger(t, { speed: 5 });
    const { namespace } = pod;
    logger.error('again');
    await transport.flush();
    const [event] = await standIn.events(namespace);
    const path = `/api/v1/namespaces/${namespace}/events/${event!.metadata.name}`;
    let writes = 0;
    let isPushedOut = false;
    standIn.fault(({ body }) => {
      if (body.count === undefined) return writes < 2 || isPushedOut ? undefined : { status: 503 };
      writes++;
      if (writes === 1) return { hang: true, apply: true };
      return writes === 2 ? { status: 409 } : undefined;
    });
    logger.error('again');
    while (transport.stats.retries === 0) await clock.pass(10);
    logger.error('again');
    while (writes < 2) await clock.pass(10);
    const annotations = { 'winston-kubernetes-events/writers': 'other=1000' };
    const answer = await standIn.request('PATCH', path, { count: 1_002, metadata: { annotations } });
    assert.equal(answer.status, 200);
    isPushedOut = true;
    while (!(await transport.flush()));
    assert.equal(await sum(), 1_003);
  });

  test('entries in the list of writers that cannot be read are removed', async (t) => {
    const { standIn, namespace, transport, logger } = await createPodLogger(t);
    const key = 'winston-kubernetes-events/writers';
    logger.error('again');
    await transport.flush();
    const [before] = await standIn.events(namespace);
    const path = `/api/v1/namespaces/${namespace}/events/${before!.metadata.name}`;
    const annotations = {
      [key]: `${before!.metadata.annotations?.[key]},other=123456789012345,,=7,UP=3,d=x,e,f=`,
    };
    await standIn.request('PATCH', path, { metadata: { annotations } });
    for (let i = 0; i < 2; i++) {
      logger.error('again');
      while (!(await transport.flush()));
    }
    const [after] = await standIn.events(namespace);
    assert.match(String(after?.metadata.annotations?.[key]), /^other=123456789012345,[a-z0-9]{8}=3$/);
    assert.equal(after?.count, 3);
  });

  for (const [name, fault] of Object.entries<Fault>({
    'a request that is sent again after its connection broke': { reset: 'after' },
    'a request that was answered with 503': { status: 503 },
    'a request that was answered with 408': { status: 408 },
  })) {
    test(`${name} may have been applied, so its counts are not combined with others`, async (t) => {
      const { standIn, clock, namespace, transport, logger, sum } = await createPodLogger(t);
      const elsewhere = await standIn.createNamespace();
      logger.error('again', { reason: 'Same' });
      await transport.flush();
      let isBroken = true;
      standIn.fault(({ index }) => {
        if (!isBroken) return undefined;
        return index === 0 ? fault : { status: 429, retryAfter: 5 };
      });
      logger.error('again', { reason: 'Same' });
      while (transport.stats.retries === 0) await clock.pass(10);
      logger.error('another', { reason: 'Same' });
      // Only the problems of this one reason could be combined.
      fillMemory(logger, elsewhere);
      const logged = 3 + MORE_THAN_FIT;
      isBroken = false;
      const isThere = async () =>
        (await standIn.events(namespace)).some(({ count, message }) => count === 2 && message === 'again');
      const found = async () => (await sum()) + transport.stats.pending;
      // A flush may end before the server allows the next request, or while a write is open.
      for (let i = 0; i < 1_000 && !((await isThere()) && (await found()) === logged); i++)
        await transport.flush();
      assert.equal(await isThere(), true);
      assert.equal(await found(), logged);
      assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 0 });
    });
  }
});
