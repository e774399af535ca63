/** The package in the layout of pnpm, in which each package finds only its own dependencies. */
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type StandIn, startStandIn } from '../../stand-in/stand-in.ts';
import { runApplication } from '../../support/application.ts';
import { podInNamespace } from '../../support/endings.ts';
import { execute, NAME } from '../installed-package.ts';
import { type Fetched, fetchPackages, notOnWindows } from './fetched-packages.ts';

const APPLICATION = `
import winston from 'winston';
import Transport, { EventRecorder, KubernetesEventTransport } from '${NAME}';
import { MemorySink } from '${NAME}/testing';

const options = JSON.parse(process.env['OPTIONS'] ?? '{}');
const transport: KubernetesEventTransport = new Transport(options);
winston.createLogger({ transports: [transport] }).error('cannot reach the payment gateway');
new EventRecorder({ local: new MemorySink() }, { env: {} }).warning('pod', 'Failed', 'disk full');
`;
const UNCHANGED = `import winston from 'winston';
winston.createLogger().error('cannot reach the payment gateway');
`;
const STRICT = ['--config.node-linker=isolated', '--config.hoist=false', '--ignore-scripts'];

describe('the layout of pnpm', { skip: notOnWindows() }, () => {
  let fetched: Fetched;
  let standIn: StandIn;
  let folder: string;
  before(async () => {
    [fetched, standIn] = await Promise.all([fetchPackages('pnpm@10'), startStandIn()]);
    folder = join(fetched.folder, 'application');
    await mkdir(folder);
    const dependencies = {
      winston: '^3.0.0',
      [NAME]: `file:${fetched.packed}`,
      '@kubernetes/client-node': '^1.4.0',
      typescript: '^5.0.0',
      '@types/node': '^20.0.0',
    };
    const manifest = { private: true, type: 'module', dependencies };
    await fetched.write('application/package.json', JSON.stringify(manifest));
    await run(fetched.bin('pnpm'), ['install', '--store-dir', join(fetched.folder, 'store'), ...STRICT]);
    await fetched.write('application/main.mts', APPLICATION);
    await fetched.write('application/unchanged.mjs', UNCHANGED);
  });
  after(() => Promise.all([fetched?.remove(), standIn?.close()]));

  const bin = (name: string) => join(folder, 'node_modules', '.bin', name);

  /** Runs a program in the folder of the application, and returns what it prints. */
  async function run(program: string, args: readonly string[]): Promise<string> {
    const { stdout, stderr } = await execute(program, args, { cwd: folder }).catch((error) => error);
    return stdout + stderr;
  }

  test('the declarations find all that they name, and the program its Event', async () => {
    const flags = ['--strict', '--module', 'nodenext', '--target', 'es2022', '--types', 'node'];
    assert.equal(await run(bin('tsc'), [...flags, 'main.mts']), '');
    const pod = await podInNamespace(standIn);
    const env = { OPTIONS: JSON.stringify({ serviceAccountDir: pod.serviceAccountDir }) };
    const { code, stderr } = await runApplication({ script: join(folder, 'main.mjs'), pod, env }).exited;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.equal((await standIn.events(pod.namespace))[0]?.message, 'cannot reach the payment gateway');

    // The package that is loaded only for a kubeconfig.
    const forUser = { OPTIONS: '{"local":"kubeconfig"}', KUBECONFIG: standIn.kubeconfigFile };
    const outside = await runApplication({ script: join(folder, 'main.mjs'), env: forUser }).exited;
    assert.deepEqual({ code: outside.code, stderr: outside.stderr }, { code: 0, stderr: '' });
    assert.equal((await standIn.events('default')).length, 1);
  });

  test('an application that does not name the package is served by --import', async () => {
    const { code, stdout } = await runApplication({
      script: join(folder, 'unchanged.mjs'),
      env: { KUBERNETES_EVENTS: 'console', NODE_OPTIONS: `--import ${NAME}/register` },
      cwd: folder,
    }).exited;
    assert.equal(code, 0);
    assert.match(stdout, /Warning {2}LoggedError .* cannot reach the payment gateway\n/);
  });

  test('the command runs', async () => {
    assert.match(await run(bin(NAME), ['--version']), /^\d+\.\d+\.\d+\n$/);
  });
});
