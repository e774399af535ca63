import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Gate } from '../fixtures/gate.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { createPodLogger } from '../support/pod-logger.ts';

const CREATE_ONLY = [{ apiGroups: [''], resources: ['events'], verbs: ['create'] }];

/** Gives all service accounts of a namespace the right to write Events. */
async function allowAll(standIn: StandIn, namespace: string): Promise<void> {
  await standIn.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'Role',
    metadata: { name: 'late', namespace },
    rules: [{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }],
  });
  await standIn.apply({
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'RoleBinding',
    metadata: { name: 'late', namespace },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'late' },
    subjects: [
      { kind: 'Group', name: `system:serviceaccounts:${namespace}`, apiGroup: 'rbac.authorization.k8s.io' },
    ],
  });
}

describe('what the API server refuses', { concurrency: 4 }, () => {
  test('without permission it stops asking, warns once with the rule to add, and keeps the counts', async (t) => {
    const { standIn, namespace, clock, transport, logger, warnings, sum, pod } = await createPodLogger(t, {
      pod: { rules: [] },
    });
    for (let i = 0; i < 100; i++) {
      logger.error('cannot reach the payment gateway');
      logger.error('disk full');
      await clock.pass(1_000);
    }
    assert.deepEqual(
      warnings.map((warning) => warning.code),
      ['KEVT_FORBIDDEN', 'KEVT_FORBIDDEN'],
    );
    assert.match(String(warnings[0]), new RegExp(`create events in namespace ${namespace}`));
    assert.match(
      String(warnings[0]),
      /apiGroups: \[""\], resources: \["events"\], verbs: \["create", "patch"\]/,
    );
    const { serviceAccount } = pod;
    const call = `rbac --namespace ${namespace} --service-account ${serviceAccount} | kubectl apply -f -`;
    const replaces = `If there is a Role ${serviceAccount}-events, this replaces its rules, so give --workload and --lookup as before. Counts wait`;
    assert.ok(String(warnings[0]).includes(`${call}. ${replaces}`), String(warnings[0]));
    assert.ok(standIn.requests.length <= 16, `${standIn.requests.length} requests`);
    await allowAll(standIn, namespace);
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 200);
  });

  test('when its RoleBinding is deleted, it asks 24 times in a minute, then 8 times, and keeps the counts', async (t) => {
    const { standIn, namespace, clock, transport, logger, sum } = await createPodLogger(t, {
      pod: { rules: [] },
    });
    await allowAll(standIn, namespace);
    for (let i = 0; i < 8; i++) logger.error('disk full', { reason: `Old${i}` });
    assert.equal(await transport.flush(), true);
    const bindings = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
    assert.equal((await standIn.request('DELETE', `${bindings}/late`)).status, 200);
    for (let i = 0; i < 8; i++)
      for (const age of ['Old', 'New']) logger.error('disk full', { reason: `${age}${i}` });
    const asked: number[] = [];
    for (let minute = 0; minute < 3; minute++) {
      const before = standIn.requests.length;
      await clock.pass(60_000);
      asked.push(standIn.requests.length - before);
    }
    // docs/switch-off.md has these figures.
    const most = [24, 8, 8];
    assert.ok(
      asked.every((times, minute) => times > 0 && times <= most[minute]!),
      `${asked}`,
    );
    await allowAll(standIn, namespace);
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 24);
  });

  test('it starts again by itself when the permission appears', async (t) => {
    const { standIn, namespace, clock, transport, logger, sum } = await createPodLogger(t, {
      pod: { rules: [] },
    });
    logger.error('cannot reach the payment gateway');
    while (transport.stats.requests === 0) await clock.pass(100);
    await allowAll(standIn, namespace);
    while (transport.stats.pending > 0) await clock.pass(1_000);
    assert.equal(await sum(), 1);
  });

  test('one namespace without permission does not stop the others', async (t) => {
    const { standIn, transport, logger, sum } = await createPodLogger(t);
    const elsewhere = await standIn.createNamespace();
    const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'api', namespace: elsewhere };
    for (let i = 0; i < 50; i++) {
      logger.error('not here', { regarding });
      logger.error('but here');
    }
    assert.equal(await transport.flush(), false);
    assert.equal(await sum(), 50);
    assert.equal(transport.stats.pending, 50);
    assert.deepEqual(await standIn.events(elsewhere), []);
  });

  test('without patch the first occurrence is still created, and the rest waits for the permission', async (t) => {
    const { standIn, namespace, transport, logger, sum, warnings } = await createPodLogger(t, {
      pod: { rules: CREATE_ONLY },
    });
    logger.error('first');
    assert.equal(await transport.flush(), true);
    logger.error('first');
    logger.error('second');
    assert.equal(await transport.flush(), false);
    assert.equal(await sum(), 2);
    assert.match(String(warnings[0]), /patch events/);
    await allowAll(standIn, namespace);
    assert.equal(await transport.flush(), true);
    assert.equal(await sum(), 3);
  });

  test('in a namespace that is being deleted, Events are counted as dropped, with the answer of the server', async (t) => {
    const { standIn, transport, logger, warnings, namespace } = await createPodLogger(t);
    standIn.fault(({ method }) =>
      method === 'POST'
        ? {
            status: 403,
            body: {
              kind: 'Status',
              message: `unable to create new content in namespace ${namespace} because it is being terminated`,
              details: { causes: [{ reason: 'NamespaceTerminating' }] },
            },
          }
        : undefined,
    );
    logger.error('too late');
    logger.error('too late');
    await transport.flush();
    assert.deepEqual(transport.stats.dropped, { rejected: 0, namespace: 2 });
    assert.equal(transport.stats.pending, 0);
    assert.match(String(warnings[0]), /KEVT_NAMESPACE|being terminated/);
  });

  test('an Event about an object in a namespace that does not exist is a diagnostic', async (t) => {
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const { standIn, transport, logger, warnings, pod } = await createPodLogger(t, { pod: { rules } });
    await standIn.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'writer-everywhere' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
      subjects: [{ kind: 'ServiceAccount', name: pod.serviceAccount, namespace: pod.namespace }],
    });
    await standIn.apply({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'cluster-admin' },
      rules,
    });
    logger.error('gone', { regarding: { apiVersion: 'v1', kind: 'Pod', name: 'a', namespace: 'ghost' } });
    await transport.flush();
    assert.equal(warnings[0]?.code, 'KEVT_NAMESPACE');
    assert.match(String(warnings[0]), /ghost/);
    assert.equal(transport.stats.dropped.namespace, 1);
  });

  for (const status of [400, 413, 422]) {
    test(`${status}: this Event is given up with what the server said, the next one is not`, async (t) => {
      const { standIn, transport, logger, warnings, sum } = await createPodLogger(t);
      standIn.fault(({ body }) =>
        body?.reason === 'Refused'
          ? { status, body: { kind: 'Status', message: 'the server says why' } }
          : undefined,
      );
      for (let i = 0; i < 3; i++) logger.error('never', { reason: 'Refused' });
      logger.error('always', { reason: 'Taken' });
      await transport.flush();
      assert.equal(transport.stats.dropped.rejected, 3);
      assert.match(String(warnings[0]), /the server says why/);
      assert.equal(await sum(), 1);
    });
  }

  test('an Event that expired is created again with the whole count', async (t) => {
    let now = Date.now();
    const { transport, logger, standIn, namespace } = await createPodLogger(t, {
      standIn: { now: () => now, eventTtlMs: 60_000 },
    });
    for (let i = 0; i < 5; i++) logger.error('again');
    await transport.flush();
    now += 120_000;
    assert.deepEqual((await standIn.request('GET', `/api/v1/namespaces/${namespace}/events`)).body.items, []);
    for (let i = 0; i < 5; i++) logger.error('again');
    await transport.flush();
    assert.deepEqual(
      (await standIn.events(namespace)).map((event) => event.count),
      [10],
    );
  });

  test('when an Event expired for several processes, each writes its own part again, once', async (t) => {
    let now = Date.now();
    const one = await createPodLogger(t, { standIn: { now: () => now, eventTtlMs: 60_000 } });
    const { standIn, namespace } = one;
    const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
    const others = [
      await createPodLogger(t, { standIn, pod: { namespace, name: 'web-6c8b9-aaaaa' } }),
      await createPodLogger(t, { standIn, pod: { namespace, name: 'web-6c8b9-bbbbb' } }),
    ];
    const all = [one, ...others];
    for (const times of [1, 2, 3]) {
      for (const { logger, transport } of all) {
        for (let i = 0; i < 10 * times; i++) logger.error('again', { regarding });
        await transport.flush();
      }
      if (times === 3) break;
      now += 120_000;
      assert.deepEqual(
        (await standIn.request('GET', `/api/v1/namespaces/${namespace}/events`)).body.items,
        [],
      );
    }
    const [event, ...rest] = await standIn.events(namespace);
    assert.equal(rest.length, 0);
    assert.equal(event?.count, 3 * (10 + 20 + 30));
  });

  test('a token that was replaced and revoked costs one answer, no count', async (t) => {
    const { standIn, pod, transport, logger, sum } = await createPodLogger(t);
    logger.error('before');
    await transport.flush();
    await standIn.rotateToken(pod, { revokeOld: true });
    logger.error('after');
    await transport.flush();
    assert.equal(await sum(), 2);
    assert.deepEqual(
      standIn.requests.filter(({ status }) => status === 401),
      [],
    );
  });

  test('a token that is not accepted is asked with again, and counts wait for a good one', async (t) => {
    const { standIn, pod, clock, transport, logger, sum, warnings } = await createPodLogger(t);
    standIn.revokeToken(pod.token);
    logger.error('locked out');
    while (!warnings.some(({ code }) => code === 'KEVT_UNAUTHORIZED')) await clock.pass(100);
    await standIn.rotateToken(pod);
    while (transport.stats.pending > 0) await clock.pass(1_000);
    assert.equal(await sum(), 1);
  });
});

test('when a kubeconfig that could not be used can be used, a flush waits for what fails after that', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const gate = await Gate.open(t, standIn);
  let server: string | undefined;
  const kubeConfig = {
    getCurrentCluster: () => (server === undefined ? null : { server }),
    applyToHTTPSOptions: async (options: object) => {
      const headers = { Authorization: `Bearer ${standIn.adminToken}` };
      Object.assign(options, { ca: gate.ca, headers });
    },
  };
  const { clock, transport, logger, warnings, sum } = await createPodLogger(t, { standIn, kubeConfig });
  logger.error('disk full');
  while (warnings.length === 0) await clock.pass(10);
  assert.equal(warnings[0]?.code, 'KEVT_KUBECONFIG');
  server = gate.url;
  let refused = 0;
  standIn.fault(() => (refused++ < 2 ? { status: 401 } : undefined));
  assert.equal(await transport.flush(), true);
  assert.equal(await sum(), 1);
});
