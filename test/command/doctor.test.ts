import assert from 'node:assert/strict';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createHttpsServer, request as httpsRequest } from 'node:https';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { generate } from 'selfsigned';
import { parseAllDocuments } from 'yaml';
import { DIAGNOSTICS } from '../../src/diagnostics.ts';
import { EVENTS_RULE, maker, replicated } from '../examples/objects.ts';
import { otherCertificates } from '../stand-in/certificates.ts';
import type { Fault } from '../stand-in/faults.ts';
import { writeProjected } from '../stand-in/service-account-dir.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import type { PolicyRule, TestPod } from '../support/cluster.ts';
import { COMMAND, inPod, type Run, run } from './run.ts';

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.close());

interface Check {
  name: string;
  status: string;
  value: string;
  source: string | null;
  detail: string | null;
  fix: string | null;
  namespace: string | null;
}

/** The report as data, and its checks by name. If several checks have the same name, the first one counts. */
function read({ status, stdout, stderr }: Run) {
  assert.equal(stderr, '');
  const report: { ok: boolean; identity: Record<string, unknown>; checks: Check[] } = JSON.parse(stdout);
  assert.equal(status, report.ok ? 0 : 1);
  const of = (name: string, namespace?: string): Check => {
    const found = report.checks.find(
      (check) => check.name === name && (namespace === undefined || check.namespace === namespace),
    );
    assert.ok(found, `${name} of ${stdout}`);
    return found;
  };
  const statuses = Object.fromEntries(report.checks.map(({ name }) => [name, of(name).status]));
  return { ...report, of, statuses };
}

async function createPod(rules?: PolicyRule[]): Promise<TestPod> {
  const namespace = await standIn.createNamespace();
  return standIn.createPod({ namespace, name: 'web-1', ...(rules && { rules }) });
}

const examine = async (pod: TestPod, args: string[] = [], env = {}) =>
  read(await inPod(pod, ['doctor', '--json', ...args], { env }));

/** Writes a kubeconfig for the stand-in, and returns its path. */
async function configure(t: TestContext, change: (config: ReturnType<typeof JSON.parse>) => void) {
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const config = JSON.parse(standIn.kubeconfig());
  change(config);
  const file = join(folder, 'kubeconfig');
  await writeFile(file, JSON.stringify(config));
  return file;
}

const SKIPPED = { user: 'skipped', permission: 'skipped', write: 'skipped' };

test('in a pod that may write all is well, and nothing is written', async () => {
  const pod = await createPod();
  const report = await examine(pod);
  assert.equal(report.ok, true);
  const { uid, namespace } = pod;
  assert.deepEqual(report.statuses, {
    cluster: 'ok',
    credentials: 'ok',
    server: 'ok',
    certificate: 'ok',
    user: 'ok',
    token: 'ok',
    pod: 'ok',
    namespace: 'ok',
    uid: 'ok',
    node: 'ok',
    component: 'ok',
    permission: 'ok',
    write: 'ok',
  });
  assert.equal(report.of('user').value, `system:serviceaccount:${namespace}:${pod.serviceAccount}`);
  assert.match(report.of('token').value, /^bound to pod web-1, expires at .*Z, in 59 min$/);
  assert.deepEqual([report.of('uid').value, report.of('uid').source], [uid, 'token']);
  assert.match(report.of('permission').source ?? '', /RoleBinding/);
  // Nothing is asked about other namespaces. In `default`, only Events about cluster-scoped objects would be written.
  const namespaces = new Set(report.checks.map((check) => check.namespace));
  assert.deepEqual(namespaces, new Set([null, namespace]));
  assert.deepEqual(await standIn.events(namespace), []);
});

test('the data has the same form for every check', async () => {
  const pod = await createPod([]);
  const { checks, identity } = await examine(pod);
  for (const check of checks) {
    const { name, status, value, ...texts } = check;
    assert.deepEqual(Object.keys(texts), ['source', 'detail', 'fix', 'namespace']);
    for (const text of [name, value]) assert.ok(typeof text === 'string' && text !== '');
    assert.ok(['ok', 'failed', 'note', 'skipped'].includes(status));
    for (const text of Object.values(texts)) assert.ok(text === null || typeof text === 'string');
    if (status === 'failed') assert.ok(check.fix, name);
  }
  const { name, namespace, uid, sources } = identity;
  assert.deepEqual([name, namespace, uid], [pod.name, pod.namespace, pod.uid]);
  assert.deepEqual(sources, {
    name: 'token',
    namespace: 'token',
    uid: 'token',
    nodeName: 'token',
    serviceAccountName: 'token',
    component: 'pod name',
  });
});

test('as text it is one line for each check, with what to paste under a failed one', async () => {
  const pod = await createPod([]);
  const { status, stdout, stderr } = await inPod(pod, ['doctor']);
  assert.deepEqual([status, stderr], [1, '']);
  const marks = [...stdout.matchAll(/^([✓✗•]) (\w+) /gmu)].map(([, mark, name]) => `${mark} ${name}`);
  assert.deepEqual(marks, [
    '✓ cluster',
    '✓ credentials',
    '✓ server',
    '✓ certificate',
    '✓ user',
    '✓ token',
    '✓ pod',
    '✓ namespace',
    '✓ uid',
    '✓ node',
    '✓ component',
    '✗ permission',
    '• write',
  ]);
  assert.ok(!stdout.includes('\u001b'));
  assert.match(stdout, /Events cannot be written: 1 check failed\.\n$/);
  const { stdout: yaml } = await inPod(pod, ['rbac']);
  assert.ok(stdout.includes(`\nkubectl apply -f - <<'EOF'\n${yaml}EOF\n`), stdout);
});

