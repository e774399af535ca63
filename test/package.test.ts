import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join, posix, sep } from 'node:path';
import test, { after, before } from 'node:test';
import { execute, type InstalledPackage, installPackage, NAME } from './platform/installed-package.ts';

const root = join(import.meta.dirname, '..');
const EXPORTS = [
  'EventRecorder',
  'KubernetesEventTransport',
  'KubernetesEventsError',
  'default',
  'detectPodIdentity',
];

let user: InstalledPackage;
before(async () => {
  user = await installPackage();
});
after(() => user.remove());

async function run(file: string, script: string): Promise<unknown> {
  await user.write(file, script);
  const { stdout } = await execute(process.execPath, [file], {
    cwd: user.folder,
    env: { PATH: process.env.PATH },
  });
  return JSON.parse(stdout);
}

test('the package holds what a user needs and nothing else', (t) => {
  const paths = user.files.map(({ path }) => path);
  const documents = paths.filter((path) => !path.startsWith('dist/'));
  assert.deepEqual(documents.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
  for (const path of paths)
    assert.match(path, /^dist\/.*\.(js|mjs|d\.ts|d\.mts)$|^dist\/package\.json$|^[^/]+$/);
  t.diagnostic(`${paths.length} files, ${user.packedBytes} bytes packed, ${user.unpackedBytes} unpacked`);
});

test('the package holds all that its manifest names', () => {
  const { main, types, exports, typesVersions, bin } = user.manifest;
  const named =
    JSON.stringify([main, types, exports, typesVersions, bin]).match(/(?<=")(\.\/)?dist\/[^"]+/g) ?? [];
  assert.equal(new Set(named.map((path) => path.replace('./', ''))).size, 12);
  for (const path of named)
    assert.ok(
      user.files.some((file) => file.path === path.replace('./', '')),
      path,
    );
});

test('repository, homepage and bugs in the manifest belong to one repository', () => {
  const { repository, homepage, bugs } = user.manifest;
  const [, page] =
    /^git\+(https:\/\/github\.com\/[\w-]+\/winston-kubernetes-events)\.git$/.exec(repository.url) ?? [];
  assert.deepEqual([homepage, bugs], [`${page}#readme`, `${page}/issues`]);
});

test('every file of the code has its declarations', () => {
  const paths = new Set(user.files.map(({ path }) => path));
  for (const path of paths) {
    if (/\.m?js$/.test(path)) assert.ok(paths.has(path.replace(/\.(m?)js$/, '.d.$1ts')), path);
  }
});

test('installing the package runs no scripts, of its own or of what it needs', async () => {
  for (const script of ['preinstall', 'install', 'postinstall', 'prepare']) {
    assert.equal(user.manifest.scripts?.[script], undefined, script);
  }
  const { packages } = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'));
  const installed = Object.entries<{
    dev?: boolean;
    optional?: boolean;
    peer?: boolean;
    hasInstallScript?: true;
  }>(packages).filter(([path, { dev }]) => path !== '' && !dev);
  assert.ok(installed.some(([path]) => path === 'node_modules/winston-transport'));
  assert.deepEqual(
    installed.filter(([, { hasInstallScript }]) => hasInstallScript),
    [],
  );
});

test('the lock file names no registry', async () => {
  assert.doesNotMatch(await readFile(join(root, 'package-lock.json'), 'utf8'), /"resolved": "http/);
});

test('the version in the code is that of the package', async () => {
  const source = await readFile(join(root, 'src/version.ts'), 'utf8');
  assert.match(source, new RegExp(`VERSION = '${user.manifest.version}'`));
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

test('bundlers are given all that Node is given', async () => {
  const used = await run(
    'bundlers.mjs',
    `import * as library from '${NAME}';
     import * as bundled from './node_modules/${NAME}/dist/bundler.mjs';
     const names = Object.keys(bundled);
     console.log(JSON.stringify([names, names.filter((name) => bundled[name].name !== library[name].name)]));`,
  );
  assert.deepEqual(used, [EXPORTS, []]);
});

const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
const WAYS: Record<string, [file: string, script: string]> = {
  required: ['loaded.cjs', `require('${NAME}'); require('${NAME}/testing');`],
  imported: ['loaded.mjs', `import '${NAME}'; import '${NAME}/testing'; ${REQUIRE}`],
  'registered too': [
    'registered.mjs',
    `${REQUIRE} process.env.KUBERNETES_EVENTS = 'console';
     await import('${NAME}/register');
     await import('${NAME}');
     (await import('winston')).createLogger();
     delete process.env.KUBERNETES_EVENTS;`,
  ],
};
for (const [way, [file, script]] of Object.entries(WAYS))
  test(`a process has one copy of the library, and loads most of it for a record, where it is ${way}`, async () => {
    const loaded = await run(
      file,
      `${script}
       const { KubernetesEventTransport } = require('${NAME}');
       const loaded = () => Object.keys(require.cache).map((path) => path.split(/${NAME}.dist./)[1])
         .filter((path) => /^(library|later|correlator|delivery|winston)/.test(path));
       const transport = new KubernetesEventTransport({ local: { write() {} } });
       const started = loaded();
       transport.log({ level: 'error', message: 'disk is nearly full' });
       console.log(JSON.stringify({ started, used: loaded() }));`,
    );
    assert.deepEqual(loaded, { started: ['library.js'], used: ['library.js', 'later.js'] });
  });

test('the files that Node loads are ASCII, because V8 keeps others with two bytes for each character', async () => {
  const paths = ['library.js', 'later.js'].map((name) => join(user.installed, 'dist', name));
  const lines = (await Promise.all(paths.map((path) => readFile(path, 'utf8')))).join('\n').split('\n');
  assert.deepEqual(
    lines.filter((line) => /[^\t -~]/.test(line)),
    [],
    'write them as escapes; esbuild does so in strings, but not in regular expressions and some comments',
  );
});

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
  const command = join(user.installed, user.manifest.bin[NAME]);
  assert.match(await readFile(command, 'utf8'), /^#!\/usr\/bin\/env node\n/);
  const { stdout } = await execute(process.execPath, [command, '--version'], { cwd: user.folder });
  assert.equal(stdout, `${user.manifest.version}\n`);
  const loaded = await run(
    'loaded.cjs',
    `require('${NAME}'); require('${NAME}/testing');
     console.log(JSON.stringify(Object.keys(require.cache).filter((path) => /dist.command/.test(path))))`,
  );
  assert.deepEqual(loaded, []);
});

async function readSources(): Promise<Map<string, string>> {
  const source = join(root, 'src');
  const names = (await readdir(source, { recursive: true })).filter((name) => name.endsWith('.ts'));
  return new Map(
    await Promise.all(
      names.map(
        async (name): Promise<[string, string]> => [
          name.replaceAll(sep, '/'),
          await readFile(join(source, name), 'utf8'),
        ],
      ),
    ),
  );
}

test('only clock.ts reads real time and randomness', async () => {
  const real = /\b(Date\.now|performance\.now|Math\.random|new Date\(\)|set(Timeout|Interval|Immediate)\()/;
  const readers = [...(await readSources())].filter(([, text]) => real.test(text)).map(([name]) => name);
  assert.deepEqual(readers, ['clock.ts']);
});

/** Each room imports only from itself and from those before it. Files outside the rooms have their own position. */
const ORDER = [
  ['version', 'clock', 'bounded-map', 'diagnostics'],
  ['text'],
  ['statement'],
  ['object'],
  ['correlator'],
  ['delivery'],
  ['cluster'],
  ['recorder'],
  ['winston', 'testing'],
  ['library', 'later', 'bundler'],
  ['index', 'register'],
  ['command'],
];

function rankOf(path: string): number {
  const room = path.split('/')[0]!.replace(/\.m?ts$/, '');
  const rank = ORDER.findIndex((rooms) => rooms.includes(room));
  assert.notEqual(rank, -1, `${path} has no place in the order`);
  return rank;
}

test('every file imports in one direction, and the command is on top of all', async () => {
  for (const [name, text] of await readSources()) {
    for (const [, path] of text.matchAll(/(?:from|import) '(\.[^']+)'/g)) {
      const target = posix.join(name, '..', path!);
      assert.ok(rankOf(target) <= rankOf(name), `${name} imports ${target}`);
    }
  }
});

test('only what knows a log record imports what winston is made of', async () => {
  for (const [name, text] of await readSources()) {
    if (!name.startsWith('winston/')) assert.doesNotMatch(text, /from '(winston|logform|triple-beam)/, name);
  }
});
