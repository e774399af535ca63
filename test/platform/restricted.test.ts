/** Processes with fewer rights than usual: hardened containers, and the hardening flags of Node. */
import assert from 'node:assert/strict';
import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { runApplication } from '../support/application.ts';
import { type InstalledPackage, installPackage, NAME } from './installed-package.ts';

const APPLICATION = `
  import winston from 'winston';
  import { KubernetesEventTransport } from '${NAME}';
  const { SERVICE_ACCOUNT_DIR: serviceAccountDir } = process.env;
  const transport = new KubernetesEventTransport({ serviceAccountDir });
  transport.on('warn', ({ code, message }) => console.log(code, message));
  const logger = winston.createLogger({ transports: [transport] });
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: '8a6e' };
  logger.error('cannot reach the payment gateway', { regarding });
  logger.warn(Object.assign(new TypeError('no route for 10.0.0.1'), { code: 'ENOROUTE' }));`;
const MESSAGES = ['cannot reach the payment gateway', 'no route for 10.0.0.1'];

let user: InstalledPackage;
let standIn: StandIn;
before(async () => {
  [user, standIn] = await Promise.all([installPackage(), startStandIn()]);
  await user.write('application.mjs', APPLICATION);
});
after(() => Promise.all([user.remove(), standIn.close()]));

/** Runs the application in a pod and expects its Events. Only the warnings of Node about its flags may be printed. */
async function expectEvents(
  flags: (serviceAccountDir: string) => string[] | Promise<string[]>,
  env: Record<string, string | undefined> = {},
): Promise<void> {
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'web-1' });
  const execArgv = ['--disable-warning=ExperimentalWarning', ...(await flags(pod.serviceAccountDir))];
  const script = join(user.folder, 'application.mjs');
  const { code, stdout, stderr } = await runApplication({ script, pod, env, execArgv }).exited;
  assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
  const events = await standIn.events(namespace);
  assert.deepEqual(events.map(({ message }) => message).sort(), MESSAGES);
}

/** The permission model of Node refuses what is not allowed, whatever the rights of the user are. */
async function permissions(serviceAccountDir: string): Promise<string[]> {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const paths = [user.folder, join(import.meta.dirname, '../../node_modules'), serviceAccountDir];
  const readable = await Promise.all(paths.map((path) => realpath(path)));
  return [
    major > 23 || (major === 23 && minor >= 5) || (major === 22 && minor >= 13)
      ? '--permission'
      : '--experimental-permission',
    ...readable.map((path) => `--allow-fs-read=${join(path, '*')}`),
    // From Node 25 on the network is a permission too.
    ...(process.allowedNodeEnvironmentFlags.has('--allow-net') ? ['--allow-net'] : []),
  ];
}

test('no file is written, and none is read but the code and the service account', () =>
  expectEvents(permissions));

test('no home directory is needed, and no variable but those that Kubernetes sets', () =>
  expectEvents(() => [], { HOME: undefined, PATH: undefined, USERPROFILE: undefined }));

for (const flag of [
  '--frozen-intrinsics',
  '--disable-proto=throw',
  '--disable-proto=delete',
  '--disallow-code-generation-from-strings',
  '--no-addons',
  '--unhandled-rejections=strict',
  '--throw-deprecation',
]) {
  test(`it runs with ${flag}`, () => expectEvents(() => [flag]));
}

test('it runs where the prototype of all objects is frozen after it was loaded', async () => {
  const freeze = `import winston from 'winston'; import '${NAME}'; Object.freeze(Object.prototype);`;
  const path = await user.write('freeze.mjs', freeze);
  await expectEvents(() => ['--import', pathToFileURL(path).href]);
});
