import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { startStandIn } from '../stand-in/stand-in.ts';
import { FastClock } from '../support/fast-clock.ts';

test('all transports of a process share one budget: 25 requests at once, 5 a second after that', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'web-6c8b9-xk2lp' });
  const clock = new FastClock(2);
  const loggers = Array.from({ length: 5 }, () => {
    const { serviceAccountDir, env } = pod;
    return winston.createLogger({
      transports: [new KubernetesEventTransport({ serviceAccountDir }, { clock, env })],
    });
  });
  const startedAt = clock.uptime();
  loggers.forEach((logger, index) => {
    for (let i = 0; i < 20; i++) logger.error('not possible', { reason: `Problem${index}And${i}` });
  });
  const allowed = () => 25 + ((clock.uptime() - startedAt) * 5) / 1_000;
  for (let second = 0; second < 4; second++) {
    await clock.pass(1_000);
    assert.ok(standIn.requests.length >= 25, `${standIn.requests.length} requests, expected the burst`);
    assert.ok(
      standIn.requests.length <= allowed(),
      `${standIn.requests.length} requests, ${allowed()} allowed`,
    );
  }
});
