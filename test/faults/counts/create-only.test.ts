import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createPodLogger } from '../../support/pod-logger.ts';

const CREATE_ONLY = [{ apiGroups: [''], resources: ['events'], verbs: ['create'] }];

/** A restarted process that may create Events but not patch them, and whose Event exists already. */
async function open(t: TestContext) {
  const before = await createPodLogger(t);
  const { standIn, namespace } = before;
  before.logger.error('known', { reason: 'Known' });
  while (!(await before.transport.flush()));
  const pod = { namespace, name: 'web-6c8b9-aaaaa', rules: CREATE_ONLY };
  const podLogger = await createPodLogger(t, { standIn, pod, speed: 5 });
  const { logger, clock, transport } = podLogger;
  const regarding = { kind: 'Pod', name: before.pod.name, namespace, uid: before.pod.uid };
  logger.error('known', { reason: 'Known', regarding });
  while (transport.stats.lastError === undefined) await clock.pass(50);
  assert.match(transport.stats.lastError, /KEVT_FORBIDDEN: patch events/);
  const reasons = async () => (await standIn.events(namespace)).map(({ reason }) => reason).sort();
  return { ...podLogger, regarding, reasons };
}

describe('a process that may create Events but not patch them', { concurrency: 4 }, () => {
  test('creates new ones at once, although known ones wait', async (t) => {
    const { logger, clock, transport, reasons } = await open(t);
    const startedAt = clock.uptime();
    for (const reason of ['NewA', 'NewB', 'NewC']) {
      logger.error('new', { reason });
      while (!(await reasons()).includes(reason)) await clock.pass(50);
    }
    // With a missing permission, the next attempt is after ten seconds.
    assert.ok(clock.uptime() - startedAt < 8_000, `${clock.uptime() - startedAt} ms`);
    assert.equal(transport.stats.pending, 1);
  });

  test('also after a failure in between', async (t) => {
    const { standIn, logger, clock, reasons } = await open(t);
    let failures = 0;
    standIn.fault(({ body }) => (body?.reason !== 'Known' && failures++ === 0 ? { status: 503 } : undefined));
    const startedAt = clock.uptime();
    logger.error('new', { reason: 'New' });
    while (!(await reasons()).includes('New')) await clock.pass(50);
    assert.ok(clock.uptime() - startedAt < 8_000, `${clock.uptime() - startedAt} ms`);
    assert.equal(failures > 0, true);
  });

  test('and another known one is found to be there', async (t) => {
    const { logger, clock, transport, reasons, regarding, sum } = await open(t);
    logger.error('known', { reason: 'Known', regarding });
    logger.error('new', { reason: 'New' });
    assert.equal(await transport.flush(), false);
    assert.deepEqual(await reasons(), ['Known', 'New']);
    assert.equal(await sum(), 2);
    assert.equal(transport.stats.pending, 2);
    await clock.pass(100);
  });
});
