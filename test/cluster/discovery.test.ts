import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Answer, ApiRequest } from '../../src/cluster/client.ts';
import { Discovery } from '../../src/cluster/discovery.ts';

const reply = (status: number, body: object = {}): Answer => ({
  status,
  retryAfterMs: undefined,
  body: body as Record<string, unknown>,
  text: '',
});
const LOST: Answer = { error: new Error('lost'), isSent: true, isStaleSocket: false };
const ZONES = { kind: 'Zone', name: 'zones', singularName: 'zone', namespaced: false, shortNames: ['zo'] };
const listed = (...resources: unknown[]) => reply(200, { resources });

/** A server that gives these answers, and then repeats the last one. */
function open(...answers: Answer[]) {
  const asked: string[] = [];
  const request = async ({ path }: ApiRequest) => {
    asked.push(path);
    return (answers.length > 1 ? answers.shift() : answers[0])!;
  };
  return { asked, discovery: new Discovery({ request }) };
}

test('the resources of a version are asked for once, also by several at a time', async () => {
  const { asked, discovery } = open(listed(ZONES));
  const one = discovery.resourcesOf('example.org/v1', 500);
  const [first, second] = await Promise.all([one, discovery.resourcesOf('example.org/v1', 500)]);
  assert.deepEqual(first, {
    resources: [
      { kind: 'Zone', plural: 'zones', isNamespaced: false, names: ['zone', 'zones', 'zone', 'zo'] },
    ],
  });
  assert.deepEqual(second, first);
  assert.deepEqual(await discovery.resourcesOf('example.org/v1', 500), first);
  await discovery.resourcesOf('v1', 500);
  assert.deepEqual(asked, ['/apis/example.org/v1', '/api/v1']);
});

test('an idle connection that the server has closed is not a failure', async () => {
  const { asked, discovery } = open({ ...LOST, isStaleSocket: true }, listed(ZONES));
  assert.ok('resources' in (await discovery.resourcesOf('example.org/v1', 500)));
  assert.deepEqual(asked, ['/apis/example.org/v1', '/apis/example.org/v1']);
});

test('an answer that is not a list is returned, and the next call asks again', async () => {
  const failures = [LOST, reply(503), reply(403), reply(404), reply(200, { resources: 'garbled' })];
  const { asked, discovery } = open(...failures, listed(ZONES));
  for (const failure of failures)
    assert.deepEqual(await discovery.resourcesOf('example.org/v1', 500), { failure });
  assert.ok('resources' in (await discovery.resourcesOf('example.org/v1', 500)));
  await discovery.resourcesOf('example.org/v1', 500);
  assert.equal(asked.length, failures.length + 1);
});

test('parts of resources and what cannot be understood are left out', async () => {
  const { discovery } = open(
    listed(
      null,
      5,
      { kind: 'Zone', name: 'zones/status' },
      { kind: 'Zone', name: '../../secrets' },
      { name: 'kindless' },
      { kind: 'Area', name: 'areas', shortNames: [5, null, 'ar'] },
    ),
  );
  assert.deepEqual(await discovery.resourcesOf('example.org/v1', 500), {
    resources: [{ kind: 'Area', plural: 'areas', isNamespaced: true, names: ['area', 'areas', 'ar'] }],
  });
});

test('more versions than are remembered are asked for again, the oldest first', async () => {
  const { asked, discovery } = open(listed());
  for (let i = 0; i <= 256; i++) await discovery.resourcesOf(`example.org/v${i}`, 500);
  asked.length = 0;
  for (const version of ['v1', 'v256', 'v0']) await discovery.resourcesOf(`example.org/${version}`, 500);
  assert.deepEqual(asked, ['/apis/example.org/v0']);
});

test('the preferred version of a group is what the server says now', async () => {
  const preferred = (version: string) =>
    reply(200, { preferredVersion: { groupVersion: `example.org/${version}`, version } });
  const { asked, discovery } = open(preferred('v1beta1'), reply(404), reply(200), preferred('v1'));
  const ask = () => discovery.preferredVersion('example.org', 500);
  assert.deepEqual(await ask(), { apiVersion: 'example.org/v1beta1' });
  assert.deepEqual(await ask(), { failure: reply(404) });
  assert.deepEqual(await ask(), { failure: reply(200) });
  assert.deepEqual(await ask(), { apiVersion: 'example.org/v1' });
  assert.deepEqual(new Set(asked), new Set(['/apis/example.org']));
});
