import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { EventRecorder, KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';

function open() {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
  return { sink, transport, logger: winston.createLogger({ transports: [transport] }) };
}

test('events are structured, in the order of their first occurrence, and repeats raise the count', async () => {
  const { sink, transport, logger } = open();
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop' };
  logger.error('out of disk', { regarding, reason: 'DiskFull', action: 'Saving' });
  logger.warn('queue is full');
  await transport.flush();
  logger.error('out of disk', { regarding, reason: 'DiskFull', action: 'Saving' });
  await transport.flush();
  const [first, second, ...others] = sink.events;
  assert.deepEqual(others, []);
  assert.deepEqual(
    [first?.count, first?.reason, first?.action, first?.type, first?.message],
    [2, 'DiskFull', 'Saving', 'Warning', 'out of disk'],
  );
  assert.deepEqual(first?.regarding, regarding);
  assert.ok(first.firstTimestamp instanceof Date && first.lastTimestamp >= first.firstTimestamp);
  assert.deepEqual([second?.message, second?.count], ['queue is full', 1]);
});

test('waitFor resolves as soon as so many different Events were written, without a flush', async () => {
  const { sink, logger } = open();
  const two = sink.waitFor(2);
  logger.error('out of disk');
  logger.error('out of disk');
  const [first] = await sink.waitFor(1);
  assert.equal(first?.message, 'out of disk');
  assert.equal(sink.events.length, 1);
  logger.error('out of memory');
  assert.deepEqual(
    (await two).map(({ message }) => message),
    ['out of disk', 'out of memory'],
  );
  assert.equal((await sink.waitFor(2)).length, 2);
  assert.deepEqual(await new MemorySink().waitFor(0), []);
});

test('what is handed out does not change with the next Event', async () => {
  const { sink, transport, logger } = open();
  logger.error('out of disk');
  await transport.flush();
  const before = sink.events;
  logger.error('out of disk');
  logger.error('out of memory');
  await transport.flush();
  assert.deepEqual(
    before.map(({ count }) => count),
    [1],
  );
});

test('clear forgets the Events; a problem that goes on comes back with all it has counted', async () => {
  const { sink, transport, logger } = open();
  logger.error('out of disk');
  await transport.flush();
  sink.clear();
  assert.deepEqual(sink.events, []);
  const next = sink.waitFor(1);
  logger.error('out of disk');
  await transport.flush();
  assert.deepEqual(
    (await next).map(({ count }) => count),
    [2],
  );
});

test('Events of the same name in different namespaces are different', async () => {
  const { sink, transport, logger } = open();
  for (const namespace of ['shop', 'other'])
    logger.error('out of disk', { regarding: { kind: 'Pod', name: 'web', namespace } });
  await transport.flush();
  assert.equal(sink.events.length, 2);
});

test('a recorder takes it too', async () => {
  const sink = new MemorySink();
  const recorder = new EventRecorder({ local: sink }, { env: {} });
  recorder.normal('deployment/web', 'Scaled', 'two replicas');
  const [event] = await sink.waitFor(1);
  assert.deepEqual([event?.type, event?.reason], ['Normal', 'Scaled']);
});
