import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { EventRecorder } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { runApplication } from '../support/application.ts';
import { Logged } from '../support/logged.ts';

/** What is remembered from one record must not appear in the Event of the next. */
function recorder() {
  const sink = new MemorySink();
  const events = new EventRecorder({ local: sink }, { env: {} });
  return { events, sink };
}

test('an error without a stack after a text that says the same is still an error', async () => {
  class PaymentError extends Error {}
  const logged = new Logged();
  logged.logger.error('no answer');
  const error = Object.assign(new PaymentError('no answer'), { stack: undefined });
  logged.logger.log(Object.assign(error, { level: 'error' }));
  const reasons = (await logged.events()).map(({ reason }) => reason);
  assert.deepEqual(reasons, ['LoggedError', 'PaymentError']);
});

test('a message that is an object is read again, as it may have changed', async () => {
  const { events, sink } = recorder();
  const message = ['first'];
  events.warning(undefined, 'Changed', message as never);
  message[0] = 'second';
  events.warning(undefined, 'Changed', message as never);
  await events.flush();
  assert.deepEqual(
    sink.events.map((event) => event.message),
    ['["first"]', '["second"]'],
  );
});

test('one object that is used for several is about each of them', async () => {
  const { events, sink } = recorder();
  const log = (regarding: object) => events.warning(regarding as never, 'Degraded', 'not ready');
  const reference = { kind: 'Deployment', name: 'web', namespace: 'shop', fieldPath: 'spec.template' };
  const full = { kind: 'Deployment', metadata: { name: 'api', namespace: 'shop' } };
  const watched = { type: 'MODIFIED', object: { kind: 'Pod', metadata: { name: 'a', namespace: 'shop' } } };
  log(reference);
  log(Object.assign(reference, { namespace: 'bank' }));
  log(Object.assign(reference, { kind: 'StatefulSet' }));
  log(Object.assign(reference, { fieldPath: 'spec' }));
  log(full);
  full.metadata.namespace = 'bank';
  log(full);
  log(watched);
  watched.object = { kind: 'Pod', metadata: { name: 'b', namespace: 'shop' } };
  log(watched);
  await events.flush();
  const about = sink.events.map(({ regarding: { kind, namespace, name, fieldPath }, count }) =>
    [kind, namespace, name, fieldPath, count].join(' ').replace('  ', ' '),
  );
  assert.deepEqual(about, [
    'Deployment shop web spec.template 1',
    'Deployment bank web spec.template 1',
    'StatefulSet bank web spec.template 1',
    'StatefulSet bank web spec 1',
    'Deployment shop api 1',
    'Deployment bank api 1',
    'Pod shop a 1',
    'Pod shop b 1',
  ]);
});

test('records about an object that can no longer be read still make Events', async () => {
  const { events, sink } = recorder();
  const { proxy, revoke } = Proxy.revocable({ kind: 'Deployment', name: 'web' }, {});
  events.warning(proxy, 'Degraded', 'not ready');
  revoke();
  events.warning(proxy, 'Degraded', 'not ready');
  await events.flush();
  assert.deepEqual(
    sink.events.map(({ regarding }) => regarding.kind),
    ['Deployment', 'Pod'],
  );
});

test('of a list as a record the indexes are not listed, as there may be millions', async () => {
  const logged = new Logged({}, { format: winston.format((record) => record)() });
  let listings = 0;
  const ownKeys = (target: object) => {
    listings++;
    return Reflect.ownKeys(target);
  };
  logged.logger.log('error', new Proxy([new Error('no answer')], { ownKeys }) as never);
  assert.equal(await logged.event(), 'Warning LoggedError: no answer');
  assert.equal(listings, 0);
});

test('of a text that names an object only the name is kept', async (t) => {
  const script = new URL('../fixtures/object-texts.mjs', import.meta.url);
  const { stdout, code } = await runApplication({ script, execArgv: ['--expose-gc'] }).exited;
  assert.equal(code, 0);
  const { grownBytes, remembered } = JSON.parse(stdout);
  t.diagnostic(`${(grownBytes / 2 ** 20).toFixed(1)} MB more for ${remembered} objects`);
  assert.equal(remembered, 101);
  // A hundred texts of a megabyte each were logged.
  assert.ok(grownBytes < 8 * 2 ** 20, `${grownBytes} bytes`);
});
