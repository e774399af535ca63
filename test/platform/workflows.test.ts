/** The workflows of the forge cannot run here. The test reads them, and checks that what they call exists. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { parseDocument } from 'yaml';
import { execute } from './installed-package.ts';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '.github/workflows');
const { scripts, engines } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

interface Step {
  uses?: string;
  run?: string;
}
interface Job {
  permissions?: Record<string, string>;
  'timeout-minutes'?: number;
  strategy?: { matrix: { os?: string[]; node?: (string | number)[] } };
  steps: Step[];
}
interface Workflow {
  on: Record<string, unknown>;
  permissions: Record<string, string>;
  jobs: Record<string, Job>;
}

async function read(path: string): Promise<unknown> {
  const document = parseDocument(await readFile(path, 'utf8'));
  assert.deepEqual([...document.errors, ...document.warnings], [], path);
  return document.toJS();
}

const workflows = new Map<string, Workflow>();
for (const name of await readdir(folder)) workflows.set(name, (await read(join(folder, name))) as Workflow);
const jobs = [...workflows].flatMap(([file, { jobs }]) =>
  Object.entries(jobs).map(([name, job]) => ({ at: `${file}: ${name}`, ...job })),
);

test('there is one for changes, clusters, measurements and releases', () => {
  assert.deepEqual([...workflows.keys()].sort(), ['bench.yml', 'ci.yml', 'cluster.yml', 'release.yml']);
  assert.deepEqual(Object.keys(workflows.get('bench.yml')!.on), ['workflow_dispatch']);
  assert.deepEqual(workflows.get('release.yml')!.on, { push: { tags: ['v*'] } });
});

test('the scripts that they run are there', () => {
  const called = jobs.flatMap(({ at, steps }) =>
    steps.flatMap(({ run = '' }) =>
      [...run.matchAll(/\bnpm (?:run ([\w:-]+)|(test)\b)/g)].map(([, script, own]) => [at, script ?? own!]),
    ),
  );
  assert.ok(called.length > 5);
  for (const [at, script] of called) assert.ok(scripts[script!], `${at}: npm run ${script}`);
});

test('workflows may only read, except that a release may write its provenance', () => {
  for (const [name, { permissions }] of workflows) assert.deepEqual(permissions, { contents: 'read' }, name);
  const more = jobs.filter(({ permissions }) => permissions !== undefined);
  assert.deepEqual(
    more.map(({ at, permissions }) => [at, permissions]),
    [['release.yml: publish', { contents: 'read', 'id-token': 'write' }]],
  );
});

test('actions have a major version, jobs an end, and no text of others becomes a command', () => {
  for (const { at, steps, 'timeout-minutes': limit } of jobs) {
    assert.ok(limit !== undefined && limit <= 60, at);
    for (const { uses, run = '' } of steps) {
      if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@v\d+$/, at);
      assert.doesNotMatch(run, /\$\{\{ *(github|inputs)\./, at);
    }
  }
});

test('changes are tested on every release of Node that is supported, and on three systems', () => {
  const { check, windows } = workflows.get('ci.yml')!.jobs;
  const versions = check!.strategy!.matrix.node!;
  assert.deepEqual(versions, [20, 22, 24, 'latest']);
  assert.ok(engines.node.startsWith(`>=${versions[0]}.`));
  assert.deepEqual(check!.strategy!.matrix.os, ['ubuntu-latest', 'macos-latest']);
  assert.deepEqual(windows!.strategy!.matrix.node, versions);
});

test('dependencies are looked after each week', async () => {
  const { version, updates } = (await read(join(root, '.github/dependabot.yml'))) as {
    version: number;
    updates: { 'package-ecosystem': string; schedule: object; groups: object }[];
  };
  assert.equal(version, 2);
  assert.deepEqual(
    updates.map((update) => update['package-ecosystem']),
    ['npm', 'github-actions'],
  );
  for (const { schedule, groups } of updates) {
    assert.deepEqual(schedule, { interval: 'weekly' });
    assert.ok(Object.keys(groups).length > 0);
  }
});

test('a tag that does not match the version is not released', { skip: noShell() }, async () => {
  const call = (tag: string) =>
    execute('npm', ['run', '--silent', 'check:tag'], { cwd: root, env: { ...process.env, TAG: tag } });
  await assert.rejects(
    call('v999.0.0'),
    /TAG: expected v\d+\.\d+\.\d+, with its part in CHANGELOG\.md, got v999/,
  );
});

test('a package with a placeholder in its addresses is not released', { skip: noShell() }, async (t) => {
  const cwd = await mkdtemp(join(tmpdir(), 'tag-'));
  t.after(() => rm(cwd, { recursive: true, force: true }));
  const { version, scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  const call = async (manifest: string, source: string) => {
    const files = {
      'package.json': JSON.stringify({ version, scripts, homepage: `https://github.com/${manifest}/x` }),
      'CHANGELOG.md': `## ${version}\n`,
      'src/diagnostics.ts': `'https://github.com/${source}/x'`,
    };
    await mkdir(join(cwd, 'src'), { recursive: true });
    for (const [name, text] of Object.entries(files)) await writeFile(join(cwd, name), text);
    return execute('npm', ['run', '--silent', 'check:tag'], {
      cwd,
      env: { ...process.env, TAG: `v${version}` },
    });
  };
  await assert.rejects(call('your-organization', 'acme'), /got a placeholder: see CONTRIBUTING\.md/);
  await assert.rejects(call('acme', 'your-organization'), /got a placeholder/);
  await assert.doesNotReject(call('acme', 'acme'));
});

function noShell(): string | false {
  return process.platform === 'win32' && 'the scripts of package.json need a shell of POSIX';
}
