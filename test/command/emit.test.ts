import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { setTimeout as passed } from 'node:timers/promises';
import { parseAllDocuments } from 'yaml';
import { EVENTS_RULE, maker, replicated, suspendedCronJob } from '../examples/objects.ts';
import { Gate } from '../fixtures/gate.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import type { PolicyRule, TestPod } from '../support/cluster.ts';
import { COMMAND, inPod, run } from './run.ts';

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

/** A schema of a custom resource that allows everything. */
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
  assert.match(event?.message ?? '', /^tar: write error x+…$/);
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
    assert.equal(status, 0);
    assert.match(
      stderr,
      /^\S+ emit: kubectl describe rollout\.example\.org web does .* --lookup rollouts\.example\.org/,
    );
  }
  const [event, ...others] = await standIn.events(pod.namespace);
  assert.equal(others.length, 0);
  assert.equal(event?.count, 4);
  const { apiVersion, kind, name } = event!.involvedObject;
  assert.deepEqual([apiVersion, kind, name], ['example.org/v1alpha1', 'Rollout', 'web']);

  const unknown: [string, RegExp][] = [
    ['deploymnt/web', /no built-in type "deploymnt", did you mean deployment\?/],
    ['rollout/web', /no built-in type "rollout"; give custom types with their group, such as/],
    ['deployment/Web_', /--regarding: expected the name of a Kubernetes object, a DNS-1123 .* got "Web_"/],
    ['namespace/a.b', /--regarding: expected the name of a namespace, a DNS-1123 label .* got "a\.b"/],
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
  const [pod, able] = [await createPod([]), await createPod()];
  const [forbidden, away, unmounted] = await Promise.all([
    inPod(pod, ['emit', ...REASON, 'x']),
    // As long as a busy machine may take to find out that nobody listens.
    inPod(able, ['emit', ...REASON, '--flush-timeout', '4000', 'x'], {
      env: { KUBERNETES_SERVICE_PORT: '1' },
    }),
    run(['emit', ...REASON, '--service-account-dir', '/nowhere', 'x'], { env: able.env }),
  ]);
  const rbac = `npx winston-kubernetes-events rbac --namespace ${pod.namespace} --service-account ${pod.serviceAccount}`;
  assert.match(
    forbidden.stderr,
    /^winston-kubernetes-events emit: the API server does not allow writing Events: .*\n$/,
  );
  const what =
    'allow it. If rbac has made a Role before, this replaces its rules, so give --workload and --lookup as before';
  assert.ok(forbidden.stderr.endsWith(`; ${what}: ${rbac} | kubectl apply -f -\n`), forbidden.stderr);

  const emit = () => inPod(able, ['emit', ...REASON, '--flush-timeout', '1000', 'x']);
  standIn.fault(() => ({ status: 422, body: { kind: 'Status', message: 'policy \u001b[31mno\u202e' } }));
  const refused = await emit();
  assert.match(refused.stderr, /^.*422 policy no; change what the API server complains about\n$/);
  standIn.fault(() => ({ status: 503 }));
  const down = await emit();
  assert.match(down.stderr, /^.*503 .*; npx winston-kubernetes-events doctor says what is wrong\n$/);
  assert.equal(
    away.stderr,
    'winston-kubernetes-events emit: the connection to the API server fails: connect ECONNREFUSED 127.0.0.1:1; npx winston-kubernetes-events doctor says what is wrong\n',
  );
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
  for (const { status, stdout } of [forbidden, refused, down, away, unmounted, hanging])
    assert.deepEqual([status, stdout], [1, '']);
});

const mayGet = (group: string, resource: string): PolicyRule => ({
  apiGroups: [group],
  resources: [resource],
  verbs: ['get'],
});

