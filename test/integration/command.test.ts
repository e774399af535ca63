import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { COMMAND, inPod, run } from '../command/run.ts';
import type { TestCluster, TestPod } from '../support/cluster.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

const createPod = async (rules?: []): Promise<TestPod> => {
  const namespace = await cluster.createNamespace();
  return cluster.createPod({ namespace, name: 'web-1', ...(rules && { rules }) });
};

async function doctor(pod: TestPod, ...args: string[]) {
  const { status, stdout, stderr } = await inPod(pod, ['doctor', '--json', ...args], { command: COMMAND });
  assert.equal(stderr, '');
  const { ok, checks } = JSON.parse(stdout);
  assert.equal(status, ok ? 0 : 1);
  const statusOf = (name: string, namespace = pod.namespace) =>
    checks.find(
      (check: { name: string; namespace: string | null }) =>
        check.name === name && (check.namespace ?? namespace) === namespace,
    )?.status;
  return { ok, checks, statusOf, stdout };
}

/** The authorizer uses a new role only a moment after its creation. */
async function untilGranted(pod: TestPod, ...wanted: { group: string; resource: string; verb: string }[]) {
  const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
  for (const attributes of wanted) {
    for (let isAllowed = false; !isAllowed; ) {
      const spec = { resourceAttributes: { ...attributes, namespace: pod.namespace } };
      const body = { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec };
      isAllowed = (await cluster.request('POST', path, body, pod.token)).body.status.allowed;
    }
  }
}

test('doctor passes where Events can be written, in both APIs', async () => {
  const pod = await createPod();
  const before = await cluster.events(pod.namespace);
  for (const api of ['v1', 'events.k8s.io/v1']) {
    const { ok, statusOf, stdout } = await doctor(pod, '--api', api);
    assert.equal(ok, true, stdout);
    for (const name of ['cluster', 'credentials', 'token', 'server', 'certificate', 'user', 'pod', 'uid'])
      assert.equal(statusOf(name), 'ok', stdout);
    assert.equal(statusOf('permission'), 'ok', stdout);
    assert.equal(statusOf('write'), 'ok', stdout);
  }
  assert.deepEqual(await cluster.events(pod.namespace), before);
});

test('what rbac prints is what doctor asks for, and makes it pass', async () => {
  const pod = await createPod([]);
  const refused = await doctor(pod, '--workload');
  assert.equal(refused.ok, false);
  assert.equal(refused.statusOf('permission'), 'failed');
  assert.equal(refused.statusOf('write'), 'skipped');
  const { stdout: yaml } = await run([
    ...['rbac', '--namespace', pod.namespace, '--service-account', pod.serviceAccount],
    ...['--lookup', 'pods,replicasets'],
  ]);
  const { fix } = refused.checks.find(({ name }: { name: string }) => name === 'permission');
  assert.ok(fix.includes(yaml), fix);
  for (const document of parseAllDocuments(yaml)) await cluster.apply(document.toJS());
  await untilGranted(
    pod,
    { group: '', resource: 'events', verb: 'create' },
    { group: '', resource: 'events', verb: 'patch' },
    { group: 'apps', resource: 'replicasets', verb: 'get' },
  );
  const { ok, stdout } = await doctor(pod, '--workload');
  assert.equal(ok, true, stdout);
});

test('emit writes an Event that is found by the name which it prints', async () => {
  const pod = await createPod();
  const emit = (message: string) =>
    inPod(pod, ['emit', '--reason', 'BackupFailed', '--json', message], { command: COMMAND });
  const { status, stdout, stderr } = await emit('backup 20261101 failed');
  assert.deepEqual([status, stderr], [0, '']);
  const { name, namespace, count } = JSON.parse(stdout);
  assert.deepEqual([namespace, count], [pod.namespace, 1]);
  assert.equal(JSON.parse((await emit('backup 20261102 failed')).stdout).count, 2);
  const { status: found, body } = await cluster.request(
    'GET',
    `/api/v1/namespaces/${namespace}/events/${name}`,
  );
  assert.equal(found, 200);
  assert.deepEqual([body.reason, body.count, body.involvedObject.uid], ['BackupFailed', 2, pod.uid]);
});

test('all three work with a kubeconfig', async () => {
  const namespace = await cluster.createNamespace();
  const env = { KUBECONFIG: cluster.kubeconfigFile };
  const examined = await run(['doctor', '--namespace', namespace], { command: COMMAND, env });
  assert.equal(examined.status, 0, examined.stdout + examined.stderr);
  const args = [
    'emit',
    '--regarding',
    'deployment/web',
    '-n',
    namespace,
    '--reason',
    'Tested',
    'from outside',
  ];
  const { status, stdout, stderr } = await run(args, { command: COMMAND, env });
  assert.equal(status, 0);
  const [event] = await cluster.events(namespace);
  assert.equal(`${event?.metadata.name}\n`, stdout);
  assert.match(
    stderr,
    /kubectl describe deployment web does not show this Event.*: there is no deployment web/,
  );
});
