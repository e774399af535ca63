import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { inspect } from 'node:util';
import winston from 'winston';
import { EventRecorder, KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { ManualClock } from './support/manual-clock.ts';

function open() {
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
  return { sink, transport, logger: winston.createLogger({ transports: [transport] }) };
}

test('a sink gets each problem at once, however many there are: it is no API server', async () => {
  const sink = new MemorySink();
  const clock = new ManualClock();
  const recorder = new EventRecorder({ local: sink }, { env: {}, clock });
  for (let i = 0; i < 300; i++) recorder.warning(`pod/web-${i}`, 'Degraded', 'one replica is gone');
  await clock.pass(0);
  assert.equal(sink.events.length, 300);
  for (let i = 0; i < 300; i++) recorder.warning(`pod/web-${i}`, 'Degraded', 'one replica is gone');
  await clock.pass(999);
  assert.deepEqual(new Set(sink.events.map(({ count }) => count)), new Set([1]));
  await clock.pass(1);
  assert.deepEqual(new Set(sink.events.map(({ count }) => count)), new Set([2]));
});

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

test('waitFor says after its time limit what it has waited for and what was there', async () => {
  const { sink, logger } = open();
  const two = sink.waitFor(2, 5_000);
  const nothing = sink.waitFor(1, 0);
  await assert.rejects(nothing, { message: 'expected 1 Event within 0 ms, got 0' });
  logger.error('out of disk', { regarding: 'deployment/web', reason: 'DiskFull' });
  await assert.rejects(sink.waitFor(2, 20), {
    message:
      'expected 2 Events within 20 ms, got 1:\nWarning DiskFull deployment/web in default: out of disk (x1)',
  });
  logger.error('out of memory');
  assert.equal((await two).length, 2);
  assert.equal((await sink.waitFor(2, 0)).length, 2);
});

test('a time limit keeps the process until it is over, so that its error is seen', () => {
  const code = `import { MemorySink } from 'winston-kubernetes-events/testing';
    new MemorySink().waitFor(1, 20).catch(({ message }) => console.log(message));`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: import.meta.dirname,
    encoding: 'utf8',
  });
  assert.equal(stdout, 'expected 1 Event within 20 ms, got 0\n');
});

test('printed and as JSON it is its Events', async () => {
  const { sink, transport, logger } = open();
  assert.equal(inspect(sink), 'MemorySink []');
  logger.error('out of disk', { regarding: 'deployment/web' });
  await transport.flush();
  assert.equal(inspect(sink), `MemorySink ${inspect(sink.events)}`);
  assert.equal(inspect({ sink }, { depth: 0 }), '{ sink: [MemorySink] }');
  assert.equal(JSON.stringify({ sink }), JSON.stringify({ sink: sink.events }));
  assert.match(JSON.stringify(sink), /"message":"out of disk","count":1/);
});

test('an Event that was returned does not change later', async () => {
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
