import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import { generate, type SelfsignedOptions } from 'selfsigned';
import {
  EventRecorder,
  type EventRecorderOptions,
  type KubernetesEventsError,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { Gate, type GateOptions } from './fixtures/gate.ts';
import { type StandIn, startStandIn } from './stand-in/stand-in.ts';

// Not imported by a literal, because its declarations need those of packages that it does not install.
const CLIENT: string = '@kubernetes/client-node';
const { KubeConfig } = await import(CLIENT);

const root = join(import.meta.dirname, '..');
let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.close());

interface Access {
  user?: object;
  cluster?: object;
  gate?: GateOptions;
}

/** A kubeconfig for a cluster behind a gate, with a namespace of its own in the context. */
async function configure(t: TestContext, { user, cluster, gate: forGate = {} }: Access = {}) {
  const gate = await Gate.open(t, standIn, forGate);
  const namespace = await standIn.createNamespace();
  const config = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'here',
    contexts: [{ name: 'here', context: { cluster: 'gate', user: 'me', namespace } }],
    clusters: [
      {
        name: 'gate',
        cluster: {
          server: `${gate.url}${forGate.prefix ?? ''}`,
          'certificate-authority-data': base64(gate.ca),
          ...cluster,
        },
      },
    ],
    users: [{ name: 'me', user: user ?? { token: standIn.adminToken } }],
  });
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromString(config);
  return { gate, namespace, config, kubeConfig };
}

const base64 = (text: string) => Buffer.from(text).toString('base64');

/** Logs several times and reads the Events. */
async function report(namespace: string, options: EventRecorderOptions, env: NodeJS.ProcessEnv = {}) {
  const recorder = new EventRecorder(options, { env });
  const warnings: KubernetesEventsError[] = [];
  recorder.on('warn', (warning) => warnings.push(warning));
  let isDelivered = true;
  for (let i = 0; i < 3; i++) {
    recorder.warning(undefined, 'Failed', 'out of disk');
    isDelivered = await recorder.flush();
  }
  const events = (await standIn.events(namespace)).map(({ involvedObject: { kind, name }, count }) => ({
    about: `${kind} ${name}`,
    count,
  }));
  return { events, warnings, isDelivered };
}

const expected = { events: [{ about: `Pod ${hostname()}`, count: 3 }], warnings: [], isDelivered: true };

test('a token works, in the namespace of the context, and all requests are on one connection', async (t) => {
  const { gate, namespace, kubeConfig } = await configure(t);
  assert.deepEqual(await report(namespace, { kubeConfig }), expected);
  assert.ok(gate.passed.length >= 3);
  assert.equal(gate.connections, 1);
  assert.ok(gate.passed.every(({ authorization }) => authorization === `Bearer ${standIn.adminToken}`));
});

test('a given kubeConfig is used inside a pod too', async (t) => {
  const { namespace, kubeConfig } = await configure(t);
  const env = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  assert.deepEqual(await report(namespace, { kubeConfig }, env), expected);
});

test('a client certificate works', async (t) => {
  const key: SelfsignedOptions = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' };
  const ca = await generate([{ name: 'commonName', value: 'clients' }], {
    ...key,
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, digitalSignature: true, critical: true },
    ],
  });
  const client = await generate([{ name: 'commonName', value: 'developer' }], {
    ...key,
    ca: { key: ca.private, cert: ca.cert },
    extensions: [{ name: 'extKeyUsage', clientAuth: true }],
  });
  const user = {
    'client-certificate-data': base64(client.cert),
    'client-key-data': base64(client.private),
  };
  const { gate, namespace, kubeConfig } = await configure(t, { user, gate: { clientCa: ca.cert } });
  assert.deepEqual(await report(namespace, { kubeConfig }), expected);
  assert.ok(gate.passed.every(({ certificate }) => certificate === 'developer'));
  assert.equal(gate.connections, 1);
});

test('an exec plugin works', async (t) => {
  const status = { token: standIn.adminToken, expirationTimestamp: '2999-01-01T00:00:00Z' };
  const credential = { apiVersion: 'client.authentication.k8s.io/v1', kind: 'ExecCredential', status };
  const exec = {
    apiVersion: credential.apiVersion,
    command: process.execPath,
    args: ['--eval', `console.log(${JSON.stringify(JSON.stringify(credential))})`],
    interactiveMode: 'Never',
  };
  const { gate, namespace, kubeConfig } = await configure(t, { user: { exec } });
  assert.deepEqual(await report(namespace, { kubeConfig }), expected);
  assert.equal(gate.connections, 1);
});