/** A pod of a Deployment, and a function that calls `emit` there about an object. */
async function createOwnedPod(rules: PolicyRule[]) {
  const namespace = await standIn.createNamespace();
  const make = maker(standIn, namespace);
  const deployment = await make('apps/v1', 'Deployment', 'web', replicated());
  const owner = await make('apps/v1', 'ReplicaSet', 'web-7d9c5b8f6d', replicated(), deployment);
  const name = 'web-7d9c5b8f6d-x2x7k';
  const pod = await standIn.createPod({ namespace, name, rules, ownerReferences: [owner] });
  const about = async (regarding: string, ...args: string[]) => {
    const { status, stdout, stderr } = await inPod(pod, [
      ...['emit', ...REASON, '--regarding', regarding, ...args, 'backup failed'],
    ]);
    assert.equal(status, 0, stderr);
    const path = `/api/v1/namespaces/${namespace}/events/${stdout.trim()}`;
    const { involvedObject } = (await standIn.request('GET', path)).body ?? {};
    return { kind: involvedObject?.kind, uid: involvedObject?.uid, stderr };
  };
  return { pod, uid: deployment.uid, about, make, namespace };
}

test('--regarding pod and workload, as in the library', async () => {
  const lookups = [mayGet('', 'pods'), mayGet('apps', 'replicasets')];
  const { pod, uid, about } = await createOwnedPod([EVENTS_RULE, ...lookups]);
  assert.deepEqual(await about('pod'), { kind: 'Pod', uid: pod.uid, stderr: '' });
  assert.deepEqual(await about('workload'), { kind: 'Deployment', uid, stderr: '' });
  const { status, stderr } = await run(['emit', ...REASON, '--regarding', 'workload', 'x'], {
    env: { KUBECONFIG: standIn.kubeconfigFile, POD_NAME: 'shell-1' },
  });
  assert.equal(status, 1);
  assert.match(
    stderr,
    /^\S+ emit: which object\? add --regarding TYPE\/NAME, .* this process is not in a pod\. See/,
  );
});

test('a namespace other than that of the pod is refused for an Event about the pod', async () => {
  const pod = await createPod();
  const { namespace } = pod;
  for (const about of [[], ['--regarding', 'pod'], ['--regarding', 'workload']]) {
    const { status, stdout, stderr } = await inPod(pod, ['emit', ...REASON, ...about, '-n', 'nope', 'x']);
    assert.deepEqual([status, stdout], [1, '']);
    assert.match(
      stderr,
      new RegExp(`emit: --namespace: expected ${namespace}, the namespace of this pod, got "nope"; `),
    );
  }
  assert.deepEqual(await standIn.events(namespace), []);
  assert.equal((await inPod(pod, ['emit', ...REASON, '-n', namespace, 'x'])).status, 0);
});

test('a refusal in another namespace says that the namespace may not exist', async () => {
  const pod = await createPod();
  const about = ['--regarding', 'deploy/web', '-n', 'nope'];
  const { status, stderr } = await inPod(pod, ['emit', ...REASON, ...about, 'x']);
  assert.equal(status, 1);
  assert.match(stderr, /403 .* \(it says the same when namespace nope does not exist\); allow it\. .*\n$/);
});

test('an Event that is not about the workload says so, with what it takes', async () => {
  const { pod, about, namespace } = await createOwnedPod([EVENTS_RULE, mayGet('', 'pods')]);
  const { kind, uid, stderr } = await about('workload');
  assert.deepEqual([kind, uid], ['Pod', pod.uid]);
  assert.match(
    stderr,
    /^\S+ emit: this Event is about pod web-7d9c5b8f6d-x2x7k, not about what owns it: replicasets .*403.*\n$/,
  );
  const call = `rbac --namespace ${namespace} --service-account ${pod.serviceAccount} --lookup pods,replicasets |`;
  assert.ok(stderr.includes(call), stderr);
});