test('colours are for terminals, and not where NO_COLOR is set', async () => {
  const terminal = 'data:text/javascript,process.stdout.isTTY=true';
  const coloured = async (env: Record<string, string>) => {
    const { stdout } = await run(['doctor'], {
      command: COMMAND,
      env: { NODE_OPTIONS: `--import ${terminal}`, ...env },
    });
    return stdout.includes('\u001b[31m✗\u001b[39m');
  };
  assert.equal(await coloured({}), true);
  assert.equal(await coloured({ NO_COLOR: '1' }), false);
  assert.equal(await coloured({ TERM: 'dumb' }), false);
  const piped = await run(['doctor'], { env: { FORCE_COLOR: '1' } });
  assert.ok(piped.stdout.includes('\u001b[31m✗\u001b[39m'), piped.stdout);
});

test('a missing verb is named', async () => {
  const pod = await createPod([{ apiGroups: [''], resources: ['events'], verbs: ['create'] }]);
  const report = await examine(pod);
  assert.equal(report.ok, false);
  assert.equal(report.of('permission').value, `may not patch events in namespace ${pod.namespace}`);
  assert.equal(report.statuses['write'], 'skipped');
});

test('the permission is that for the API that is used', async () => {
  const pod = await createPod([{ apiGroups: [''], resources: ['events'], verbs: ['create', 'patch'] }]);
  assert.equal((await examine(pod)).ok, true);
  const report = await examine(pod, ['--api', 'events.k8s.io/v1']);
  assert.equal(report.ok, false);
  assert.match(report.of('permission').value, /neither create nor patch events\.events\.k8s\.io/);
  const both = await createPod();
  assert.equal((await examine(both, ['--api', 'events.k8s.io/v1'])).ok, true);
});

test('other namespaces are demanded when they are named', async () => {
  const pod = await createPod();
  const other = await standIn.createNamespace();
  const report = await examine(pod, ['--namespace', other]);
  assert.equal(report.ok, false);
  assert.equal(report.of('permission', pod.namespace).status, 'ok');
  assert.equal(report.of('write', pod.namespace).status, 'ok');
  assert.equal(report.of('permission', other).status, 'failed');
  assert.match(
    report.of('permission', other).fix ?? '',
    new RegExp(`namespace: ${other}[\\s\\S]*namespace: ${pod.namespace}`),
  );
  assert.equal(report.of('write', other).status, 'skipped');
});

const mayGet = (group: string, resource: string): PolicyRule => ({
  apiGroups: [group],
  resources: [resource],
  verbs: ['get'],
});
const PODS = mayGet('', 'pods');

/** A pod of a ReplicaSet of a Deployment. Without `name`, it has a name as its controller would give it. */
async function createOwnedPod(rules: PolicyRule[], name = 'web-7d9c5b8f6d-x2x7k') {
  const namespace = await standIn.createNamespace();
  const make = maker(standIn, namespace);
  const deployment = await make('apps/v1', 'Deployment', 'web', replicated());
  const owner = await make('apps/v1', 'ReplicaSet', 'web-7d9c5b8f6d', replicated(), deployment);
  return standIn.createPod({ namespace, name, rules, ownerReferences: [owner] });
}

test('--workload looks the workload up, and asks for what that takes: in a pod of a Deployment no jobs', async () => {
  const pod = await createOwnedPod([EVENTS_RULE, PODS, mayGet('apps', 'replicasets')]);
  const report = await examine(pod, ['--workload']);
  assert.equal(report.ok, true);
  assert.equal(report.of('workload').value, 'Deployment web');
  // Without --workload, nothing is looked up.
  const { checks } = await examine(pod);
  assert.ok(!checks.some(({ name }) => name === 'workload'));

  const half = await createOwnedPod([EVENTS_RULE, PODS]);
  const { ok, of } = await examine(half, ['--workload']);
  assert.equal(ok, false);
  assert.equal(of('workload').value, `may not get replicasets in namespace ${half.namespace}`);
  assert.match(
    of('workload').detail ?? '',
    /^get replicasets web-7d9c5b8f6d: 403; .* about Pod web-7d9c5b8f6d-x2x7k/,
  );
  assert.equal(of('write').status, 'ok');
});

