import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { createServer as createHttpServer, type Server } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { inspect } from 'node:util';
import { type KubernetesEventsError, KubernetesEventTransport } from 'winston-kubernetes-events';
import { inPod } from '../command/run.ts';
import { otherCertificates } from '../stand-in/certificates.ts';
import type { FaultHook } from '../stand-in/faults.ts';
import { writeProjected } from '../stand-in/service-account-dir.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { runApplication } from '../support/application.ts';
import type { TestPod } from '../support/cluster.ts';
import { createPodLogger } from '../support/pod-logger.ts';

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.close());

/** A server that must never get a request. It keeps those that it gets, with their headers. */
async function listen(t: TestContext, server: Server | ReturnType<typeof createServer>) {
  const seen: string[] = [];
  server.on('request', (request, response) => {
    seen.push(`${request.method} ${request.url} ${JSON.stringify(request.rawHeaders)}`);
    response.end('{}');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return { seen, port: (server.address() as AddressInfo).port };
}

async function createFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'credentials-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

async function createPod(): Promise<TestPod> {
  return standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-1' });
}

/** Parts of a token that are too long to occur by accident. */
function partsOf(token: string): string[] {
  return [token, ...token.split('.').map((part) => part.slice(-40))];
}

function assertNone(text: string, secrets: readonly string[], what: string): void {
  for (const secret of secrets) assert.ok(!text.includes(secret), `${what} holds the token:\n${text}`);
}

/** All texts that a person or a tool can make from a value. */
function shown(value: unknown): string {
  let json = '';
  try {
    json = JSON.stringify(value) ?? '';
  } catch {
    // A transport that is piped to contains cycles.
  }
  return `${inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxArrayLength: null, maxStringLength: null })} ${json} ${value}`;
}

describe('the token goes to the API server alone', { concurrency: 10 }, () => {
  for (const status of [301, 302, 303, 307, 308])
    for (const scheme of ['https', 'http'])
      test(`a redirect (${status}) to another origin (${scheme}) is not followed`, async (t) => {
        const { cert, key } = await otherCertificates();
        const other = await listen(t, scheme === 'https' ? createServer({ cert, key }) : createHttpServer());
        const { standIn, clock, transport, logger, warnings, sum } = await createPodLogger(t);
        const location = `${scheme}://127.0.0.1:${other.port}/api/v1/namespaces/x/events`;
        standIn.fault(() => ({ status, headers: { location }, body: {} }));
        logger.error('cannot reach the payment gateway');
        assert.equal(await transport.flush(), false);
        assert.ok(standIn.requests.length > 0);
        assert.deepEqual(other.seen, []);
        assert.match(String(warnings[0]), new RegExp(`create events in namespace \\S+: ${status}`));
        standIn.fault();
        await clock.pass(60_000);
        await transport.flush();
        assert.equal(await sum(), 1);
      });
});

describe('the token is in nothing that can be seen', { concurrency: 4 }, () => {
  const failures: Record<string, (pod: TestPod, standIn: StandIn) => FaultHook | undefined> = {
    'a server that works': () => undefined,
    'a server that is down': (_pod, server) => {
      void server.stopListening();
      return undefined;
    },
    'a 401 that quotes it': ({ token }) => {
      const message = `the token ${token} is not known`;
      return () => ({ status: 401, body: { kind: 'Status', message } });
    },
    'a 403 that quotes it': ({ token }) => {
      return () => ({ status: 403, body: { kind: 'Status', message: `Bearer ${token}` } });
    },
    'a refusal in plain text that quotes the request': ({ token }) => {
      return () => ({ status: 400, body: `bad request: {"authorization":["Bearer ${token}"]}` });
    },
    'a server that fails and quotes it': ({ token }) => {
      return () => ({ status: 500, body: `panic: header map[Authorization:[Bearer ${token}]]` });
    },
    'a broken connection': () => () => ({ reset: 'after' }),
    'a server that is silent': () => () => ({ hang: true }),
  };
  for (const [name, prepare] of Object.entries(failures))
    test(name, async (t) => {
      const warned: string[] = [];
      const onWarning = (warning: Error) => warned.push(shown(warning));
      process.on('warning', onWarning);
      t.after(() => process.off('warning', onWarning));
      const isWorking = name === 'a server that works';
      const options = isWorking ? { speed: 1, flushTimeout: 30_000 } : {};
      const { standIn, pod, transport, logger, warnings } = await createPodLogger(t, options);
      const hook = prepare(pod, standIn);
      if (hook !== undefined) standIn.fault(hook);
      logger.error('cannot reach the payment gateway');
      await transport.flush();
      await new Promise((resolve) => setImmediate(resolve));
      const secrets = partsOf(pod.token);
      assertNone(shown(transport), secrets, 'the transport');
      assertNone(shown(logger), secrets, 'the logger');
      assertNone(shown(transport.stats), secrets, 'stats');
      assert.equal(warnings.length === 0, isWorking);
      for (const warning of warnings) assertNone(shown(warning), secrets, 'a diagnostic');
      for (const warning of warned) assertNone(warning, secrets, 'a process warning');
    });

  test('the command, with a server that quotes it', async (t) => {
    const server = await startStandIn();
    t.after(() => server.close());
    const pod = await server.createPod({ namespace: await server.createNamespace(), name: 'web-1' });
    server.fault(() => ({ status: 422, body: { kind: 'Status', message: `Bearer ${pod.token} is odd` } }));
    for (const args of [
      ['doctor'],
      ['doctor', '--json'],
      ['emit', '--regarding', 'pod/web-1', '--reason', 'Tried', 'tried'],
    ]) {
      const { status, stdout, stderr } = await inPod(pod, args);
      assert.equal(status, 1);
      assert.match(stdout + stderr, /is odd/);
      assertNone(stdout + stderr, partsOf(pod.token), args.join(' '));
    }
    server.fault();
    for (const args of [['doctor'], ['doctor', '--json']]) {
      const { status, stdout } = await inPod(pod, args);
      assert.equal(status, 0);
      assertNone(stdout, partsOf(pod.token), args.join(' '));
    }
  });
});

describe('TLS trusts the mounted CA alone', { concurrency: 4 }, () => {
  const report = new URL('../fixtures/report.mjs', import.meta.url);
  const record = [JSON.stringify([{ level: 'error', message: 'cannot reach the payment gateway' }])];

  async function misplaced(t: TestContext, ca: string): Promise<TestPod> {
    const pod = await createPod();
    const serviceAccountDir = join(await createFolder(t), 'serviceaccount');
    await writeProjected(serviceAccountDir, { token: pod.token, 'ca.crt': ca, namespace: pod.namespace });
    return { ...pod, serviceAccountDir };
  }

  const environments: Record<string, (file: string) => Record<string, string>> = {
    'NODE_TLS_REJECT_UNAUTHORIZED=0': () => ({ NODE_TLS_REJECT_UNAUTHORIZED: '0' }),
    NODE_EXTRA_CA_CERTS: (file) => ({ NODE_EXTRA_CA_CERTS: file }),
  };
  const authorities: Record<string, () => Promise<string>> = {
    another: async () => (await otherCertificates()).ca,
    'an empty': async () => '',
    'an unreadable': async () => 'not a certificate\n',
    'a broken': async () => '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n',
  };
  for (const [variable, environment] of Object.entries(environments))
    for (const [kind, authority] of Object.entries(authorities))
      test(`${variable} opens nothing with ${kind} CA`, async (t) => {
        const pod = await misplaced(t, await authority());
        const file = join(await createFolder(t), 'extra.pem');
        await writeFile(file, standIn.ca);
        const env = environment(file);
        const before = standIn.requests.length;
        const args = [...record, '{"flushTimeout":1500}'];
        const { code } = await runApplication({ script: report, pod, env, args }).exited;
        assert.equal(code, 0);
        assert.deepEqual(await standIn.events(pod.namespace), []);
        assert.equal(
          standIn.requests.slice(before).filter(({ path }) => path.includes(pod.namespace)).length,
          0,
        );
      });

  test('the token does not go through HTTPS_PROXY', async (t) => {
    const proxy = createHttpServer();
    const { seen, port } = await listen(t, proxy);
    proxy.on('connect', ({ url }, socket) => {
      seen.push(`CONNECT ${url}`);
      socket.destroy();
    });
    const pod = await createPod();
    const url = `http://127.0.0.1:${port}`;
    const env = {
      HTTPS_PROXY: url,
      https_proxy: url,
      HTTP_PROXY: url,
      ALL_PROXY: url,
      NODE_USE_ENV_PROXY: '1',
    };
    // Node 22 warns that its proxies are experimental.
    const execArgv = ['--disable-warning=UNDICI-EHPA'];
    const { code, stderr } = await runApplication({ script: report, pod, env, args: record, execArgv })
      .exited;
    assert.deepEqual({ code, stderr, seen }, { code: 0, stderr: '', seen: [] });
    assert.equal((await standIn.events(pod.namespace)).length, 1);
  });
});

describe('a mount that is not what it should be is a diagnostic, and counts wait', { concurrency: 4 }, () => {
  const huge = 100 * 1024 * 1024;
  const broken: Record<string, (file: string) => Promise<unknown> | unknown> = {
    'is missing': () => {},
    'is empty': (file) => writeFile(file, ''),
    'is blank': (file) => writeFile(file, ' \n\n'),
    'is a directory': (file) => mkdir(file),
    'is a pipe': (file) => execFileSync('mkfifo', [file]),
    'has 100 MB': async (file) => {
      await writeFile(file, 'x');
      await truncate(file, huge);
    },
    'is binary': (file) => writeFile(file, Buffer.from([0, 255, 10, 13, 27])),
  };
  const tokens: Record<string, (token: string) => string> = {
    'with a line end within': (token) => `${token.slice(0, 40)}\n${token.slice(40)}`,
    'with a header within': (token) => `${token}\r\nx-evil: 1`,
    'with a NUL within': (token) => `${token.slice(0, 40)}\0${token.slice(40)}`,
    'with a letter beyond ASCII': (token) => `${token}é`,
    'with a blank within': (token) => `${token} ${token}`,
  };
  const cases: [name: string, file: string, make: (path: string, token: string) => unknown][] = [
    ...['token', 'ca.crt'].flatMap((file) =>
      Object.entries(broken).map(([name, make]): (typeof cases)[number] => [`${file} ${name}`, file, make]),
    ),
    ...Object.entries(tokens).map(([name, change]): (typeof cases)[number] => [
      `a token ${name}`,
      'token',
      (path, token) => writeFile(path, change(token)),
    ]),
  ];
  for (const [name, file, make] of cases)
    test(name, async (t) => {
      const { namespace, token, env } = await createPod();
      const serviceAccountDir = await createFolder(t);
      const good: Record<string, string> = { token, 'ca.crt': standIn.ca, namespace };
      const fill = (only: (file: string) => boolean) =>
        Promise.all(
          Object.entries(good).map(
            ([each, text]) => only(each) && writeFile(join(serviceAccountDir, each), text),
          ),
        );
      await fill((each) => each !== file);
      await make(join(serviceAccountDir, file), token);
      const transport = new KubernetesEventTransport({ serviceAccountDir, flushTimeout: 700 }, { env });
      const warnings: KubernetesEventsError[] = [];
      transport.on('warn', (warning: KubernetesEventsError) => warnings.push(warning));
      for (let i = 0; i < 3; i++)
        transport.log({ level: 'error', message: 'cannot reach the payment gateway' });
      assert.equal(await transport.flush(), false);
      await new Promise((resolve) => setImmediate(resolve));
      const codes = warnings.map(({ code }) => code);
      assert.ok(codes.includes('KEVT_NO_CREDENTIALS'), codes.join());
      for (const warning of warnings) assertNone(shown(warning), [token.slice(0, 30)], 'a diagnostic');
      assert.match(warnings.map(String).join('\n'), new RegExp(`\\b${file.replace('.', '\\.')}\\b`));
      assert.deepEqual(await standIn.events(namespace), []);
      // Nothing was sent.
      assert.equal(transport.stats.requests, 0);

      await rm(join(serviceAccountDir, file), { recursive: true, force: true });
      await fill((each) => each === file);
      assert.equal(await transport.flush(), true);
      assert.deepEqual(
        (await standIn.events(namespace)).map(({ count }) => count),
        [3],
      );
    });

  test('a file that the process may not read is reported as that', async (t) => {
    if (process.getuid?.() !== 0) return t.skip('only root can start a process that may not read the files');
    const pod = await createPod();
    const serviceAccountDir = await createFolder(t);
    execFileSync('chmod', ['711', serviceAccountDir]);
    await writeFile(join(serviceAccountDir, 'token'), pod.token, { mode: 0o600 });
    await writeFile(join(serviceAccountDir, 'ca.crt'), standIn.ca, { mode: 0o644 });
    const script = `
      process.setuid(65534);
      const { KubernetesEventTransport } = require('winston-kubernetes-events');
      const serviceAccountDir = ${JSON.stringify(serviceAccountDir)};
      const transport = new KubernetesEventTransport({ serviceAccountDir, flushTimeout: 700 });
      transport.on('warn', ({ code, message }) => console.log(code, message));
      transport.log({ level: 'error', message: 'x' });
      transport.flush().then(console.log);`;
    const stdout = execFileSync(process.execPath, ['--no-warnings', '--eval', script], {
      cwd: join(import.meta.dirname, '../..'),
      env: { PATH: process.env.PATH, ...pod.env },
      encoding: 'utf8',
      timeout: 30_000,
    });
    assert.match(stdout, /^KEVT_NO_CREDENTIALS .*EACCES.*token/m);
    assert.match(stdout, /^false$/m);
  });

  test('a rotation in the middle of reads costs nothing', async (t) => {
    const pod = await createPod();
    const serviceAccountDir = join(await createFolder(t), 'serviceaccount');
    const files = { token: pod.token, 'ca.crt': standIn.ca, namespace: pod.namespace };
    await writeProjected(serviceAccountDir, files);
    // Another process, so that the swap can happen between any two calls of this process.
    const { child } = runApplication({
      script: new URL('../fixtures/rotate.mjs', import.meta.url),
      args: [serviceAccountDir, JSON.stringify(files)],
    });
    const transport = new KubernetesEventTransport({ serviceAccountDir }, { env: pod.env });
    const warnings: unknown[] = [];
    transport.on('warn', (warning) => warnings.push(String(warning)));
    for (let i = 0; i < 300; i++) {
      transport.log({ level: 'error', message: 'cannot reach the payment gateway' });
      assert.equal(await transport.flush(), true);
    }
    child.kill('SIGKILL');
    assert.deepEqual(warnings, []);
    assert.deepEqual(
      (await standIn.events(pod.namespace)).map(({ count }) => count),
      [300],
    );
  });
});

describe('variables that do not name a host and a port are a diagnostic', () => {
  const host = 'KUBERNETES_SERVICE_HOST';
  const port = 'KUBERNETES_SERVICE_PORT';
  const cases: [variable: string, value: string][] = [
    ...[
      ' ',
      '10.0.0.1 ',
      'evil.com/path',
      'user@10.0.0.1',
      'evil.com:8443',
      'https://10.0.0.1',
      '10.0.0.1#',
      'a?b',
    ],
    ...[
      'a\\b',
      '10.0.0.1\r\nx: y',
      '[::1',
      '::1]',
      '::1%eth0',
      '1:2',
      ':',
      '-',
      '.',
      'a..b',
      '-a',
      'x'.repeat(254),
      'ä',
    ],
  ].map((value): [string, string] => [host, value]);
  cases.push(
    ...['0', '65536', '-1', '443/x', '4.5', '1e3', ' 443', '443 ', '0x1bb', '٤٤٣', 'https', '443443443'].map(
      (value): [string, string] => [port, value],
    ),
  );
  for (const [variable, value] of cases)
    test(`${variable}=${inspect(value)}`, async () => {
      const env = { [host]: '10.0.0.1', [port]: '443', [variable]: value };
      const transport = new KubernetesEventTransport({}, { env });
      const warnings: KubernetesEventsError[] = [];
      transport.on('warn', (warning: KubernetesEventsError) => warnings.push(warning));
      transport.log({ level: 'error', message: 'x' });
      assert.equal(await transport.flush(), true);
      const about = warnings.filter(({ code }) => code === 'KEVT_NOT_IN_CLUSTER');
      assert.equal(about.length, 1);
      assert.match(String(about[0]), new RegExp(`${variable}: expected a (host|port)`));
    });

  for (const value of [
    '10.0.0.1',
    '::1',
    'fd00::1',
    '::ffff:10.0.0.1',
    'kubernetes.default.svc',
    'api',
    'a.b.',
  ])
    test(`${host}=${value} is one`, async () => {
      const folder = '/nonexistent';
      const env = { [host]: value, [port]: '443' };
      const transport = new KubernetesEventTransport({ serviceAccountDir: folder }, { env });
      const codes: string[] = [];
      transport.on('warn', ({ code }: KubernetesEventsError) => codes.push(code));
      await new Promise((resolve) => setImmediate(resolve));
      assert.deepEqual(codes, ['KEVT_NO_CREDENTIALS']);
    });
});