test('an Event that kubectl describe does not show says so on standard error, why, and the rule to add', async () => {
  const { pod, about, make, namespace } = await createOwnedPod([EVENTS_RULE]);
  await make('batch/v1', 'CronJob', 'backup', suspendedCronJob);
  const hidden = await about('cronjob/backup');
  assert.equal(hidden.uid, undefined);
  const start = 'winston-kubernetes-events emit: kubectl describe cronjob backup does not show this Event';
  const rule = '{apiGroups: ["batch"], resources: ["cronjobs"], verbs: ["get"]}';
  const call = `npx winston-kubernetes-events rbac --namespace ${namespace} --service-account ${pod.serviceAccount} --lookup cronjobs`;
  assert.equal(
    hidden.stderr,
    `${start}, because it has no uid: cronjobs may not be looked up in namespace ${namespace} (403). ` +
      `Add to the Role: ${rule}, or replace it, with --workload and --lookup as before: ${call} | kubectl apply -f -\n`,
  );
  // The command that it shows is enough.
  const { stdout: yaml } = await run(call.split(' ').slice(2));
  for (const document of parseAllDocuments(yaml)) await standIn.apply(document.toJS());
  const { uid, stderr } = await about('cronjob/backup');
  assert.ok(uid);
  assert.equal(stderr, '');
  const missing = await about('cronjob/restore');
  const because = `because it has no uid: there is no cronjob restore in namespace ${namespace}`;
  assert.equal(missing.stderr, `${start.replace('backup', 'restore')}, ${because}\n`);
});

test('it waits longer for a uid than an application does', async (t) => {
  const { pod, uid, about } = await createOwnedPod([EVENTS_RULE, mayGet('apps', 'deployments')]);
  const gate = await Gate.open(t, standIn);
  gate.hook = ({ method }) => (method === 'GET' ? passed(700) : undefined);
  const { hostname, port } = new URL(gate.url);
  Object.assign(pod.env, { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port });
  await writeFile(join(pod.serviceAccountDir, 'ca.crt'), gate.ca);
  assert.deepEqual(await about('deployment/web'), { kind: 'Deployment', uid, stderr: '' });
  assert.ok(gate.lookups.length > 0);
});

test('the names of roles may have more characters', async () => {
  const { about } = await createOwnedPod([EVENTS_RULE]);
  assert.equal((await about('role/system:Reader')).kind, 'Role');
});

test('kinds for which kubectl describe shows no Events, or looks for them elsewhere', async () => {
  const { about, namespace } = await createOwnedPod([EVENTS_RULE]);
  const { stderr } = await about('secret/settings');
  assert.match(
    stderr,
    new RegExp(`about a Secret; use kubectl events --namespace ${namespace} --for secret/settings\n$`),
  );
  const args = ['emit', ...REASON, '--regarding', 'node/node-a', '-n', namespace, 'x'];
  const elsewhere = await run(args, { env: { KUBECONFIG: standIn.kubeconfigFile } });
  assert.equal(elsewhere.status, 0);
  assert.match(elsewhere.stderr, /looks for Events about a Node in no namespace; leave out --namespace\n$/);
});

test('on a laptop, variables of the shell are not in the Event', async () => {
  const namespace = await standIn.createNamespace();
  const args = ['emit', ...REASON, '--regarding', 'deploy/web', '-n', namespace, 'x'];
  const shell = { POD_NAME: 'shell-1', NODE_NAME: 'shell-node', CONTAINER_NAME: 'shell-container' };
  const { status } = await run(args, { env: { KUBECONFIG: standIn.kubeconfigFile, ...shell } });
  assert.equal(status, 0);
  assert.doesNotMatch(JSON.stringify(await standIn.events(namespace)), /shell/);
});

test('it ends with what it says: a request that hangs, which gets three seconds, is not waited for', async () => {
  const { env, serviceAccountDir } = await createPod();
  standIn.fault(() => ({ hang: true }));
  const child = spawn(
    process.execPath,
    [COMMAND, 'emit', ...REASON, '--flush-timeout', '100', '--service-account-dir', serviceAccountDir, 'x'],
    { env: { PATH: process.env.PATH, ...env } },
  );
  await once(child.stderr, 'data');
  const saidAt = performance.now();
  await once(child, 'exit');
  assert.ok(performance.now() - saidAt < 2_000);
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
