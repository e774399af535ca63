import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { replicated } from '../examples/objects.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import type { PolicyRule, TestPod } from '../support/cluster.ts';
import { inPod, run } from './run.ts';

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
afterEach(() => standIn.fault());
after(() => standIn.close());

async function createPod(rules?: PolicyRule[]): Promise<TestPod> {
  const namespace = await standIn.createNamespace();
  return standIn.createPod({ namespace, name: 'backup-1', ...(rules && { rules }) });
}

/** The schema of a custom resource that takes everything. */
const ANY = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
const REASON = ['--reason', 'BackupFailed'];

test('it writes one Event about the pod and prints its name', async () => {
  const pod = await createPod();
  const { status, stdout, stderr } = await inPod(pod, ['emit', ...REASON, 'no space left, password=secret']);
  assert.deepEqual([status, stderr], [0, '']);
  const [event, ...others] = await standIn.events(pod.namespace);
  assert.equal(others.length, 0);
  assert.equal(stdout, `${event?.metadata.name}\n`);
  const { involvedObject, type, reason, action, message, count, source } = event!;
  assert.deepEqual(involvedObject, {
    apiVersion: 'v1',
    kind: 'Pod',
    name: pod.name,
    namespace: pod.namespace,
    uid: pod.uid,
  });
  assert.deepEqual(
    { type, reason, action, count, component: source.component },
    { type: 'Warning', reason: 'BackupFailed', action: 'Logged', count: 1, component: 'backup' },
  );
  assert.match(message ?? '', /^no space left, password=/);
  assert.doesNotMatch(message ?? '', /secret/);
});

test('everything that an Event says can be said', async () => {
  const pod = await createPod();
  const deployment = await standIn.apply({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: pod.namespace },
    spec: replicated(),
  });
  const { uid } = deployment.metadata;
  const { status, stdout } = await run(
    [
      ...['emit', '--regarding', 'deploy/web', '-n', pod.namespace, '--type', 'Normal', ...REASON],
      ...['--action', 'Restart', '--related', 'configmap/settings', '--component', 'cron', '--json'],
      ...['--annotation', 'example.com/run=a=b', '--annotation', 'step=2', 'restarted'],
    ],
    { env: { KUBECONFIG: standIn.kubeconfigFile } },
  );
  assert.equal(status, 0);
  const [event] = await standIn.events(pod.namespace);
  const { name, namespace, annotations } = event!.metadata;
  assert.deepEqual(JSON.parse(stdout), { name, namespace, count: 1 });
  const { involvedObject, related, type, action, reportingComponent } = event!;
  assert.deepEqual(involvedObject, {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    name: 'web',
    namespace,
    uid,
  });
  assert.deepEqual(related, { apiVersion: 'v1', kind: 'ConfigMap', name: 'settings', namespace });
  assert.deepEqual([type, action, reportingComponent], ['Normal', 'Restart', 'cron']);
  assert.deepEqual([annotations?.['example.com/run'], annotations?.['step']], ['a=b', '2']);
});

test('the same problem again is the same Event with a higher count', async () => {
  const pod = await createPod();
  const first = await inPod(pod, ['emit', ...REASON, '--json', 'backup 20261101 failed']);
  const second = await inPod(pod, ['emit', ...REASON, '--json', 'backup 20261102 failed']);
  const other = await inPod(pod, [
    'emit',
    ...REASON,
    '--json',
    '--event-key',
    'mine',
    'backup 20261103 failed',
  ]);
  const again = await inPod(pod, ['emit', ...REASON, '--json', '--event-key', 'mine', 'something else']);
  const [one, two, three, four] = [first, second, other, again].map(({ stdout }) => JSON.parse(stdout));
  assert.deepEqual([one.count, two.count, three.count, four.count], [1, 2, 1, 2]);
  assert.equal(one.name, two.name);
  assert.notEqual(one.name, three.name);
  assert.equal(three.name, four.name);
});

test('the message can come from standard input, whose end is read', async () => {
  const pod = await createPod();
  const input = `tar: write error\n${'x'.repeat(5_000_000)}\n`;
  for (const args of [['-'], []]) {
    const { status } = await inPod(pod, ['emit', ...REASON, ...args], { input });
    assert.equal(status, 0);
  }
  const [event] = await standIn.events(pod.namespace);
  assert.equal(event?.count, 2);
  assert.match(event?.message ?? '', /^tar: write error\nx+…$/);
  const { status, stderr } = await inPod(pod, ['emit', ...REASON], { input: '\n' });
  assert.equal(status, 1);
  assert.match(stderr, /which message\?/);
});