test('the Role that --workload asks for makes it pass, and allows no more than it takes', async () => {
  const other = await standIn.createNamespace();
  for (const rules of [[], [EVENTS_RULE], [EVENTS_RULE, PODS]]) {
    const pod = await createOwnedPod(rules);
    const report = await examine(pod, ['--workload', '--namespace', other]);
    assert.equal(report.ok, false);
    const failed = report.checks.filter(
      ({ status, namespace, fix }) =>
        status === 'failed' && namespace === pod.namespace && fix?.includes('EOF'),
    );
    assert.equal(failed.length, 1, 'the Role is printed once');
    assert.doesNotMatch(failed[0]?.fix ?? '', /jobs/);
    // Nothing is looked up in other namespaces, so only the permission for Events is needed there.
    assert.match(report.of('permission', other).fix ?? '', /resources: \["events"\]/);
    assert.doesNotMatch(report.of('permission', other).fix ?? '', /replicasets/);
    for (const document of parseAllDocuments(pasted(failed[0]?.fix))) await standIn.apply(document.toJS());
    assert.equal((await examine(pod, ['--workload'])).ok, true);
  }
});

/** The manifests that a shell would pass to kubectl. */
function pasted(fix: string | null | undefined): string {
  const [, yaml] = /^kubectl apply -f - <<'EOF'\n([\s\S]*)EOF\n$/.exec(fix ?? '') ?? [];
  assert.ok(yaml, String(fix));
  return yaml;
}

test('if a pod may not be read, its name shows which permissions are needed', async () => {
  const ofCronJob = await createOwnedPod([EVENTS_RULE], 'backup-29400123-x2x7k');
  const { fix } = (await examine(ofCronJob, ['--workload'])).of('workload');
  assert.match(fix ?? '', /"pods"[\s\S]*"jobs"/);
  assert.doesNotMatch(fix ?? '', /replicasets/);
});

test('a pod without an owner is its own workload', async () => {
  const report = await examine(await createPod([EVENTS_RULE, PODS]), ['--workload']);
  assert.deepEqual([report.ok, report.of('workload').value], [true, 'none: nothing owns pod web-1']);
});

