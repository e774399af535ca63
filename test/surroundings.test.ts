import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import {
  EventRecorder,
  type EventRecorderOptions,
  type KubernetesEventsError,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { startStandIn } from './stand-in/stand-in.ts';

const API_SERVER = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A folder as the kubelet mounts it, with a token that claims this. */
function mount(t: TestContext, claims: object): string {
  const folder = mkdtempSync(join(tmpdir(), 'surroundings-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'token'), `${encode({ alg: 'RS256' })}.${encode(claims)}.signature`);
  writeFileSync(join(folder, 'namespace'), 'shop');
  return folder;
}

/** The diagnostics of a recorder with these options in this environment. */
async function told(options: EventRecorderOptions, env: NodeJS.ProcessEnv) {
  const recorder = new EventRecorder({ flushTimeout: 0, ...options }, { env });
  const errors: KubernetesEventsError[] = [];
  recorder.on('warn', (error) => errors.push(error));
  recorder.warning(undefined, 'Failed', 'disk full');
  await recorder.flush();
  return { errors, isSilent: recorder.isSilent };
}

test('a part of what a pod has is one diagnostic, and silence', async (t) => {
  const serviceAccountDir = mount(t, {});
  const host = 'KUBERNETES_SERVICE_HOST';
  const port = 'KUBERNETES_SERVICE_PORT';
  for (const [options, env, what] of [
    [
      { serviceAccountDir },
      {},
      `serviceAccountDir is ${serviceAccountDir}, but ${host} and ${port} are not set`,
    ],
    [{}, { [host]: '10.0.0.1' }, `${host} is set, but ${port} is not set`],
    [{ serviceAccountDir }, { [port]: '443', [host]: '' }, `${port} is set, but ${host} is not set`],
  ] as const) {
    const { errors, isSilent } = await told(options, env);
    assert.deepEqual(
      errors.map(({ code, detail }) => [code, detail]),
      [['KEVT_NOT_IN_CLUSTER', `${what}, so Events go nowhere`]],
    );
    assert.match(errors[0]!.fix, /Pass both on .*local: 'silent'/);
    assert.equal(isSilent, true);
  }
});

test('a mounted token without an API server is a process warning', (t) => {
  const script = `import { EventRecorder } from 'winston-kubernetes-events'; new EventRecorder();`;
  const mounted = new URL('./examples/mount.mjs', import.meta.url).href;
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', mounted, '--input-type=module', '--eval', script],
    {
      cwd: import.meta.dirname,
      env: { PATH: process.env['PATH'], SERVICE_ACCOUNT_DIR: mount(t, {}) },
      encoding: 'utf8',
    },
  );
  assert.match(
    stderr,
    /\[KEVT_NOT_IN_CLUSTER\] .*there is a token in \/var\/run\/secrets\/kubernetes\.io\/serviceaccount, but KUBERNETES_SERVICE_HOST/,
  );
});

test('no diagnostic if the destination is set, or if nothing looks like a pod', async (t) => {
  const serviceAccountDir = mount(t, {});
  for (const [options, env] of [
    [{}, {}],
    [{ serviceAccountDir, local: 'silent' }, {}],
    [{ serviceAccountDir, local: new MemorySink() }, {}],
    [{ serviceAccountDir }, { KUBERNETES_EVENTS: 'silent' }],
  ] as const)
    assert.deepEqual((await told(options, env)).errors, []);
});

test('a token that is bound to no pod is one diagnostic: which Pod Events are about, and what to set', async (t) => {
  const account = { namespace: 'shop', serviceaccount: { name: 'web', uid: 's' } };
  const serviceAccountDir = mount(t, { 'kubernetes.io': account });
  const { errors } = await told({ serviceAccountDir }, API_SERVER);
  const about = errors.filter(({ code }) => code === 'KEVT_UNKNOWN_POD');
  assert.deepEqual(
    about.map(({ detail }) => detail),
    [
      `neither the environment nor the token names the pod. Events are about Pod ${hostname()} in namespace shop, because that is the name of this host. In the network of the node, it is the name of the node`,
    ],
  );
  assert.match(about[0]!.fix, /POD_NAME, POD_NAMESPACE and POD_UID/);
});

test('a pod whose name is known, or whose token cannot be read, is no unknown pod', async (t) => {
  const bound = mount(t, { 'kubernetes.io': { namespace: 'shop', pod: { name: 'web-1', uid: 'u' } } });
  const unbound = mount(t, {});
  for (const [serviceAccountDir, env] of [
    [bound, {}],
    [unbound, { POD_NAME: 'web-1' }],
    [join(unbound, 'nothing'), {}],
  ] as const) {
    const { errors } = await told({ serviceAccountDir }, { ...API_SERVER, ...env });
    assert.deepEqual(
      errors.filter(({ code }) => code === 'KEVT_UNKNOWN_POD'),
      [],
    );
  }
});

test('on the host network Events are written about a Pod with the name of the node, and that is said', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const pod = await standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-1' });
  const path = `/api/v1/namespaces/${pod.namespace}/serviceaccounts/${pod.serviceAccount}/token`;
  const { body } = await standIn.request('POST', path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 3_600 },
  });
  writeFileSync(join(pod.serviceAccountDir, 'token'), body.status.token);
  const { serviceAccountDir, namespace } = pod;
  const { errors } = await told({ serviceAccountDir, flushTimeout: 5_000 }, pod.env);
  assert.deepEqual(
    errors.map(({ code }) => code),
    ['KEVT_UNKNOWN_POD'],
  );
  assert.deepEqual(
    (await standIn.events(namespace)).map(({ involvedObject, count }) => [involvedObject, count]),
    [[{ apiVersion: 'v1', kind: 'Pod', name: hostname(), namespace }, 1]],
  );
});