test('a type of its own is found with its group', async () => {
  const pod = await createPod();
  await standIn.apply({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'rollouts.example.org' },
    spec: {
      group: 'example.org',
      scope: 'Namespaced',
      names: { kind: 'Rollout', plural: 'rollouts', shortNames: ['ro'] },
      versions: [{ name: 'v1alpha1', served: true, storage: true, schema: ANY }],
    },
  });
  for (const type of ['rollout', 'rollouts', 'Rollout', 'ro']) {
    const { status, stderr } = await inPod(pod, [
      'emit',
      ...REASON,
      '--regarding',
      `${type}.example.org/web`,
      'x',
    ]);
    assert.deepEqual([status, stderr], [0, '']);
  }
  const [event, ...others] = await standIn.events(pod.namespace);
  assert.equal(others.length, 0);
  assert.equal(event?.count, 4);
  const { apiVersion, kind, name } = event!.involvedObject;
  assert.deepEqual([apiVersion, kind, name], ['example.org/v1alpha1', 'Rollout', 'web']);

  const unknown: [string, RegExp][] = [
    ['deploymint/web', /no built-in type "deploymint"; types of your own are given with their group/],
    ['web', /expected TYPE\/NAME, such as deployment\/web, or TYPE\.GROUP\/NAME .*"web"/],
    ['rollout..example/web', /expected TYPE\/NAME, .*"rollout\.\.example\/web"/],
    ['rollout.example.com/web', /has no group "example\.com"/],
    ['rollback.example.org/web', /example\.org\/v1alpha1 has no type "rollback"/],
  ];
  for (const [regarding, expected] of unknown) {
    const { status, stderr } = await inPod(pod, ['emit', ...REASON, '--regarding', regarding, 'x']);
    assert.equal(status, 1);
    assert.match(stderr, expected);
    assert.match(stderr, /^.*\n$/);
  }
});

test('events.k8s.io/v1 is written when it is asked for', async () => {
  const pod = await createPod([
    { apiGroups: ['events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
  ]);
  const { status, stderr } = await inPod(pod, ['emit', ...REASON, '--api', 'events.k8s.io/v1', 'x']);
  assert.deepEqual([status, stderr], [0, '']);
  const [event] = await standIn.events(pod.namespace);
  assert.ok(event?.eventTime);
});

test('what is not delivered is one line with the reason and what to do, and status 1', async () => {
  const pod = await createPod([]);
  const forbidden = await inPod(pod, ['emit', ...REASON, 'x']);
  assert.deepEqual([forbidden.status, forbidden.stdout], [1, '']);
  const rbac = `npx winston-kubernetes-events rbac --namespace ${pod.namespace} --service-account ${pod.serviceAccount}`;
  assert.match(
    forbidden.stderr,
    /^winston-kubernetes-events emit: the API server forbids to write Events: .*\n$/,
  );
  assert.ok(forbidden.stderr.endsWith(`; allow it: ${rbac} | kubectl apply -f -\n`), forbidden.stderr);

  const able = await createPod();
  const emit = () => inPod(able, ['emit', ...REASON, '--flush-timeout', '1000', 'x']);
  standIn.fault(() => ({ status: 422, body: { kind: 'Status', message: 'policy \u001b[31mno\u202e' } }));
  const refused = await emit();
  assert.match(refused.stderr, /^.*422 policy no; change what the API server complains about\n$/);
  standIn.fault(() => ({ status: 503 }));
  const down = await emit();
  assert.match(down.stderr, /^.*503 .*; npx winston-kubernetes-events doctor says what is wrong\n$/);
  const env = { KUBERNETES_SERVICE_PORT: '1' };
  const away = await inPod(able, ['emit', ...REASON, '--flush-timeout', '500', 'x'], { env });
  assert.equal(
    away.stderr,
    'winston-kubernetes-events emit: the connection to the API server fails: connect ECONNREFUSED 127.0.0.1:1; npx winston-kubernetes-events doctor says what is wrong\n',
  );
  const unmounted = await run(['emit', ...REASON, '--service-account-dir', '/nowhere', 'x'], {
    env: able.env,
  });
  assert.match(
    unmounted.stderr,
    /^\S+ emit: the service account credentials cannot be read: ENOENT[^;]*'; mount the service account token into the pod, or add --service-account-dir DIR; npx \S+ doctor says what is wrong\n$/,
  );
  standIn.fault(() => ({ hang: true }));
  const hanging = await emit();
  assert.match(
    hanging.stderr,
    /^.*did not answer in time; npx winston-kubernetes-events doctor says what is wrong\n$/,
  );
  for (const { status, stdout } of [refused, down, away, unmounted, hanging])
    assert.deepEqual([status, stdout], [1, '']);
});

test('it is never silent', async () => {
  const pod = await createPod();
  for (const choice of ['silent', 'console']) {
    const { status, stdout, stderr } = await inPod(pod, ['emit', ...REASON, 'x'], {
      env: { KUBERNETES_EVENTS: choice },
    });
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(
      stderr,
      new RegExp(`^.*KUBERNETES_EVENTS=${choice} keeps Events from the API server: unset it.*\n$`),
    );
  }
  const outside = await run(['emit', ...REASON, 'x'], { env: { KUBECONFIG: standIn.kubeconfigFile } });
  assert.equal(outside.status, 1);
  assert.match(outside.stderr, /which object\? add --regarding TYPE\/NAME/);
});
