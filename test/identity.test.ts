import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { detectPodIdentity, type IdentityOptions, KubernetesEventTransport } from 'winston-kubernetes-events';

type Files = Record<string, string | null>;

/** Folders as the kubelet mounts them. `null` means that a folder is in the place of a file. */
function mount(context: TestContext, files: Files) {
  const root = mkdtempSync(join(tmpdir(), 'identity-'));
  context.after(() => rmSync(root, { recursive: true }));
  const where = { serviceAccountDir: join(root, 'account'), podInfoDir: join(root, 'podinfo') };
  for (const [name, text] of Object.entries(files)) {
    const path = join(root, name);
    mkdirSync(text === null ? path : dirname(path), { recursive: true });
    if (text !== null) writeFileSync(path, text);
  }
  return where;
}

function detect(context: TestContext, files: Files, options: IdentityOptions = {}) {
  const problems: string[] = [];
  const onProblem = (code: string, detail: string) => problems.push(`${code} ${detail}`);
  return {
    identity: detectPodIdentity({ env: {}, ...mount(context, files), onProblem, ...options }),
    problems,
  };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const tokenOf = (claims: unknown) => `${encode({ alg: 'RS256' })}.${encode(claims)}.signature`;
const claims = {
  namespace: 'shop',
  node: { name: 'node-t', uid: 'n' },
  pod: { name: 'web-7d9c6b8f5d-x2x4z', uid: 'uid-t' },
  serviceaccount: { name: 'web-account', uid: 's' },
};
const token = tokenOf({ iss: 'https://issuer', 'kubernetes.io': claims });

test('a pod whose manifest says nothing knows itself from its token', (context) => {
  const { identity, problems } = detect(context, { 'account/token': token });
  assert.deepEqual(identity, {
    name: 'web-7d9c6b8f5d-x2x4z',
    namespace: 'shop',
    uid: 'uid-t',
    nodeName: 'node-t',
    serviceAccountName: 'web-account',
    component: 'web',
    sources: {
      name: 'token',
      namespace: 'token',
      uid: 'token',
      nodeName: 'token',
      serviceAccountName: 'token',
      component: 'pod name',
    },
  });
  assert.deepEqual(problems, []);
});

test('each field comes from the first source that has it', (context) => {
  const everywhere: Files = {
    'account/token': token,
    'account/namespace': 'of-file',
    'podinfo/name': 'of-volume',
    'podinfo/namespace': 'of-volume',
    'podinfo/uid': 'uid-v',
  };
  const env = { POD_NAME: 'of-env', POD_NAMESPACE: 'of-env', POD_UID: 'uid-e', NODE_NAME: 'node-e' };
  const known = { name: 'of-options', namespace: 'of-options', uid: 'uid-o', nodeName: 'node-o' };
  const pick = (options: IdentityOptions, files: Files = everywhere) => {
    const { name, namespace, uid, nodeName, sources } = detect(context, files, options).identity;
    return [name, namespace, uid, nodeName, sources.name, sources.namespace, sources.uid, sources.nodeName];
  };
  const all = (value: string, times = 4) => Array.from({ length: times }, () => value);
  assert.deepEqual(pick({ known, env }), ['of-options', 'of-options', 'uid-o', 'node-o', ...all('options')]);
  assert.deepEqual(pick({ env }), ['of-env', 'of-env', 'uid-e', 'node-e', ...all('environment')]);
  assert.deepEqual(pick({}), ['of-volume', 'of-volume', 'uid-v', 'node-t', ...all('volume', 3), 'token']);
  assert.deepEqual(pick({}, { 'account/token': token, 'account/namespace': 'of-file' }).slice(0, 4), [
    claims.pod.name,
    'shop',
    'uid-t',
    'node-t',
  ]);
  assert.deepEqual(pick({}, { 'account/namespace': 'of-file\n' }), [
    hostname(),
    'of-file',
    undefined,
    undefined,
    'host name',
    'namespace file',
    undefined,
    undefined,
  ]);
});

test('a uid is used only together with the name from the same source', (context) => {
  const uidOf = (files: Files, options: IdentityOptions) => {
    const { uid, sources } = detect(context, files, options).identity;
    return [uid, sources.uid];
  };
  const withToken = { 'account/token': token };
  assert.deepEqual(uidOf(withToken, { env: { POD_NAME: 'another' } }), [undefined, undefined]);
  assert.deepEqual(uidOf(withToken, { env: { POD_NAME: claims.pod.name } }), ['uid-t', 'token']);
  assert.deepEqual(uidOf(withToken, { env: { POD_UID: 'alone' } }), ['uid-t', 'token']);
  assert.deepEqual(uidOf({}, { env: { POD_UID: 'alone' } }), [undefined, undefined]);
  assert.deepEqual(uidOf(withToken, { known: { name: 'another' }, env: { POD_NAME: 'x', POD_UID: 'y' } }), [
    undefined,
    undefined,
  ]);
});

test('variables may have K8S_ or MY_ in front; those without come first, and empty ones do not count', (context) => {
  for (const prefix of ['', 'K8S_', 'MY_']) {
    const env = Object.fromEntries(
      Object.entries({
        POD_NAME: 'p',
        POD_NAMESPACE: 'n',
        POD_UID: 'u',
        NODE_NAME: 'h',
        CONTAINER_NAME: 'c',
      }).map(([name, value]) => [prefix + name, value]),
    );
    const { name, namespace, uid, nodeName, containerName, component, sources } = detect(
      context,
      {},
      { env },
    ).identity;
    assert.deepEqual(
      [name, namespace, uid, nodeName, containerName, component],
      ['p', 'n', 'u', 'h', 'c', 'c'],
    );
    assert.deepEqual([...new Set(Object.values(sources))], ['environment']);
  }
  const nameOf = (env: NodeJS.ProcessEnv) => detect(context, {}, { env }).identity.name;
  assert.equal(nameOf({ MY_POD_NAME: 'c', K8S_POD_NAME: 'b', POD_NAME: 'a' }), 'a');
  assert.equal(nameOf({ MY_POD_NAME: 'c', K8S_POD_NAME: 'b', POD_NAME: '' }), 'b');
  assert.equal(nameOf({ POD_NAME: '' }), hostname());
});

for (const [name, files, code] of [
  ['no token', {}, 'KEVT_NO_CREDENTIALS'],
  ['a folder as token', { 'account/token': null }, 'KEVT_NO_CREDENTIALS'],
  ['a huge token', { 'account/token': 'x'.repeat(2 * 1024 * 1024) }, 'KEVT_NO_CREDENTIALS'],
  ['an empty token', { 'account/token': '' }, 'KEVT_BAD_TOKEN'],
  ['a token that is none', { 'account/token': 'opaque' }, 'KEVT_BAD_TOKEN'],
  ['a token with a broken middle', { 'account/token': 'a.!!!.c' }, 'KEVT_BAD_TOKEN'],
  ['a token that claims null', { 'account/token': tokenOf(null) }, 'KEVT_BAD_TOKEN'],
] as [string, Files, string][]) {
  test(`${name} is one problem with a path, and the other sources count`, (context) => {
    const { identity, problems } = detect(context, { ...files, 'account/namespace': 'shop' });
    assert.equal(identity.name, hostname());
    assert.equal(identity.namespace, 'shop');
    assert.equal(problems.length, 1);
    assert.match(problems[0] ?? '', new RegExp(`^${code} .*account/token`));
    assert.ok((problems[0] ?? '').length < 500);
  });
}

test('claims of another shape are no problem and say nothing', (context) => {
  for (const odd of [
    {},
    { sub: 'somebody' },
    { 'kubernetes.io': null },
    { 'kubernetes.io': { namespace: 7, pod: 'web', node: [], serviceaccount: { name: {} } } },
  ]) {
    const { identity, problems } = detect(context, { 'account/token': tokenOf(odd) });
    assert.deepEqual(problems, []);
    assert.equal(identity.name, hostname());
    assert.equal(identity.namespace, undefined);
  }
});

test('folders in the place of all files leave the host name', (context) => {
  const files = ['account/namespace', 'podinfo/name', 'podinfo/uid', 'podinfo/labels', 'podinfo/namespace'];
  const { identity } = detect(context, Object.fromEntries(files.map((file) => [file, null])));
  assert.equal(identity.name, hostname());
  assert.equal(identity.labels, undefined);
});

test('labels are read as the downward API writes them', (context) => {
  const labels = 'app="web"\nnote="say \\"hi\\"=\\u00e9"\nempty=""\nbroken="\\x"\nnonsense\n';
  const { identity } = detect(context, { 'podinfo/labels': labels });
  assert.deepEqual(identity.labels, { app: 'web', note: 'say "hi"=é', empty: '' });
  assert.equal(identity.sources.labels, 'volume');
});

test('the component is that of the options, else the container, a label, the pod name, the account', (context) => {
  const files: Files = {
    'account/token': token,
    'podinfo/labels': 'k8s-app="third"\napp="second"\napp.kubernetes.io/name="first"\n',
  };
  const componentOf = (some: Files, options: IdentityOptions = {}) => {
    const { component, sources } = detect(context, some, options).identity;
    return [component, sources.component];
  };
  const env = { CONTAINER_NAME: 'container' };
  assert.deepEqual(componentOf(files, { env, known: { component: 'option' } }), ['option', 'options']);
  assert.deepEqual(componentOf(files, { env }), ['container', 'environment']);
  assert.deepEqual(componentOf(files), ['first', 'volume']);
  assert.deepEqual(componentOf({ 'podinfo/labels': 'k8s-app="third"\napp="second"\n' }), [
    'second',
    'volume',
  ]);
  assert.deepEqual(componentOf({ 'podinfo/labels': 'k8s-app="third"\n' }), ['third', 'volume']);
  assert.deepEqual(componentOf({ 'account/token': token }), ['web', 'pod name']);
  const { pod: _, ...withoutPod } = claims;
  const account = tokenOf({ 'kubernetes.io': withoutPod });
  assert.deepEqual(componentOf({ 'account/token': account }), ['web-account', 'token']);
  const nobody = tokenOf({ 'kubernetes.io': { serviceaccount: { name: 'default' } } });
  assert.equal(componentOf({ 'account/token': nobody })[1], 'host name');
});

for (const [kind, pod, component] of [
  ['a Deployment', 'web-7d9c6b8f5d-x2x4z', 'web'],
  ['a Deployment with dashes', 'web-front-6d4cf56db6-k8kbt', 'web-front'],
  ['a DaemonSet', 'log-agent-x2x4z', 'log-agent'],
  ['a StatefulSet', 'db-0', 'db'],
  ['a StatefulSet with many replicas', 'db-main-117', 'db-main'],
  ['a Job', 'import-bcdfg', 'import'],
  ['a CronJob', 'backup-29301360-x2x4z', 'backup'],
  ['nobody', 'web', 'web'],
  ['nobody, with dashes', 'web-front', 'web-front'],
  ['nobody, with five letters behind a dash', 'web-proxy', 'web-proxy'],
]) {
  test(`the replicas of ${kind} report as one: ${pod}`, (context) => {
    const { identity } = detect(context, {}, { env: { POD_NAME: pod as string } });
    assert.equal(identity.component, component);
    assert.equal(identity.sources.component, 'pod name');
  });
}

test('in a cluster a token that is none is one diagnostic, and the application goes on', async (context) => {
  const { serviceAccountDir } = mount(context, { 'account/token': 'opaque', 'account/ca.crt': 'none' });
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  const transport = new KubernetesEventTransport({ serviceAccountDir, flushTimeout: 0 }, { env });
  const codes: string[] = [];
  transport.on('warn', ({ code }) => codes.push(code));
  transport.log({ level: 'error', message: 'one' });
  transport.log({ level: 'error', message: 'two' });
  assert.equal(await transport.flush(), false);
  assert.equal(codes.filter((code) => code === 'KEVT_BAD_TOKEN').length, 1);
  assert.equal(transport.stats.records, 2);
});

test('outside a cluster there is nothing to complain about', async () => {
  const transport = new KubernetesEventTransport({}, { env: {} });
  const codes: string[] = [];
  transport.on('warn', ({ code }) => codes.push(code));
  transport.log({ level: 'error', message: 'one' });
  assert.equal(await transport.flush(), true);
  assert.deepEqual(codes, []);
});
