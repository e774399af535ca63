import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { type Application, runApplication } from '../support/application.ts';

const ROOT = join(import.meta.dirname, '../..');

/** A cluster that is not the demo's. */
let other: StandIn;
before(async () => {
  other = await startStandIn();
});
after(() => other.close());

const runDemo = (env: Record<string, string>, ...args: string[]): Application =>
  runApplication({ script: join(ROOT, 'examples/demo.ts'), execArgv: ['--import', 'tsx'], env, args });

async function namespaces(): Promise<string[]> {
  const { body } = await other.request('GET', '/api/v1/namespaces');
  return body.items.map(({ metadata }: { metadata: { name: string } }) => metadata.name);
}

test('the cluster of KUBECONFIG is left alone unless the demo is told to use it', async () => {
  const untouched = await namespaces();
  const demo = runDemo({ KUBECONFIG: other.kubeconfigFile });
  await demo.waitForLine(/^The cluster of KUBECONFIG is left alone: npm run demo -- --kubeconfig/);
  await demo.waitForLine(/\(stand-in, https:/);
  await demo.waitForLine(/starts with a wrong configuration/);
  assert.deepEqual(await namespaces(), untouched);
  demo.child.kill('SIGINT');
  assert.equal((await demo.exited).code, 130);
});

test('it says where it writes before it does, and removes what it has made when it is interrupted', async () => {
  const untouched = await namespaces();
  const nodes = (await other.request('GET', '/api/v1/nodes')).body.items.length;
  const demo = runDemo({ KUBECONFIG: other.kubeconfigFile }, '--kubeconfig');
  const said =
    /^This writes to the cluster of context stand-in \((\S+)\), into the new namespace (\S+), and removes/;
  const [, url, namespace = ''] = await demo.waitForLine(said);
  assert.equal(url, other.url);
  await demo.waitForLine(/starts with a wrong configuration/);
  assert.ok((await namespaces()).includes(namespace));
  demo.child.kill('SIGINT');
  const { code, stdout, stderr } = await demo.exited;
  assert.equal(code, 130);
  assert.equal(stderr, 'Stopped; what the demo has made is removed.\n');
  // The output begins with this.
  assert.match(stdout, said);
  assert.deepEqual(await namespaces(), untouched);
  assert.equal((await other.request('GET', '/api/v1/nodes')).body.items.length, nodes);
});

const wrong: [string, Record<string, string>, string[], RegExp][] = [
  [
    'a kubeconfig that is not there',
    { KUBECONFIG: '/nowhere/config' },
    ['--kubeconfig'],
    /there is no kubeconfig \/nowhere\/config\. Name .*KUBECONFIG=FILE npm run demo -- --kubeconfig$/,
  ],
  [
    'a file that is no kubeconfig',
    { KUBECONFIG: join(ROOT, 'package.json') },
    ['--kubeconfig'],
    /package\.json: expected a current-context .*KUBECONFIG=FILE npm run demo/,
  ],
  [
    'a folder without a control plane',
    { KUBEBUILDER_ASSETS: '/nowhere' },
    [],
    /executable \/nowhere\/etcd: KUBEBUILDER_ASSETS .* run env -u KUBEBUILDER_ASSETS npm run demo$/,
  ],
  ['another argument', {}, ['--cluster'], /takes --kubeconfig or nothing, got --cluster$/],
];
for (const [what, env, args, expected] of wrong)
  test(`one line says what to run instead: ${what}`, async () => {
    const { code, stdout, stderr } = await runDemo(env, ...args).exited;
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /^npm run demo: .*\n$/);
    assert.match(stderr.trimEnd(), expected);
  });

test('a cluster that does not answer is told before anything is written', async () => {
  const gone = await startStandIn();
  await gone.stopListening();
  const { code, stderr } = await runDemo({ KUBECONFIG: gone.kubeconfigFile }, '--kubeconfig').exited;
  await gone.close();
  assert.equal(code, 1);
  assert.match(stderr, /^npm run demo: \S+: .*ECONNREFUSED.*\n$/);
});

test('in a clone without its packages it says what to run', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'clone-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['package.json', 'src', 'examples'])
    await cp(join(ROOT, name), join(folder, name), { recursive: true });
  const { code, output } = await new Promise<{ code: unknown; output: string }>((resolve) =>
    execFile('npm', ['run', 'demo'], { cwd: folder }, (error, stdout, stderr) =>
      resolve({ code: error?.code, output: stdout + stderr }),
    ),
  );
  assert.equal(code, 1);
  assert.match(output, /^The packages that this needs are not installed\. Run: npm ci$/m);
  assert.doesNotMatch(output, /\n\s+at /);
});