test('an exec plugin that fails is one diagnostic with what it said', async (t) => {
  const exec = {
    apiVersion: 'client.authentication.k8s.io/v1',
    command: process.execPath,
    args: ['--eval', `console.error('please log in'); process.exit(1)`],
  };
  const { namespace, kubeConfig } = await configure(t, { user: { exec } });
  const { events, warnings, isDelivered } = await report(namespace, { kubeConfig, flushTimeout: 500 });
  assert.deepEqual([events, isDelivered], [[], false]);
  const ours = warnings.filter(({ code }) => code === 'KEVT_KUBECONFIG');
  assert.equal(ours.length, 1);
  assert.match(ours[0]!.message, /^the cluster of the kubeconfig cannot be used: please log in/);
  // The text is there once, and not nested in itself.
  assert.equal(ours[0]!.message.split('cannot be used').length, 2);
});

test('a proxy works, and its connection is kept', async (t) => {
  let tunnels = 0;
  const proxy = createServer();
  const sockets = new Set<{ destroy(): void }>();
  proxy.on('connect', (request, socket, head) => {
    tunnels++;
    const [host, port] = (request.url ?? '').split(':');
    const onward = connect(Number(port), host, () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
      onward.write(head);
      onward.pipe(socket).pipe(onward);
    });
    for (const each of [socket, onward]) sockets.add(each.on('error', () => {}));
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.after(() => {
    proxy.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = proxy.address() as AddressInfo;
  const { gate, namespace, kubeConfig } = await configure(t, {
    cluster: { 'proxy-url': `http://127.0.0.1:${port}` },
  });
  assert.deepEqual(await report(namespace, { kubeConfig }), expected);
  assert.deepEqual([tunnels, gate.connections], [1, 1]);
});

test('a server below a path works, as behind Rancher', async (t) => {
  const { gate, namespace, kubeConfig } = await configure(t, { gate: { prefix: '/k8s/clusters/c-m-1' } });
  assert.deepEqual(await report(namespace, { kubeConfig }), expected);
  assert.ok(gate.passed.every(({ path }) => path.startsWith('/k8s/clusters/c-m-1/api')));
});

test('a server whose certificate another authority signed is not trusted', async (t) => {
  const { namespace, kubeConfig } = await configure(t, {
    cluster: { 'certificate-authority-data': base64(standIn.ca) },
  });
  const { events, warnings, isDelivered } = await report(namespace, { kubeConfig, flushTimeout: 300 });
  assert.deepEqual([events, isDelivered], [[], false]);
  assert.match(warnings[0]?.message ?? '', /certificate/);
});

test('a server without TLS is refused, with what was expected', async (t) => {
  for (const cluster of [{}, { 'insecure-skip-tls-verify': true }]) {
    const server = 'http://127.0.0.1:1';
    const { namespace, kubeConfig } = await configure(t, { cluster: { server, ...cluster } });
    const { warnings } = await report(namespace, { kubeConfig, flushTimeout: 100 });
    assert.match(warnings[0]?.message ?? '', /expected a server with https, got http:\/\/127\.0\.0\.1:1/);
  }
});

const SCRIPT = `
  const { EventRecorder } = await import('winston-kubernetes-events');
  const recorder = new EventRecorder({ flushTimeout: 20_000, ...JSON.parse(process.argv[1]) });
  recorder.warning(undefined, 'Failed', 'out of disk');
  recorder.warning(undefined, 'Failed', 'out of memory');
  await recorder.flush();`;

/** Runs a process with that kubeconfig in KUBECONFIG. */
async function run(
  t: TestContext,
  config: string,
  {
    options = {},
    env = {},
    hook = '',
  }: { options?: object; env?: Record<string, string>; hook?: string } = {},
) {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  t.after(() => rm(folder, { recursive: true }));
  const file = join(folder, 'config');
  await writeFile(file, config);
  const register = `import { register } from 'node:module'; register(${JSON.stringify(dataUrl(hook))});`;
  const flags = hook === '' ? [] : ['--import', dataUrl(register)];
  const child = spawn(
    process.execPath,
    [...flags, '--input-type=module', '--eval', SCRIPT, JSON.stringify(options)],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], HOME: folder, KUBECONFIG: file, ...env },
      timeout: 60_000,
    },
  );
  let stderr = '';
  child.stderr.on('data', (text) => {
    stderr += text;
  });
  const startedAt = performance.now();
  const [code] = await once(child, 'close');
  return { code, stderr, tookMs: performance.now() - startedAt };
}

/** The time of a process that waits for nothing, on a busy machine too. */
const AT_ONCE_MS = 10_000;
const LONG = { local: 'kubeconfig', flushTimeout: 2 * AT_ONCE_MS };

