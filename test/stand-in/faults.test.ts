import assert from 'node:assert/strict';
import { request as httpsRequest } from 'node:https';
import { after, afterEach, before, beforeEach, mock, test } from 'node:test';
import type { TestPod } from '../support/cluster.ts';
import { type Fault, overloaded, type StandIn, StatusError, startStandIn } from './stand-in.ts';

let standIn: StandIn;
let pod: TestPod;
let path: string;

before(async () => {
  standIn = await startStandIn();
  const namespace = await standIn.createNamespace();
  pod = await standIn.createPod({ namespace, name: 'web' });
  path = `/api/v1/namespaces/${namespace}/events`;
});
after(() => standIn.close());
beforeEach(() => {
  standIn.clearEvents();
  standIn.resetRequests();
});
afterEach(() => {
  standIn.fault();
  standIn.admit();
});

const create = () => {
  const event = { metadata: { name: 'a' }, involvedObject: { namespace: pod.namespace } };
  return standIn.request('POST', path, event, pod.token);
};
const created = async () => (await standIn.events(pod.namespace)).length === 1;

/** Sets a fault, and returns a promise that resolves when a request hits it. */
const strike = (fault: Fault) =>
  new Promise<void>((resolve) => {
    standIn.fault(() => {
      resolve();
      return fault;
    });
  });

/** A request whose client disconnects once the request has arrived. */
async function createAndLeave(arrived: Promise<void>): Promise<void> {
  const headers = { authorization: `Bearer ${pod.token}` };
  const request = httpsRequest(standIn.url + path, { method: 'POST', ca: standIn.ca, headers, agent: false });
  const closed = new Promise((resolve) => request.on('error', () => {}).on('close', resolve));
  request.end(JSON.stringify({ metadata: { name: 'a' }, involvedObject: { namespace: pod.namespace } }));
  await arrived;
  request.destroy();
  await closed;
}

test('a status is answered without doing anything', async () => {
  void strike({ status: 503, retryAfter: 7 });
  const { status, headers, body } = await create();
  assert.deepEqual([status, headers['retry-after'], body.kind], [503, '7', 'Status']);
  void strike(overloaded);
  const { headers: text, body: words } = await create();
  assert.deepEqual([text['retry-after'], text['content-type']], ['1', 'text/plain; charset=utf-8']);
  assert.match(words, /^Too many requests/);
  assert.equal(await created(), false);
});

test('a reset comes before or after the write', async () => {
  void strike({ reset: 'before' });
  await assert.rejects(create(), { code: 'ECONNRESET' });
  assert.equal(await created(), false);
  void strike({ reset: 'after' });
  await assert.rejects(create(), { code: 'ECONNRESET' });
  assert.equal(await created(), true);
});

test('a request that hangs is executed or not, and is never answered', async () => {
  await createAndLeave(strike({ hang: true }));
  assert.equal(await created(), false);
  await createAndLeave(strike({ hang: true, apply: true }));
  assert.equal(await created(), true);
  assert.deepEqual(
    standIn.requests.map(({ status }) => status),
    [0, 0],
  );
});

test('a late write happens although the client has gone', async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ['setTimeout'] });
  await createAndLeave(strike({ delayMs: 60_000, applyLate: true }));
  assert.equal(await created(), false);
  mock.timers.tick(60_000);
  assert.equal(await created(), true);
});

test('an answer that is late belongs to a write that is already done', async (t) => {
  t.after(() => mock.timers.reset());
  mock.timers.enable({ apis: ['setTimeout'] });
  const struck = strike({ delayMs: 60_000 });
  const answer = create();
  await struck;
  assert.equal(await created(), true);
  mock.timers.tick(60_000);
  assert.equal((await answer).status, 201);
});

test('when a request is executed twice, the second answer is returned', async () => {
  void strike({ twice: true });
  assert.equal((await create()).status, 409);
  assert.equal(await created(), true);
});

test('admission changes or refuses what is created and patched', async () => {
  standIn.admit((event) => ({ ...event, message: 'changed' }));
  assert.equal((await create()).body.message, 'changed');
  standIn.admit(() => {
    throw new StatusError(403, 'Forbidden', 'no such Events here');
  });
  const { status, body } = await standIn.request('PATCH', `${path}/a`, {});
  assert.deepEqual([status, body.message], [403, 'no such Events here']);
});

test('the hook is told what the request is about', async () => {
  const seen: unknown[] = [];
  standIn.fault(({ method, namespace, name, body }) => {
    seen.push([method, namespace, name, body]);
    return undefined;
  });
  await create();
  await standIn.request('PATCH', `${path}/a?fieldManager=b`, { count: 2 });
  assert.equal(seen.length, 2);
  assert.deepEqual(seen[1], ['PATCH', pod.namespace, 'a', { count: 2 }]);
});

test('a server that is down refuses connections and comes back with what it held', async () => {
  await create();
  await standIn.stopListening();
  await assert.rejects(create(), { code: 'ECONNREFUSED' });
  await standIn.resumeListening();
  assert.equal((await create()).status, 409);
});

test('an old token is refused once it is revoked', async () => {
  const token = await standIn.rotateToken(pod, { revokeOld: true });
  assert.equal((await create()).status, 401);
  assert.equal((await standIn.request('PATCH', `${path}/a`, {}, token)).status, 404);
});

test('the requests about Events are counted when they are answered', async () => {
  const before = await standIn.eventRequests();
  await create();
  void strike({ status: 500 });
  await create();
  void strike({ reset: 'after' });
  await create().catch(() => {});
  assert.equal((await standIn.eventRequests()) - before, 2);
  assert.deepEqual(
    standIn.requests.map(({ status }) => status),
    [401, 500, 0],
  );
});

test('an open connection breaks when the server stops', async () => {
  const struck = strike({ hang: true });
  const answer = assert.rejects(create(), { code: 'ECONNRESET' });
  await struck;
  await standIn.restart();
  await answer;
});
