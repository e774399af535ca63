import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStandIn } from '../../stand-in/stand-in.ts';
import { runApplication } from '../../support/application.ts';
import { createPodLogger } from '../../support/pod-logger.ts';

const ACCOUNT = 'winston-kubernetes-events/writers';

test('processes with the same random seed have different writer names', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const namespace = await standIn.createNamespace();
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
  const script = new URL('../../fixtures/report.mjs', import.meta.url);
  const records = [{ level: 'warn', message: 'not ready', regarding, times: 100 }];
  for (const name of ['web-6c8b9-xk2lp', 'web-6c8b9-aaaaa']) {
    const pod = await standIn.createPod({ namespace, name });
    const args = [JSON.stringify(records)];
    const { code } = await runApplication({ script, pod, args, execArgv: ['--random-seed=7'] }).exited;
    assert.equal(code, 0);
  }
  const counts = (await standIn.events(namespace)).map(({ count }) => count);
  assert.deepEqual(counts, [200]);
});

test('a part under our name that we have not written is another writer’s: we take a new name and say so', async (t) => {
  const { standIn, namespace, transport, logger, warnings } = await createPodLogger(t, { speed: 5 });
  const log = async (times: number) => {
    for (let i = 0; i < times; i++) logger.error('again');
    while (!(await transport.flush()));
  };
  await log(5);
  const [event] = await standIn.events(namespace);
  const path = `/api/v1/namespaces/${namespace}/events/${event!.metadata.name}`;
  const [writer] = event!.metadata.annotations![ACCOUNT]!.split('=');
  // Like a process with the same name, which took our 5 for its own count and has logged 12 records.
  const annotations = { [ACCOUNT]: `${writer}=12` };
  assert.equal((await standIn.request('PATCH', path, { count: 12, metadata: { annotations } })).status, 200);
  await log(3);
  await log(1);
  const [after] = await standIn.events(namespace);
  assert.equal(after?.count, 16);
  assert.match(String(after?.metadata.annotations?.[ACCOUNT]), new RegExp(`^${writer}=12,[a-z0-9]{8}=4$`));
  assert.deepEqual(
    warnings.map(({ code }) => code),
    ['KEVT_ACCOUNT'],
  );
});