const dataUrl = (code: string) => `data:text/javascript,${encodeURIComponent(code)}`;

test('the kubeconfig of KUBECONFIG is used when asked for by the option or the variable', async (t) => {
  const inPod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  for (const more of [
    { options: { local: 'kubeconfig' } },
    { env: { KUBERNETES_EVENTS: 'kubeconfig' } },
    { env: { ...inPod, KUBERNETES_EVENTS: 'kubeconfig' } },
  ]) {
    const { namespace, config } = await configure(t);
    const { code, stderr } = await run(t, config, more);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal((await standIn.events(namespace)).length, 2);
  }
});

test('KUBERNETES_EVENTS=silent overrides a given kubeConfig, and a sink', async (t) => {
  const { namespace, kubeConfig } = await configure(t);
  const env = { KUBERNETES_EVENTS: 'silent' };
  assert.deepEqual((await report(namespace, { kubeConfig }, env)).events, []);
  const sink = new MemorySink();
  await report(namespace, { local: sink }, env);
  assert.deepEqual(sink.events, []);
});

for (const [name, failure, says] of [
  [
    'not installed',
    `Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' })`,
    /is not installed/,
  ],
  [
    'not loadable on this Node',
    `new SyntaxError('Unexpected token')`,
    /cannot be loaded \(Unexpected token\)/,
  ],
] as const) {
  test(`a package that is ${name} is one error with the version to install`, async (t) => {
    const { namespace, config } = await configure(t);
    const hook = `export const resolve = (name, context, next) => {
      if (name === '@kubernetes/client-node') throw ${failure};
      return next(name, context);
    };`;
    const { code, stderr, tookMs } = await run(t, config, { options: LONG, hook });
    assert.equal(code, 0);
    assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
    assert.equal(stderr.match(/KEVT_KUBECONFIG/g)?.length, 1, stderr);
    assert.match(stderr, says);
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const version = major > 22 || (major === 22 && minor >= 19) ? '^2.0.0' : '^1.4.0';
    assert.ok(stderr.includes(`npm install @kubernetes/client-node@${version}`), stderr);
    // Nor is anything else advised for the counts that are lost.
    assert.doesNotMatch(stderr, /Check the kubeconfig/);
    assert.deepEqual(await standIn.events(namespace), []);
  });
}

test('what is wrong with a kubeconfig is told with its path', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'kubeconfig-'));
  const { KUBECONFIG: before } = process.env;
  t.after(async () => {
    process.env.KUBECONFIG = before;
    if (before === undefined) delete process.env.KUBECONFIG;
    await rm(folder, { recursive: true, force: true });
  });
  const file = join(folder, 'config');
  process.env.KUBECONFIG = file;
  for (const [text, problem] of [
    ['', 'expected a kubeconfig, got an empty file or an empty entry'],
    ['# nothing', 'expected a kubeconfig, got an empty file or an empty entry'],
    ['7', 'expected a kubeconfig with clusters, got none'],
    ['kind: Config', 'expected a kubeconfig with clusters, got none'],
    ['a: [b\n c: {', 'missed comma between flow collection entries (2:3)'],
    ['clusters: [{ name: a }]', 'clusters[0].cluster is missing'],
  ] as const) {
    await writeFile(file, text);
    const { warnings } = await report('', { local: 'kubeconfig' });
    assert.equal(warnings[0]?.code, 'KEVT_KUBECONFIG');
    assert.ok(warnings[0].message.includes(`${file}: ${problem}.`), warnings[0].message);
  }
});

test('a kubeconfig that cannot be read is one error', async (t) => {
  const { code, stderr, tookMs } = await run(t, '{', { options: LONG });
  assert.equal(code, 0);
  assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
  assert.equal(stderr.match(/KEVT_KUBECONFIG/g)?.length, 1, stderr);
  assert.match(stderr, /Check the kubeconfig/);
  assert.doesNotMatch(stderr, /install/);
});

test('a kubeconfig that is not there is said to be missing', async (t) => {
  for (const [KUBECONFIG, says] of [
    ['', 'there is no kubeconfig: KUBECONFIG is not set, and there is no ~/.kube/config'],
    ['/nowhere/config', "ENOENT: no such file or directory, open '/nowhere/config'"],
  ] as const) {
    const { code, stderr, tookMs } = await run(t, '', { options: LONG, env: { KUBECONFIG } });
    assert.equal(code, 0);
    assert.ok(tookMs < AT_ONCE_MS, `${tookMs} ms`);
    const fix = 'Set KUBECONFIG to the path of a kubeconfig, or write one to ~/.kube/config';
    assert.ok(stderr.includes(`${says}. ${fix}.\n`), stderr);
  }
});
