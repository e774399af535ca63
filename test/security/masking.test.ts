import assert from 'node:assert/strict';
import { test } from 'node:test';
import winston from 'winston';
import { EventRecorder, type KubernetesEventsError } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { Logged } from '../support/logged.ts';
import { random } from '../text/redact.cases.ts';

const gitHub = `${'gh' + 'p_'}${random(36)}`;
const awsKey = `${'AK' + 'IA'}${random(16, 'A2B3C4D5E6F7G')}`;
const jwt = [`ey${'Jh'}${random(20)}`, `ey${'Jp'}${random(20)}`, random(40)].join('.');
const secrets = [gitHub, awsKey, jwt, 'hunter2'];

/** No Event contains a secret or most of one, wherever it was in the record. */
async function assertMasked(logged: Logged): Promise<void> {
  const events = JSON.stringify(await logged.events());
  for (const secret of secrets) assert.ok(!events.includes(secret.slice(-12)), `${secret} in ${events}`);
}

const places: Record<string, (logged: Logged, secret: string) => void> = {
  'the message': ({ logger }, secret) => logger.error(`login with password=${secret} failed`),
  'an argument of the message': ({ logger }, secret) => logger.error('login with token=%s failed', secret),
  'an object as the message': ({ logger }, secret) => logger.error({ message: { password: secret } }),
  'the message of an error': ({ logger }, secret) => logger.error(new Error(`token: ${secret}`)),
  'an error in a field': ({ logger }, secret) =>
    logger.error('failed', { error: new Error(`token=${secret}`) }),
  'an annotation': ({ logger }, secret) => logger.error('failed', { tenant: { password: secret } }),
  'the key': ({ logger }, secret) => logger.error('failed', { eventKey: `password=${secret}` }),
  'behind what is cut': ({ logger }, secret) => logger.error(`${'x'.repeat(1005)} password=${secret}`),
  'the path within an object': ({ logger }, secret) =>
    logger.error('failed', { regarding: { kind: 'Pod', name: 'web', fieldPath: `password=${secret}` } }),
  'the uid of an object': ({ logger }, secret) =>
    logger.error('failed', { regarding: { kind: 'Pod', name: 'web', uid: `password=${secret}` } }),
  'the related object': ({ logger }, secret) =>
    logger.error('failed', { related: { kind: 'Pod', name: 'web', fieldPath: `token=${secret}` } }),
};
for (const [place, log] of Object.entries(places))
  test(`a credential is masked in ${place}`, async () => {
    for (const secret of secrets) {
      const logged = new Logged({ annotations: ['tenant'] });
      log(logged, secret);
      assert.equal((await logged.events()).length, 1);
      await assertMasked(logged);
    }
  });

test('a credential is masked where a token looks like a reason', async () => {
  for (const secret of [gitHub, awsKey, jwt]) {
    const logged = new Logged();
    logged.logger.error('one', { reason: secret, action: secret });
    logged.logger.error(Object.assign(new Error('two'), { name: secret }));
    logged.logger.error(Object.assign(new Error('three'), { code: secret }));
    assert.equal((await logged.events()).length, 3);
    await assertMasked(logged);
  }
});

const alsoCases: [name: string, also: RegExp[], message: string, shown: string][] = [
  ['card numbers', [/\b\d{13,19}\b/g], 'card 4111111111111111 declined', 'card *** declined'],
  ['each of several', [/\bbob\b/, /\b\d{4}\b/], 'bob 1111, bob 2222', '*** ***, *** ***'],
  ['without the flag g', [/[\w.+-]+@[\w-]+\.\w+/], 'a@b.c and d@e.f', '*** and ***'],
  ['with the flag y', [/bob/y], 'no bob, bob', 'no ***, ***'],
  ['with other flags', [/BOB\s\p{L}+/iu], 'bob Müller', '***'],
  ['beside credentials', [/bob/], 'password=hunter2 of bob', 'password=*** of ***'],
  ['nothing where nothing matches', [/\d*/, /^/m], 'no digits', 'no digits'],
  ['nothing with an empty list', [], 'bob 1111', 'bob 1111'],
];
for (const [name, also, message, shown] of alsoCases)
  test(`redact.also masks ${name}`, async () => {
    const logged = new Logged({ redact: { also } });
    logged.logger.error(message);
    logged.logger.error(message);
    assert.deepEqual(
      (await logged.events()).map(({ message, count }) => [message, count]),
      [[shown, 2]],
    );
    for (const expression of also) assert.equal(expression.lastIndex, 0);
  });

