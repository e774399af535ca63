import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseAllDocuments } from 'yaml';
import { runApplication } from './support/application.ts';
import type { TestCluster, TestPod } from './support/cluster.ts';
import { podInNamespace } from './support/endings.ts';
import { openCluster } from './support/open-cluster.ts';

const REGISTER = 'winston-kubernetes-events/register';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

interface Way {
  pod?: TestPod;
  options?: object | string;
  env?: Record<string, string>;
  execArgv?: string[];
}

/** Runs an application that does not use this library itself, with the variable that an operator sets. */
async function run(script: string | URL, { pod, options = {}, env, execArgv = [] }: Way = {}) {
  const given =
    typeof options === 'string'
      ? options
      : JSON.stringify({ ...(pod && { serviceAccountDir: pod.serviceAccountDir }), ...options });
  const { exited } = runApplication({
    script,
    ...(pod && { pod }),
    execArgv,
    env: { NODE_OPTIONS: `--import=${REGISTER}`, KUBERNETES_EVENTS_OPTIONS: given, ...env },
  });
  return exited;
}

const fixture = (name: string) => new URL(`./fixtures/${name}`, import.meta.url);
const said = async (pod: TestPod) =>
  (await cluster.events(pod.namespace)).map(({ reason, count }) => `${count} ${reason}`).sort();