test('a lookup that the server fails to answer is no missing permission', async (t) => {
  const pod = await createOwnedPod([EVENTS_RULE, PODS]);
  const { ca, cert, key } = await otherCertificates();
  const proxy = createHttpsServer({ cert, key }, (request, response) => {
    const { method, url = '', headers } = request;
    if (url.includes('/pods/')) return response.writeHead(500).end('no quorum');
    const forwarded = httpsRequest(`${standIn.url}${url}`, { method, headers, ca: standIn.ca, agent: false });
    forwarded.on('response', (answer) => {
      response.writeHead(answer.statusCode ?? 0, answer.headers);
      answer.pipe(response);
    });
    request.pipe(forwarded);
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => proxy.close());
  await writeProjected(pod.serviceAccountDir, { token: pod.token, 'ca.crt': ca, namespace: pod.namespace });
  const { port } = proxy.address() as AddressInfo;
  const report = await examine(pod, ['--workload'], { KUBERNETES_SERVICE_PORT: String(port) });
  assert.deepEqual([report.ok, report.of('write').status], [false, 'ok']);
  assert.match(report.of('workload').detail ?? '', /500 no quorum/);
  assert.equal(report.of('workload').fix, DIAGNOSTICS.KEVT_SERVER_ERROR.fix);
});

test('--lookup demands that the objects which records are about can be looked up', async () => {
  const pod = await createPod([EVENTS_RULE, mayGet('apps', 'deployments')]);
  assert.equal((await examine(pod, ['--lookup', 'deployments'])).of('lookup').status, 'ok');
  const args = ['--lookup', 'deployments,cronjobs,rollouts.argoproj.io'];
  const report = await examine(pod, args);
  assert.equal(report.ok, false);
  assert.equal(report.of('lookup').value, `may not get cronjobs, rollouts in namespace ${pod.namespace}`);
  for (const document of parseAllDocuments(pasted(report.of('lookup').fix)))
    await standIn.apply(document.toJS());
  assert.equal((await examine(pod, args)).ok, true);
  const ofCluster = await examine(pod, ['--lookup', 'nodes']);
  for (const document of parseAllDocuments(pasted(ofCluster.of('lookup').fix)))
    await standIn.apply(document.toJS());
  assert.equal((await examine(pod, ['--lookup', 'nodes'])).ok, true);
});

test('lines to paste are shown once, whichever checks they are for', async () => {
  const pod = await createOwnedPod([EVENTS_RULE]);
  const args = ['--workload', '--lookup', 'deployments'];
  const { stdout } = await inPod(pod, ['doctor', ...args]);
  assert.equal(stdout.split('kind: RoleBinding').length, 2, stdout);
  const report = await examine(pod, args);
  assert.deepEqual([report.of('workload').status, report.of('lookup').status], ['failed', 'failed']);
  assert.equal(report.of('lookup').fix, 'apply the lines above, which fix this too');
  for (const document of parseAllDocuments(pasted(report.of('workload').fix)))
    await standIn.apply(document.toJS());
  assert.equal((await examine(pod, args)).ok, true);
});

test('a uid that nothing in the pod says is looked up, and it is told when that is in vain', async () => {
  const pod = await createPod([EVENTS_RULE, PODS]);
  const unbound = async ({ namespace, serviceAccount, serviceAccountDir }: TestPod) => {
    const token = standIn.createToken(namespace, serviceAccount);
    await writeProjected(serviceAccountDir, { token, 'ca.crt': standIn.ca, namespace });
  };
  await unbound(pod);
  const env = { POD_NAME: pod.name };
  const { of } = await examine(pod, [], env);
  assert.deepEqual([of('uid').value, of('uid').source], [pod.uid, 'looked up']);
  const blind = await createPod();
  await unbound(blind);
  const report = await examine(blind, [], env);
  assert.deepEqual([report.ok, report.of('uid').status], [true, 'note']);
  assert.match(
    report.of('uid').detail ?? '',
    /^without it, kubectl describe pod does not show the Events; get pods web-1: 403$/,
  );
  assert.match(report.of('uid').fix ?? '', /POD_UID/);
});

test('a variable that says another pod or namespace than the token is a failure', async () => {
  const pod = await createPod();
  const { namespace } = pod;
  const other = await examine(pod, [], { K8S_POD_NAME: 'other' });
  assert.deepEqual(
    [other.ok, other.of('pod').status, other.of('pod').value, other.of('pod').source],
    [false, 'failed', 'K8S_POD_NAME says other, the token says web-1', 'environment'],
  );
  assert.equal(other.of('pod').fix, 'correct or remove K8S_POD_NAME');
  // The variable is set already.
  assert.equal(other.of('uid').fix, null);
  const elsewhere = await examine(pod, ['--workload'], { POD_NAMESPACE: 'sales' });
  assert.deepEqual(
    [elsewhere.ok, elsewhere.of('namespace').status, elsewhere.of('namespace').value],
    [false, 'failed', `POD_NAMESPACE says sales, the token says ${namespace}`],
  );
  assert.equal(elsewhere.of('namespace').fix, 'correct or remove POD_NAMESPACE');
  const same = await examine(pod, [], { POD_NAME: 'web-1', POD_NAMESPACE: namespace });
  assert.deepEqual([same.ok, same.of('pod').source], [true, 'environment']);
  // A token that is bound to no pod may be for another namespace.
  const token = standIn.createToken(namespace, pod.serviceAccount);
  await writeProjected(pod.serviceAccountDir, { token, 'ca.crt': standIn.ca, namespace });
  const unbound = await examine(pod, [], { POD_NAME: 'other', POD_NAMESPACE: 'sales' });
  assert.deepEqual([unbound.of('pod').status, unbound.of('namespace').status], ['ok', 'ok']);
});

test('a namespace that does not exist is told as such, where the API server says so', async () => {
  const file = standIn.kubeconfigFile;
  const ofAdmin = read(await run(['doctor', '--json', '-n', 'nowhere', '--kubeconfig', file]));
  assert.equal(ofAdmin.ok, false);
  assert.equal(ofAdmin.of('write').value, 'namespace nowhere does not exist');
  const pod = await createPod();
  const hidden = await examine(pod, ['-n', 'nowhere']);
  assert.match(
    hidden.of('permission', 'nowhere').detail ?? '',
    /says the same when namespace nowhere does not exist/,
  );
  const group = 'rbac.authorization.k8s.io';
  const metadata = { name: `see-${pod.namespace}` };
  await standIn.apply({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRole',
    metadata,
    rules: [mayGet('', 'namespaces')],
  });
  await standIn.apply({
    apiVersion: `${group}/v1`,
    kind: 'ClusterRoleBinding',
    metadata,
    roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
    subjects: [{ kind: 'ServiceAccount', namespace: pod.namespace, name: pod.serviceAccount }],
  });
  const seen = await examine(pod, ['-n', 'nowhere']);
  assert.equal(seen.of('permission', 'nowhere').value, 'namespace nowhere does not exist');
  assert.equal(
    seen.of('permission', 'nowhere').fix,
    'create it, or name another namespace: kubectl create namespace nowhere',
  );
});

test('on a laptop, variables of the shell do not name a pod', async () => {
  const env = {
    ...{ KUBECONFIG: standIn.kubeconfigFile, POD_NAME: 'shell-1', POD_NAMESPACE: 'shell' },
    ...{ POD_UID: 'shell-uid', NODE_NAME: 'shell-node', CONTAINER_NAME: 'shell-container' },
  };
  const { stdout } = await run(['doctor', '--json'], { env });
  assert.doesNotMatch(stdout, /shell/);
});

test('on a laptop a namespace that is named takes the place of that of the kubeconfig', async () => {
  const namespace = await standIn.createNamespace();
  const args = ['doctor', '--json', '--workload', '--kubeconfig', standIn.kubeconfigFile, '-n', namespace];
  const report = read(await run(args));
  assert.equal(report.ok, true);
  assert.deepEqual([report.of('namespace').value, report.of('namespace').source], [namespace, '--namespace']);
  assert.deepEqual(new Set(report.checks.map((check) => check.namespace)), new Set([null, namespace]));
  // There is no pod whose owners could be looked up, but the user of the kubeconfig has the permission.
  assert.equal(report.of('lookup').value, `may get pods, replicasets, jobs in namespace ${namespace}`);
});

test('an expired token is told, and what the server says of it', async () => {
  const pod = await createPod();
  await standIn.rotateToken(pod, { seconds: -600 });
  const report = await examine(pod);
  assert.match(report.of('token').value, /^bound to pod web-1, expired at .*Z, 10 min ago$/);
  assert.deepEqual(report.statuses, {
    ...{ cluster: 'ok', credentials: 'ok', token: 'failed', server: 'ok', certificate: 'ok' },
    ...{ pod: 'ok', namespace: 'ok', uid: 'ok', node: 'ok', component: 'ok' },
    ...SKIPPED,
    user: 'failed',
  });
  assert.equal(report.of('user').detail, '401 Unauthorized');
  assert.equal(report.of('write').value, 'not checked: user failed');
});

test('a token that the server accepts is not expired, whatever the clock here says', async (t) => {
  const early = await startStandIn({ now: () => Date.now() - 2 * 3600_000 });
  t.after(() => early.close());
  const namespace = await early.createNamespace();
  const pod = await early.createPod({ namespace, name: 'web-1' });
  const report = await examine(pod);
  assert.equal(report.ok, true);
  assert.equal(report.of('token').status, 'note');
  assert.match(report.of('token').detail ?? '', /the clock of this machine is wrong/);
});

test('a token for others is refused with its audience', async () => {
  const pod = await createPod();
  const token = standIn.createToken(pod.namespace, pod.serviceAccount, {
    audiences: ['https://example.com'],
  });
  await writeProjected(pod.serviceAccountDir, { token, 'ca.crt': standIn.ca, namespace: pod.namespace });
  const report = await examine(pod);
  assert.equal(report.of('token').status, 'note');
  assert.match(report.of('user').fix ?? '', /its audience \["https:\/\/example\.com"\]/);
});

test('a pod without credentials', async () => {
  const pod = await createPod();
  const report = await examine({ ...pod, serviceAccountDir: join(pod.serviceAccountDir, 'nowhere') });
  const { status, detail, fix } = report.of('credentials');
  assert.equal(status, 'failed');
  assert.match(detail ?? '', /ENOENT.*nowhere/);
  assert.match(fix ?? '', /automountServiceAccountToken: true/);
  assert.equal(report.of('server').value, 'not checked: credentials failed');
  assert.equal(report.of('pod').source, 'host name');
});

test('a ca.crt that is no certificate is told as such', async () => {
  const pod = await createPod();
  await writeProjected(pod.serviceAccountDir, {
    token: pod.token,
    'ca.crt': 'junk',
    namespace: pod.namespace,
  });
  const fix = /^Put the CA of this cluster into ca\.crt: kubectl get configmap kube-root-ca\.crt/;
  const { value, detail, fix: advice } = (await examine(pod)).of('credentials');
  assert.equal(value, 'token or ca.crt cannot be used');
  assert.match(detail ?? '', /^\/.*ca\.crt: expected certificates in PEM, got something else$/);
  assert.match(advice ?? '', fix);
  const { stderr } = await inPod(pod, ['emit', '--reason', 'R', '--flush-timeout', '500', 'x']);
  assert.match(
    stderr,
    /: \/\S+ca\.crt: expected certificates in PEM, got something else; Put the CA of this cl/,
  );
});

test('an API server that cannot be reached: the name, the port, the protocol, the certificate, the time', async (t) => {
  const pod = await createPod();
  const at = async (host: string, port: number, args: string[] = []) =>
    examine(pod, args, { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: String(port) });

  const unknown = await at('no-such-host.invalid', 443);
  assert.equal(unknown.of('server').value, 'no-such-host.invalid is not a name that DNS knows');
  assert.equal(unknown.statuses['certificate'], 'skipped');

  const silent = createServer(() => {}).listen(0, '127.0.0.1');
  const chatty = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')).listen(
    0,
    '127.0.0.1',
  );
  await Promise.all([once(silent, 'listening'), once(chatty, 'listening')]);
  t.after(() => {
    silent.close();
    chatty.close();
  });
  const portOf = (server: typeof silent) => (server.address() as AddressInfo).port;
  const late = await at('127.0.0.1', portOf(silent), ['--timeout', '200']);
  assert.equal(late.of('server').status, 'failed');
  assert.equal(late.of('server').detail, 'no connection within 200 ms');
  const plain = await at('127.0.0.1', portOf(chatty));
  assert.equal(plain.of('server').value, `127.0.0.1:${portOf(chatty)} does not speak TLS`);

  const { ca } = await otherCertificates();
  await writeProjected(pod.serviceAccountDir, { token: pod.token, 'ca.crt': ca, namespace: pod.namespace });
  const strange = await examine(pod);
  assert.equal(strange.of('server').status, 'ok');
  assert.equal(strange.of('certificate').value, 'the certificate is not from the CA that is trusted here');
  assert.match(strange.of('certificate').fix ?? '', /kube-root-ca\.crt/);
  assert.deepEqual({ ...strange.statuses, ...SKIPPED }, strange.statuses);

  const closed = createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const port = portOf(closed);
  await once(closed.close(), 'close');
  const refused = await at('127.0.0.1', port);
  assert.equal(refused.of('server').value, `no connection to 127.0.0.1:${port}`);
  assert.match(refused.of('server').detail ?? '', /ECONNREFUSED/);
});