test('redact.also masks numbers that a message of the same shape does not have', async () => {
  const logged = new Logged({ redact: { also: [/\b\d{13,19}\b/g] } });
  for (const number of ['1', '2', '4111111111111111', '3']) logged.logger.error(`cannot charge ${number}`);
  assert.doesNotMatch(JSON.stringify(await logged.events()), /4111/);
});

test('redact.also masks annotations, keys and reasons too', async () => {
  const logged = new Logged({ redact: { also: [/\d{13,19}/] }, annotations: ['card'] });
  const card = '4111111111111111';
  logged.logger.error('failed', { card, eventKey: card, reason: `Card${card}` });
  const events = JSON.stringify(await logged.events());
  assert.doesNotMatch(events, /4111/);
  assert.match(events, /"card":"\*\*\*"/);
});

test('messages that differ in their credentials alone are one problem', async () => {
  const logged = new Logged();
  for (const secret of secrets) logged.logger.error(`login with password=${secret} failed`);
  const [event, ...others] = await logged.events();
  assert.deepEqual([event?.message, event?.count, others.length], ['login with password=*** failed', 4, 0]);
});

test('keys that differ in their credentials alone are one key', async () => {
  const logged = new Logged();
  for (const secret of secrets) logged.logger.error(`failed`, { eventKey: `password=${secret}` });
  assert.deepEqual(
    (await logged.events()).map(({ count }) => count),
    [4],
  );
});

function createRecorder() {
  const sink = new MemorySink();
  const recorder = new EventRecorder({ local: sink }, { env: {} });
  const codes: string[] = [];
  recorder.on('warn', ({ code }: KubernetesEventsError) => codes.push(code));
  return { sink, recorder, codes };
}

test('if details cannot be read, the Event is written without them', async () => {
  const { sink, recorder, codes } = createRecorder();
  const more = Object.defineProperty({}, 'action', {
    enumerable: true,
    get() {
      throw new Error('bang');
    },
  });
  recorder.warning('pod', 'Failed', 'cannot save', more);
  recorder.normal('pod', 'Failed', 'cannot save', null as never);
  await recorder.flush();
  assert.deepEqual(
    sink.events.map(({ type, message }) => `${type} ${message}`),
    ['Warning cannot save', 'Normal cannot save'],
  );
  assert.ok(codes.every((code) => code === 'KEVT_BAD_RECORD') && codes.length > 0);
});

test('annotations that the API server would refuse are left out, and the Event is written', async () => {
  const { sink, recorder, codes } = createRecorder();
  const many = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`a${i}`, 'x'.repeat(2_000)]));
  recorder.warning('pod', 'Failed', 'one', { annotations: { 'no key': 'x', run: '7' } });
  recorder.warning('pod', 'Failed', 'two', { annotations: many });
  await recorder.flush();
  const [one, two] = sink.events;
  assert.deepEqual(one?.annotations, { run: '7' });
  assert.equal(Object.keys(two?.annotations ?? {}).length, 64);
  assert.deepEqual(new Set(codes), new Set(['KEVT_BAD_RECORD']));
});

test('endless or very large values are read quickly', async () => {
  // The format json() of winston would fail.
  const logged = new Logged({}, { format: winston.format((record) => record)() });
  const owners = { kind: 'Pod', metadata: { generateName: 'x-', ownerReferences: new Array(1e9) } };
  const bytes = new Uint16Array(100 * 1024 * 1024);
  const startedAt = performance.now();
  logged.logger.error('one', { regarding: owners });
  logged.logger.error('two', { a: 1 }, bytes);
  logged.logger.error({ message: { body: bytes, also: Buffer.from(bytes.buffer) } });
  const events = await logged.events();
  assert.deepEqual(events.map(({ message }) => message).slice(0, 2), ['one', 'two']);
  assert.match(events[2]?.message ?? '', /Uint16Array.*<Buffer 00 00/);
  // Listing all of them would take minutes, if there were enough memory.
  assert.ok(performance.now() - startedAt < 20_000);
});