describe('--import winston-kubernetes-events/register', { concurrency: 2 }, () => {
  for (const script of ['register-require.cjs', 'register-import.mjs']) {
    test(`gives every logger one transport, whatever the application does to it: ${script}`, async () => {
      const pod = await podInNamespace(cluster);
      const { code, stderr } = await run(fixture(script), { pod });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
      assert.deepEqual(await said(pod), [
        '1 ByBare',
        '1 ByChild',
        '1 ByCleared',
        '1 ByConfigured',
        '1 ByContained',
        '1 ByCreated',
        '1 ByLate',
        '1 ByOwn',
        '1 ByStandard',
        '1 ByStripped',
        '1 BySyslog',
      ]);
    });
  }

  test('is there for named imports, with tsx and with the options of the variable', async () => {
    const pod = await podInNamespace(cluster);
    const options = {
      reason: 'FromVariable',
      component: 'shop',
      labels: { team: 'a' },
      api: 'events.k8s.io/v1',
    };
    for (const execArgv of [[], ['--import', 'tsx'], ['--require', 'tsx/cjs']]) {
      const { code, stderr } = await run(fixture('register-names.mjs'), { pod, options, execArgv });
      assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    }
    const [event, ...others] = await cluster.events(pod.namespace);
    assert.deepEqual(others, []);
    const { reason, reportingComponent, metadata } = event!;
    assert.deepEqual(
      { reason, reportingComponent, labels: metadata.labels },
      { reason: 'FromVariable', reportingComponent: 'shop', labels: { team: 'a' } },
    );
  });

  test('leaves an application alone outside of a cluster, and where it is switched off', async () => {
    const pod = await podInNamespace(cluster);
    for (const way of [{}, { pod, env: { KUBERNETES_EVENTS: ' Off ' } }]) {
      const { stdout, stderr } = await run(fixture('register-loaded.cjs'), way);
      assert.deepEqual({ stdout: stdout.trim(), stderr }, { stdout: '[1,[]]', stderr: '' });
    }
  });

  test('is what the manifest of the example sets', async () => {
    const pod = await podInNamespace(cluster);
    const url = new URL('../examples/without-a-code-change/', import.meta.url);
    const { spec } = parseAllDocuments(await readFile(new URL('manifest.yaml', url), 'utf8'))
      .map((document) => document.toJS())
      .find(({ kind }) => kind === 'Deployment');
    const [container] = spec.template.spec.containers;
    const { NODE_OPTIONS = '', KUBERNETES_EVENTS_OPTIONS = '' } = Object.fromEntries(
      container.env.map(({ name, value }: Record<string, string>) => [name, value]),
    );
    const { serviceAccountDir } = pod;
    const options = JSON.stringify({ ...JSON.parse(KUBERNETES_EVENTS_OPTIONS), serviceAccountDir });
    const service = runApplication({
      script: new URL(container.args[0], url),
      pod,
      env: { NODE_OPTIONS, KUBERNETES_EVENTS_OPTIONS: options, PORT: '0' },
    });
    const [, port] = await service.waitForLine(/listening on port (\d+)/);
    const headers = { connection: 'close' };
    await fetch(`http://127.0.0.1:${port}/orders`, { headers });
    service.child.kill('SIGTERM');
    const { code, stderr } = await service.exited;
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    const [event] = await cluster.events(pod.namespace);
    assert.deepEqual([event?.message, event?.reportingComponent], ['there is no page /orders', 'pages']);
  });

  test('warns once of a value of KUBERNETES_EVENTS that is not known, and makes no Events', async () => {
    const pod = await podInNamespace(cluster);
    const { code, stderr } = await run(fixture('register-names.mjs'), {
      pod,
      env: { KUBERNETES_EVENTS: 'onn' },
    });
    assert.equal(code, 0);
    assert.match(stderr, /KEVT_SETTING.*"onn"/);
    assert.equal(stderr.match(/KEVT_/g)?.length, 1, stderr);
    assert.deepEqual(await said(pod), []);
  });

  for (const [what, options, expected] of [
    ['no JSON', '{level', /KEVT_OPTIONS.*KUBERNETES_EVENTS_OPTIONS: expected a JSON object/s],
    ['no object', '["warn"]', /KEVT_OPTIONS.*KUBERNETES_EVENTS_OPTIONS: expected a JSON object/s],
    ['an option that there is not', { levl: 'warn' }, /KEVT_OPTIONS.*KUBERNETES_EVENTS_OPTIONS: .*levl/s],
    ['a value that is wrong', { api: 'v2', flushTimeout: -1 }, /KEVT_OPTIONS.*api: .*flushTimeout: /s],
  ] as const) {
    test(`lets an application start that is given ${what}, and warns once`, async () => {
      const pod = await podInNamespace(cluster);
      const { code, stderr } = await run(fixture('register-names.mjs'), { pod, options });
      assert.equal(code, 0);
      assert.match(stderr, expected);
      assert.equal(stderr.match(/KEVT_/g)?.length, 1, stderr);
      assert.deepEqual(await said(pod), []);
    });
  }

  test('warns once where there is no winston, or an old one, and the application runs', async () => {
    const pod = await podInNamespace(cluster);
    const old = { 'node_modules/winston/package.json': '{"version":"2.4.7","main":"lib/winston.js"}' };
    const code = {
      'lib/winston.js': "require('./winston/logger')",
      'lib/winston/logger.js': 'exports.Logger = class {}',
    };
    const files = Object.entries(code).map(([name, text]) => [`node_modules/winston/${name}`, text]);
    const app = { 'app.cjs': "try { require('winston'); } catch {} console.log('runs')" };
    const cases = [
      [app, 'expected winston 3, got none'],
      [{ ...app, ...old, ...Object.fromEntries(files) }, 'expected winston 3, got 2.4.7'],
    ] as const;
    for (const [texts, expected] of cases) {
      await inFolder(texts, async (folder) => {
        const env = { NODE_OPTIONS: `--import=${import.meta.resolve(REGISTER)}` };
        const { code: exit, stdout, stderr } = await run(join(folder, 'app.cjs'), { pod, env });
        assert.deepEqual({ exit, stdout }, { exit: 0, stdout: 'runs\n' });
        assert.match(stderr, new RegExp(`KEVT_REGISTER.*${expected}`));
        assert.equal(stderr.match(/KEVT_/g)?.length, 1, stderr);
      });
    }
  });
});

async function inFolder(
  files: Record<string, string>,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'register-'));
  try {
    for (const [name, text] of Object.entries(files)) {
      await mkdir(join(folder, name, '..'), { recursive: true });
      await writeFile(join(folder, name), text);
    }
    await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