test('a certificate for another host', async (t) => {
  const pod = await createPod();
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'api.example.com' }], {
    ...{ keyType: 'ec', curve: 'P-256', algorithm: 'sha256' },
    extensions: [{ name: 'subjectAltName', altNames: [{ type: 2, value: 'api.example.com' }] }],
  });
  const server = createHttpsServer({ cert, key }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await writeProjected(pod.serviceAccountDir, {
    token: pod.token,
    'ca.crt': cert,
    namespace: pod.namespace,
  });
  const { port } = server.address() as AddressInfo;
  const report = await examine(pod, [], { KUBERNETES_SERVICE_PORT: String(port) });
  assert.equal(report.of('server').status, 'ok');
  assert.equal(report.of('certificate').value, 'the certificate is not for 127.0.0.1');
});

test('a server that refuses the TLS connection speaks TLS, and its certificate is not the reason', async (t) => {
  const pod = await createPod();
  const { ca, cert, key } = await otherCertificates();
  const server = createHttpsServer({ cert, key, requestCert: true, ca, maxVersion: 'TLSv1.2' });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  await writeProjected(pod.serviceAccountDir, { token: pod.token, 'ca.crt': ca, namespace: pod.namespace });
  const { port } = server.address() as AddressInfo;
  const { of } = await examine(pod, [], { KUBERNETES_SERVICE_PORT: String(port) });
  assert.deepEqual(
    [of('server').value, of('certificate').status],
    [`127.0.0.1:${port} refuses the TLS connection`, 'skipped'],
  );
});

