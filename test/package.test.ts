import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import test, { after, before } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '..');
const NAME = 'winston-kubernetes-events';
/** What its users have installed beside it. */
const NEIGHBOURS = ['winston', 'winston-transport', 'triple-beam', 'logform', '@types'];
const EXPORTS = [
  'EventRecorder',
  'KubernetesEventTransport',
  'KubernetesEventsError',
  'default',
  'detectPodIdentity',
];

const execute = promisify(execFile);

/** A folder of somebody who has installed the packed package. */
let folder: string;
let files: string[];
let manifest: { version: string; scripts?: Record<string, string> };

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'package-'));
  // Without the build that packing would run: dist is there, and other tests are using it.
  const { stdout } = await execute(
    'npm',
    ['pack', '--json', '--ignore-scripts', '--pack-destination', folder],
    {
      cwd: root,
    },
  );
  const [packed] = JSON.parse(stdout);
  files = packed.files.map(({ path }: { path: string }) => path);
  const installed = join(folder, 'node_modules', NAME);
  await mkdir(installed, { recursive: true });
  await execute('tar', ['-xzf', join(folder, packed.filename), '-C', installed, '--strip-components=1']);
  for (const neighbour of NEIGHBOURS) {
    await symlink(join(root, 'node_modules', neighbour), join(folder, 'node_modules', neighbour));
  }
  manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
});

after(() => rm(folder, { recursive: true, force: true }));

async function run(file: string, script: string): Promise<unknown> {
  await writeFile(join(folder, file), script);
  const { stdout } = await execute(process.execPath, [file], {
    cwd: folder,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout);
}

test('the package holds what a user needs and nothing else', () => {
  const documents = files.filter((path) => !path.startsWith('dist/'));
  assert.deepEqual(documents.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  for (const path of files)
    assert.match(path, /^dist\/.*\.(js|mjs|d\.ts|d\.mts)$|^dist\/package\.json$|^[^/]+$/);
});

test('installing the package runs no scripts', () => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(manifest.scripts?.[script], undefined, script);
  }
});

test('the version in the code is that of the package', async () => {
  const source = await readFile(join(root, 'src/version.ts'), 'utf8');
  assert.match(source, new RegExp(`VERSION = '${manifest.version}'`));
});

const USE = `
  const logger = winston.createLogger({ transports: [new library.KubernetesEventTransport({ local: sink })] });
  logger.warn('disk is nearly full');
  await new Promise((resolve) => logger.on('finish', resolve).end());
  console.log(JSON.stringify({
    exports: Object.keys(library).filter((name) => name !== 'module.exports' && name !== '__esModule').sort(),
    isDefault: library.default === library.KubernetesEventTransport,
    messages: sink.events.map(({ message }) => message),
  }));`;
const USED = { exports: EXPORTS, isDefault: true, messages: ['disk is nearly full'] };

test('it can be imported', async () => {
  const used = await run(
    'use.mjs',
    `import winston from 'winston';
     import * as library from '${NAME}';
     import { MemorySink } from '${NAME}/testing';
     const sink = new MemorySink();${USE}`,
  );
  assert.deepEqual(used, USED);
});

test('it can be required', async () => {
  const used = await run(
    'use.cjs',
    `const winston = require('winston');
     const library = require('${NAME}');
     const { MemorySink } = require('${NAME}/testing');
     (async () => { const sink = new MemorySink();${USE} })();`,
  );
  assert.deepEqual(used, USED);
});

test('its command runs, and is not loaded by the library', async () => {
  const installed = join(folder, 'node_modules', NAME);
  const { bin } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  const command = join(installed, bin[NAME]);
  assert.match(await readFile(command, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  const { stdout } = await execute(process.execPath, [command, '--version'], { cwd: folder });
  assert.equal(stdout, `${manifest.version}\n`);
  const loaded = await run(
    'loaded.cjs',
    `require('${NAME}'); require('${NAME}/testing');
     console.log(JSON.stringify(Object.keys(require.cache).filter((path) => path.includes('${NAME}/dist/command'))))`,
  );
  assert.deepEqual(loaded, []);
});

const TYPED = `
const sink = new MemorySink();
const options: KubernetesEventTransportOptions = { regarding: 'pod', local: sink, filter: ({ level }) => level === 'warn' };
const transport: KubernetesEventTransport = new Default(options);
winston.createLogger({ transports: [transport] }).add(new KubernetesEventTransport());
const recorder = new EventRecorder({ local: sink });
recorder.warning({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }, 'Degraded', 'one replica');
recorder.on('warn', (error) => error.fix.toUpperCase());
export const count: number | undefined = sink.events[0]?.count;
export const name: string | undefined = detectPodIdentity().name;
// @ts-expect-error: there is no such option
new KubernetesEventTransport({ colour: 'red' });
`;

for (const module of ['node16', 'nodenext']) {
  test(`its types resolve with module ${module}`, async () => {
    const names = `KubernetesEventTransport, EventRecorder, detectPodIdentity, type KubernetesEventTransportOptions`;
    const imports = `import winston from 'winston';
      import Default, { ${names} } from '${NAME}';
      import { MemorySink } from '${NAME}/testing';`;
    const config = {
      compilerOptions: {
        module,
        target: 'es2022',
        strict: true,
        noEmit: true,
        skipLibCheck: false,
        types: ['node'],
      },
      files: ['consumer.mts', 'consumer.cts'],
    };
    // A CommonJS module of TypeScript sees the default export through esModuleInterop.
    Object.assign(config.compilerOptions, { esModuleInterop: true, exactOptionalPropertyTypes: true });
    const project = join(folder, `tsconfig.${module}.json`);
    await writeFile(project, JSON.stringify(config));
    for (const file of config.files) await writeFile(join(folder, file), imports + TYPED);
    const result = await execute(join(root, 'node_modules/.bin/tsc'), ['-p', project]).catch(
      (error) => error,
    );
    assert.equal(result.stdout, '');
  });
}

async function readSources(): Promise<Map<string, string>> {
  const source = join(root, 'src');
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(source, name), 'utf8')] as [string, string]),
    ),
  );
}

test('only clock.ts reads real time and randomness', async () => {
  const real = /\b(Date\.now|performance\.now|Math\.random|new Date\(\)|set(Timeout|Interval|Immediate)\()/;
  const readers = [...(await readSources())].filter(([, text]) => real.test(text)).map(([name]) => name);
  assert.deepEqual(readers, ['clock.ts']);
});

test('the folders import in one direction', async () => {
  const order = ['record', 'correlator', 'delivery', 'cluster'];
  /** Files beside the folders that all of them may use. */
  const shared = ['clock.ts', 'diagnostics.ts', 'version.ts'];
  for (const [name, text] of await readSources()) {
    if (!name.startsWith('command/')) assert.doesNotMatch(text, /from '[^']*\/command\//, name);
    const rank = order.indexOf(name.split('/')[0]!);
    if (rank === -1) continue;
    for (const [, path] of text.matchAll(/from '(\.[^']+)'/g)) {
      const target = relative(root, join(root, name, '..', path!));
      const targetRank = order.indexOf(target.split('/')[0]!);
      assert.ok(
        shared.includes(target) || (targetRank !== -1 && targetRank <= rank),
        `${name} imports ${target}`,
      );
    }
  }
});
