import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..');

interface Run {
  options?: object;
  env?: Record<string, string>;
  /** Code that runs before anything is imported. */
  setUp?: string;
}

/** Runs a script with a logger outside a cluster and returns what it prints. */
function run(script: string, { options = { local: 'console' }, env = {}, setUp = '' }: Run = {}) {
  const code = `${setUp}
    const { default: winston } = await import('winston');
    const { KubernetesEventTransport } = await import('winston-kubernetes-events');
    const transport = new KubernetesEventTransport(${JSON.stringify(options)});
    const logger = winston.createLogger({ transports: [transport] });
    ${script}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '--eval', code], {
    cwd: root,
    env: { PATH: process.env['PATH'], HOME: '/nonexistent', ...env },
    encoding: 'utf8',
    timeout: 25_000,
  });
  assert.equal(stderr, '');
  assert.equal(status, 0);
  return stdout;
}

/** Removes the time of day, which has its own test. */
const shown = (stdout: string) => stdout.replace(/^\d\d:\d\d:\d\d {2}/gm, '');

test('an Event is one line: time, type, reason, object and message', () => {
  const stdout = run(`logger.error('cannot reach the payment gateway', {
    reason: 'GatewayUnreachable', regarding: { kind: 'Deployment', name: 'web', namespace: 'shop' } });`);
  assert.match(
    stdout,
    /^\d\d:\d\d:\d\d {2}Warning {2}GatewayUnreachable {2}deployment\/web -n shop {2}cannot reach the payment gateway\n$/,
  );
});

test('a record without an object is about a pod with the name of this host', () => {
  const stdout = run(`logger.error('out of disk');`);
  assert.equal(shown(stdout), `Warning  LoggedError  pod/${hostname()} -n default  out of disk\n`);
});

test('repeats are shown with a growing count', () => {
  const stdout = run(`
    for (let i = 0; i < 3; i++) { logger.error('out of disk'); await transport.flush(); }
    for (let i = 0; i < 4; i++) logger.error('out of disk');`);
  const line = `Warning  LoggedError  pod/${hostname()} -n default  out of disk`;
  assert.deepEqual(shown(stdout).trimEnd().split('\n'), [
    line,
    `${line} (x2)`,
    `${line} (x3)`,
    `${line} (x7)`,
  ]);
});

test('Normal Events are shown where the level lets them through', () => {
  const stdout = run(`logger.info('started', { regarding: 'node/node-a' });`, {
    options: { local: 'console', level: 'info' },
  });
  assert.equal(shown(stdout), 'Normal   LoggedInfo  node/node-a -n default  started\n');
});

test('a message is one line without control and direction characters', () => {
  const stdout = run(
    `logger.error('a\\r\\nb\\tc\\u001b[31mred\\u001b[0m\\u0007\\u202egnp.exe\\u2066x\\u2028y\\u009b1mz\\u0000', { reason: 'Odd' });`,
  );
  assert.equal(shown(stdout), `Warning  Odd  pod/${hostname()} -n default  a b cred gnp.exex y 1mz\n`);
  assert.doesNotMatch(stdout.slice(0, -1), /[\p{Cc}\p{Bidi_Control}]/u);
});

const ESCAPE = '\u001b';
const TERMINAL = `process.stdout.isTTY = true;`;

test('the type is coloured on a terminal, and only there', () => {
  const script = `logger.error('out of disk'); logger.info('started');`;
  const options = { local: 'console', level: 'info' };
  const coloured = run(script, { options, setUp: TERMINAL });
  assert.ok(coloured.includes(`${ESCAPE}[33mWarning${ESCAPE}[39m  LoggedError`), coloured);
  assert.ok(coloured.includes(`${ESCAPE}[32mNormal ${ESCAPE}[39m  LoggedInfo`), coloured);
  assert.ok(!run(script, { options }).includes(ESCAPE));
  assert.ok(!run(script, { options, setUp: TERMINAL, env: { NO_COLOR: '1' } }).includes(ESCAPE));
  assert.equal(run(script, { options, env: { FORCE_COLOR: '1' } }).split(ESCAPE).length, 5);
});

test('credentials are masked on the console too', () => {
  const stdout = run(`logger.error('cannot reach postgres://shop:s3cr3t@db/orders');`);
  assert.doesNotMatch(stdout, /s3cr3t/);
});

test('what process.exit() keeps from the console is reported, but not what it keeps from a sink', () => {
  const script = (local: string) => `
    import winston from 'winston';
    import { KubernetesEventTransport } from 'winston-kubernetes-events';
    const transport = new KubernetesEventTransport({ local: ${local} });
    winston.createLogger({ transports: [transport] }).error('out of disk');
    process.exit(0);`;
  const end = (local: string) =>
    spawnSync(process.execPath, ['--input-type=module', '--eval', script(local)], {
      cwd: root,
      env: { PATH: process.env['PATH'] },
      encoding: 'utf8',
    }).stderr;
  assert.match(
    end("'console'"),
    /\[KEVT_UNDELIVERED\] .*: the process ends; pending occurrences: 1\. Await flush/,
  );
  assert.equal(end('{ write() {} }'), '');
});

test('KUBERNETES_EVENTS overrides the option, in all directions', () => {
  const script = `logger.error('out of disk');`;
  const inPod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  const printed = /^\d\d:\d\d:\d\d {2}Warning/;
  assert.match(run(script, { options: {}, env: { KUBERNETES_EVENTS: 'console' } }), printed);
  assert.match(run(script, { options: {}, env: { ...inPod, KUBERNETES_EVENTS: 'console' } }), printed);
  assert.equal(run(script, { env: { KUBERNETES_EVENTS: 'silent' } }), '');
  assert.equal(run(script, { options: {}, env: { ...inPod, KUBERNETES_EVENTS: 'silent' } }), '');
  assert.match(run(script, { env: { KUBERNETES_EVENTS: '' } }), printed);
});

test('KUBERNETES_EVENTS=cluster outside a cluster is one warning that says so', () => {
  const { stderr, stdout, status } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import { EventRecorder } from 'winston-kubernetes-events';
       const recorder = new EventRecorder();
       for (let i = 0; i < 3; i++) recorder.warning('deployment/web', 'Failed', 'out of disk');`,
    ],
    { cwd: root, env: { PATH: process.env['PATH'], KUBERNETES_EVENTS: 'cluster' }, encoding: 'utf8' },
  );
  assert.deepEqual({ stdout, status }, { stdout: '', status: 0 });
  assert.equal(stderr.match(/KEVT_NOT_IN_CLUSTER/g)?.length, 1, stderr);
});

test('a value of KUBERNETES_EVENTS that is not known is one process warning and silence, never the end', () => {
  const inPod = { KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: '1' };
  const { stderr, stdout, status } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import T from 'winston-kubernetes-events';
       for (const local of ['console', 'silent']) new T({ local }).log({ level: 'error', message: 'out of disk' });`,
    ],
    {
      cwd: root,
      env: { PATH: process.env['PATH'], ...inPod, KUBERNETES_EVENTS: 'disabled' },
      encoding: 'utf8',
    },
  );
  assert.deepEqual({ stdout, status }, { stdout: '', status: 0 });
  const [warning, ...others] = stderr.match(/^.*KEVT_.*$/gm) ?? [];
  assert.deepEqual(others, []);
  assert.match(
    warning!,
    /\[KEVT_SETTING\] KubernetesEventsWarning: .*KUBERNETES_EVENTS.* expected one of silent, console, kubeconfig, cluster \(or off, false, none, no, 0 for silent\), got "disabled"\. Set /,
  );
});

test('by default nothing is loaded, read, or timed outside a cluster', () => {
  const setUp = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    globalThis.seen = [];
    const watch = (object, name) => {
      const original = object[name];
      object[name] = (...args) => (globalThis.isWatching && globalThis.seen.push(name), original.apply(object, args));
    };`;
  const stdout = run(
    `
    for (const name of ['readFile', 'readFileSync', 'open', 'openSync', 'stat', 'statSync', 'readlinkSync', 'existsSync', 'lstatSync']) watch(fs, name);
    watch(fs.promises, 'readFile'); watch(fs.promises, 'open');
    for (const name of ['setTimeout', 'setInterval', 'setImmediate']) watch(globalThis, name);
    syncBuiltinESMExports();
    const loaded = process.moduleLoadList.length;
    globalThis.isWatching = true;
    for (let i = 0; i < 1000; i++) logger.error(new Error('out of disk ' + i), { regarding: 'deployment/web' });
    await transport.flush();
    globalThis.isWatching = false;
    const modules = process.moduleLoadList.filter((name) => /NativeModule (https|child_process|crypto)$/.test(name));
    const files = process.moduleLoadList.slice(loaded);
    const resources = process.getActiveResourcesInfo().filter((name) => /Timeout|TCP|TLS/.test(name));
    console.log(JSON.stringify({ seen: globalThis.seen, modules, files, resources, stats: transport.stats.records }));`,
    { options: {}, setUp },
  );
  const { modules, ...rest } = JSON.parse(stdout);
  assert.deepEqual(rest, { seen: [], files: [], resources: [], stats: 0 });
  assert.deepEqual(
    modules.filter((name: string) => !winstonLoads().includes(name)),
    [],
  );
});

/** The modules that winston loads without the transport. */
function winstonLoads(): string[] {
  const { stdout } = spawnSync(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import 'winston'; console.log(JSON.stringify(process.moduleLoadList));`,
    ],
    { cwd: root, env: { PATH: process.env['PATH'] }, encoding: 'utf8' },
  );
  return JSON.parse(stdout);
}

test('by default no module beside the package and winston-transport is imported', () => {
  const hook = `import { writeSync } from 'node:fs';
    export const resolve = (name, context, next) => (writeSync(1, 'import ' + name + '\\n'), next(name, context));`;
  const url = `data:text/javascript,${encodeURIComponent(hook)}`;
  const stdout = run(`logger.error('out of disk'); await transport.flush();`, {
    options: {},
    // Node 26 warns that registerHooks() should be used, which Node 20 does not have.
    setUp: `import { register } from 'node:module'; process.noDeprecation = true; register(${JSON.stringify(url)});`,
  });
  assert.match(stdout, /^import winston-kubernetes-events$/m);
  assert.doesNotMatch(stdout, /client-node|node:https|node:child_process|node:dns/);
});