/** The report of a pod with these options for `/register`. */
const examineWith = (pod: TestPod, options: unknown, args: string[] = []) =>
  examine(pod, args, {
    KUBERNETES_EVENTS_OPTIONS: typeof options === 'string' ? options : JSON.stringify(options),
  });

test('the options that /register reads are those of doctor, unless its own say otherwise', async () => {
  const other = await standIn.createNamespace();
  const pod = await createOwnedPod([EVENTS_RULE, PODS]);
  const { serviceAccountDir } = pod;
  const regarding = { kind: 'Deployment', name: 'web', namespace: other };
  const options = { level: 'error', api: 'events.k8s.io/v1', component: 'checkout', regarding };
  const { ok, of } = await examineWith(pod, options);
  assert.equal(ok, false);
  assert.deepEqual(
    [of('options').value, of('options').source],
    ['level, api, component, regarding', 'KUBERNETES_EVENTS_OPTIONS'],
  );
  assert.deepEqual([of('component').value, of('component').source], ['checkout', 'options']);
  const mayNot = `may neither create nor patch events.events.k8s.io in namespace ${other}`;
  assert.equal(of('permission', other).value, mayNot);
  assert.equal(of('lookup', other).value, `may not get deployments in namespace ${other}`);

  const coreApi = await examineWith(pod, options, ['--api', 'v1']);
  assert.equal(coreApi.of('permission', other).value, mayNot.replace('.events.k8s.io', ''));
  const ofWorkload = await examineWith(pod, { regarding: 'workload' });
  assert.match(ofWorkload.of('workload').value, /^may not get replicasets/);
  const ofCluster = await examineWith(pod, { regarding: 'node/node-a' });
  assert.equal(ofCluster.of('permission', 'default').status, 'failed');
  const known = await examineWith(pod, { regarding: { ...regarding, namespace: pod.namespace, uid: 'a' } });
  assert.deepEqual([known.ok, known.checks.some(({ name }) => name === 'lookup')], [true, false]);

  const env = { ...pod.env, KUBERNETES_EVENTS_OPTIONS: JSON.stringify({ serviceAccountDir }) };
  assert.equal(read(await run(['doctor', '--json'], { env })).ok, true);
});

test('options that /register refuses are a failed check, which names what is wrong', async () => {
  const pod = await createPod();
  for (const [options, says] of [
    ['{level', /^KUBERNETES_EVENTS_OPTIONS: expected a JSON object: /],
    [{ levl: 'error' }, /^KUBERNETES_EVENTS_OPTIONS: levl: there is no such option, did you mean level\?$/],
  ] as const) {
    const { ok, of } = await examineWith(pod, options);
    assert.deepEqual([ok, of('options').status, of('write').status], [false, 'failed', 'ok']);
    assert.match(of('options').detail ?? '', says);
    assert.match(of('options').fix ?? '', /^Correct KUBERNETES_EVENTS_OPTIONS and restart the process/);
  }
  assert.ok(!(await examineWith(pod, ' ')).checks.some(({ name }) => name === 'options'));
});

test('KUBERNETES_EVENTS that keeps the library silent is a failure of its own', async () => {
  const pod = await createPod();
  const report = await examine(pod, [], { KUBERNETES_EVENTS: 'silent' });
  assert.equal(report.ok, false);
  assert.match(report.of('setting').value, /^KUBERNETES_EVENTS=silent/);
  assert.equal(report.statuses['write'], 'ok');
  for (const value of ['off', 'loud']) {
    const { of, statuses } = await examine(pod, [], { KUBERNETES_EVENTS: value });
    assert.match(
      of('setting').value,
      new RegExp(`^KUBERNETES_EVENTS=${value}: the library writes no Events`),
    );
    assert.equal(statuses['write'], 'ok');
  }
});

test('what the server refuses beyond permissions is shown, and is safe to show', async (t) => {
  const pod = await createPod();
  t.after(() => standIn.fault());
  standIn.fault(({ method }) =>
    method === 'POST'
      ? { status: 403, body: { kind: 'Status', message: 'policy \u001b[31msays\u001b[0m \u202eno\nno' } }
      : undefined,
  );
  const report = await examine(pod);
  assert.equal(report.of('write').status, 'failed');
  assert.match(report.of('write').detail ?? '', /^create events in namespace \S+: 403 policy says no no$/);
  standIn.fault(({ method }) => (method === 'PATCH' ? { status: 403 } : undefined));
  assert.match((await examine(pod)).of('write').value, /a change of an Event .* is refused/);
  const message = 'admission webhook "x" does not support dry run';
  standIn.fault(() => ({ status: 400, body: { kind: 'Status', message } }));
  const undecided = await examine(pod);
  assert.deepEqual([undecided.ok, undecided.of('write').status], [true, 'note']);
});

test('a write that is not accepted says why, with the advice for that', async (t) => {
  const pod = await createPod();
  t.after(() => standIn.fault());
  const { KEVT_SERVER_ERROR: failing, KEVT_THROTTLED: throttled, KEVT_TIMEOUT: late } = DIAGNOSTICS;
  const html = '<html>welcome</html>';
  const cases: [Fault, string, string, RegExp][] = [
    [{ status: 200, body: html }, 'not written', failing.fix, /the answer is not the Event that was written/],
    [{ status: 201, body: { kind: 'Status' } }, 'not written', failing.fix, /is not the Event that was wr/],
    [{ status: 404, body: html }, 'not written', failing.fix, /: 404 <html>/],
    [{ status: 302 }, 'not written', failing.fix, /: 302/],
    [{ status: 500 }, 'not written', failing.fix, /: 500/],
    [{ status: 429 }, 'not written', throttled.fix, /: 429/],
    [{ hang: true }, 'not answered', late.fix, /^no answer within 500 ms$/],
  ];
  for (const [fault, what, fix, detail] of cases)
    for (const refused of ['POST', 'PATCH']) {
      standIn.fault(({ method, path }) =>
        method === refused && path.includes('/events') ? fault : undefined,
      );
      const { ok, of } = await examine(pod, ['--timeout', '500']);
      const subject = refused === 'POST' ? 'an Event' : 'a change of an Event';
      const write = of('write');
      // To a patch of an Event that does not exist, the API server answers 404.
      assert.equal(ok, false);
      assert.equal(write.value, `${subject} in namespace ${pod.namespace} is ${what}`);
      assert.match(write.detail ?? '', detail);
      assert.equal(write.fix, fix);
    }
});

test('a server that takes connections and does not answer', async (t) => {
  const pod = await createPod();
  const { ca, cert, key } = await otherCertificates();
  let status: number | undefined;
  const server = createHttpsServer({ cert, key }, ({ url }, response) => {
    if (status !== undefined && url === '/version')
      response.writeHead(status).end(status === 200 ? '{"gitVersion":"v1.35.0"}' : '');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await writeProjected(pod.serviceAccountDir, { token: pod.token, 'ca.crt': ca, namespace: pod.namespace });
  const { port } = server.address() as AddressInfo;
  const ask = () => examine(pod, ['--timeout', '500'], { KUBERNETES_SERVICE_PORT: String(port) });
  const { fix } = DIAGNOSTICS.KEVT_TIMEOUT;
  const hanging = (await ask()).of('server');
  assert.deepEqual([hanging.value, hanging.fix], [`127.0.0.1:${port} does not answer in time`, fix]);
  status = 429;
  assert.equal((await ask()).of('server').fix, DIAGNOSTICS.KEVT_THROTTLED.fix);
  status = 503;
  assert.equal((await ask()).of('server').fix, DIAGNOSTICS.KEVT_SERVER_ERROR.fix);
  status = 404;
  assert.match((await ask()).of('server').fix ?? '', /^check the address/);
  status = 200;
  const silent = (await ask()).of('user');
  assert.deepEqual([silent.value, silent.fix], ['the API server gave no answer', fix]);
});

test('a kubeconfig is used from a laptop, by flag and by variable', async () => {
  const args = ['doctor', '--json'];
  const file = standIn.kubeconfigFile;
  const byFlag = read(await run([...args, '--kubeconfig', file]));
  assert.equal(byFlag.ok, true);
  assert.deepEqual(byFlag.of('cluster').source, '--kubeconfig');
  assert.equal(byFlag.of('user').value, 'kubernetes-admin');
  const byVariable = read(await run(args, { env: { KUBECONFIG: file } }));
  assert.deepEqual([byVariable.ok, byVariable.of('cluster').source], [true, 'KUBECONFIG']);
  // In a pod, its own cluster comes first, as in the library. Only the flag changes that.
  const pod = await createPod();
  assert.equal(
    (await examine(pod, [], { KUBECONFIG: file })).of('cluster').source,
    'KUBERNETES_SERVICE_HOST',
  );
  assert.equal((await examine(pod, ['--kubeconfig', file])).of('cluster').source, '--kubeconfig');
});

test('a context is chosen by name, and its namespace is used', async (t) => {
  const namespace = await standIn.createNamespace();
  const file = await configure(t, (config) => {
    const name = 'second \u001b[31m\u202e';
    config.contexts.push({ name, context: { cluster: 'stand-in', user: 'admin', namespace } });
  });
  const args = ['doctor', '--json', '--kubeconfig', file, '--context'];
  const report = read(await run([...args, 'second \u001b[31m\u202e']));
  assert.deepEqual([report.of('namespace').value, report.of('namespace').source], [namespace, 'kubeconfig']);
  assert.match(report.of('cluster').value, /context second *, https/);
  const wrong = read(await run([...args, 'third']));
  assert.match(wrong.of('cluster').detail ?? '', /there is no context third \(there are stand-in, second/);
});

test('a kubeconfig that cannot be used is named, with what is wrong', async (t) => {
  const file = await configure(t, () => {});
  const folder = dirname(file);
  const cluster = { name: 'a', cluster: { server: 'https://a' } };
  const context = { name: 'b', context: { cluster: 'a', user: 'c' } };
  const cases: [string, string][] = [
    ['# nothing', 'expected a kubeconfig, got an empty file or an empty entry'],
    [JSON.stringify({ clusters: [cluster], contexts: [context] }), 'there is no context d (there are b)'],
  ];
  for (const [text, problem] of cases) {
    await writeFile(file, text);
    const report = read(await run(['doctor', '--json', '--kubeconfig', file, '--context', 'd']));
    assert.equal(report.of('cluster').detail, `${file}: ${problem}`);
  }
  const ofFolder = read(await run(['doctor', '--json'], { env: { KUBECONFIG: folder } }));
  assert.equal(ofFolder.of('cluster').detail, `${folder}: EISDIR: illegal operation on a directory, read`);
  const args = ['doctor', '--json', '--kubeconfig', file];
  assert.equal(
    read(await run(args)).of('cluster').value,
    `the kubeconfig ${file} has no cluster for its current context ""`,
  );
  cluster.cluster.server = 'nonsense';
  await writeFile(file, JSON.stringify({ clusters: [cluster], contexts: [context], 'current-context': 'b' }));
  const { detail, fix } = read(await run(args)).of('credentials');
  assert.deepEqual(
    [detail, fix],
    ['expected a server with https, got nonsense', 'Check the kubeconfig with `kubectl version`'],
  );
});

test('of a list of kubeconfigs, those that exist are used, and the first that says something counts', async (t) => {
  const namespace = await standIn.createNamespace();
  const file = await configure(t, (config) => {
    config.contexts[0].context.namespace = namespace;
  });
  const other = join(dirname(file), 'other');
  const entry = { cluster: 'a', user: 'b', namespace: 'nowhere' };
  const contexts = ['stand-in', 'second'].map((name) => ({ name, context: entry }));
  await writeFile(other, JSON.stringify({ contexts, 'current-context': 'second' }));
  for (const list of [`/missing:${file}`, `${file}:/missing::${other}`]) {
    const report = read(await run(['doctor', '--json'], { env: { KUBECONFIG: list } }));
    assert.deepEqual([report.ok, report.of('namespace').value], [true, namespace]);
  }
  const missing = read(await run(['doctor', '--json'], { env: { KUBECONFIG: '/missing:/lost' } }));
  assert.match(missing.of('cluster').detail ?? '', /^ENOENT.*'\/missing'$/);
});

test('a kubeconfig without credentials is an anonymous user for the API server', async (t) => {
  const file = await configure(t, (config) => {
    config.users[0].user = {};
  });
  const report = read(await run(['doctor', '--json', '--kubeconfig', file]));
  assert.equal(report.of('user').status, 'failed');
  assert.match(report.of('user').detail ?? '', /system:anonymous/);
});

test('without @kubernetes/client-node the error says what to install', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'alone-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await cp(join(dirname(COMMAND), '..'), join(folder, 'dist'), { recursive: true });
  const [here, there] = [join(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules')];
  await mkdir(there);
  await symlink(join(here, 'triple-beam'), join(there, 'triple-beam'));
  const args = ['doctor', '--json', '--kubeconfig', standIn.kubeconfigFile];
  const report = read(await run(args, { command: join(folder, 'dist/command/main.js') }));
  const { detail, fix } = report.of('cluster');
  assert.match(detail ?? '', /is not installed/);
  assert.match(fix ?? '', /^Run: npm install @kubernetes\/client-node@\^\d+\.\d+\.\d+$/);
});

test('the contents of names are safe to print, as text and as JSON', async () => {
  const pod = await createPod();
  const env = { POD_NAME: 'web\u001b[31m-\u202e1\u009b' };
  for (const args of [[], ['--json']]) {
    const { stdout } = await inPod(pod, ['doctor', ...args], { env });
    assert.match(stdout, /web/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: checks that there are none except the ends of lines
    assert.doesNotMatch(stdout, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  }
});

test('there is no such file', async () => {
  const report = read(await run(['doctor', '--json', '--kubeconfig', '/nowhere/config']));
  assert.equal(report.of('cluster').value, '--kubeconfig: there is no file /nowhere/config');
});
