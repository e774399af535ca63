import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { access, chmod, cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import test, { type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { drawRecord } from '../docs/pictures/record.ts';
import { toSvg } from '../docs/pictures/terminal.ts';
import { readArguments } from '../src/command/arguments.ts';
import { DOCTOR } from '../src/command/doctor.ts';
import { EMIT } from '../src/command/emit.ts';
import { RBAC } from '../src/command/rbac.ts';
import { NAMES } from './support/docs/names.ts';
import { optionNames } from './support/docs/options.ts';
import { type Block, callsOf, linksOf, readPages } from './support/docs/pages.ts';
import { readDocuments } from './support/write-docs.ts';

const root = join(import.meta.dirname, '..');
const isWindows = process.platform === 'win32' && 'there is no sh';
const pages = await readPages();
const blocksOf = (...languages: string[]): Block[] =>
  pages.flatMap(({ blocks }) => blocks).filter(({ language }) => languages.includes(language));

test('the parts that are made from the code are those of the code', async () => {
  for (const { path, text, expected } of await readDocuments()) {
    assert.equal(text, expected, `${path} is stale: run node --import tsx test/support/write-docs.ts`);
  }
});

test('the picture of the path of a record is the one that is described', async () => {
  const picture = await readFile(join(root, 'docs/pictures/record.svg'), 'utf8');
  assert.equal(picture, drawRecord(), 'stale: run node --import tsx docs/pictures/draw.ts record');
});

function textsOf(terminal: string, columns: number) {
  const picture = toSvg(terminal, 'title', columns);
  const texts = picture.matchAll(/<text x="([\d.]+)" y="(\d+)"[^>]*?( fill="[^"]*")?>(.*)<\/text>/g);
  return [...texts].map(([, x, y, fill, text]) => [Number(x), Number(y), fill !== undefined, text]);
}

test('no label of that picture stands on a border', () => {
  const picture = drawRecord();
  const rects = [
    ...picture.matchAll(
      /<rect class="\w[^"]*" x="([\d.]+)" y="([\d.]+)" width="([\d.]+)" height="([\d.]+)"/g,
    ),
  ].map(([, x, y, width, height]) => ({
    x: Number(x),
    y: Number(y),
    width: Number(width),
    height: Number(height),
  }));
  const labels = [...picture.matchAll(/<text class="label" x="([\d.]+)" y="([\d.]+)"[^>]*>([^<]+)</g)];
  assert.ok(rects.length > 0 && labels.length > 0);
  for (const [, x, y, text] of labels) {
    // Letters of 13 pixels.
    const [left, right, top, bottom] = [
      Number(x),
      Number(x) + text!.length * 7,
      Number(y) - 12,
      Number(y) + 4,
    ];
    for (const rect of rects) {
      const isWithin = (from: number, to: number, start: number, size: number) =>
        from > start && to < start + size;
      const isBeside =
        right < rect.x || left > rect.x + rect.width || bottom < rect.y || top > rect.y + rect.height;
      const isInside =
        isWithin(left, right, rect.x, rect.width) && isWithin(top, bottom, rect.y, rect.height);
      assert.ok(isBeside || isInside, `${text} crosses the border of ${JSON.stringify(rect)}`);
    }
  }
});

test('a picture of a terminal has its columns, colours and line ends', () => {
  assert.deepEqual(textsOf('\u001b[32m✓\u001b[0m a  <b>\n123456789', 8), [
    [16, 30, true, '✓'],
    [32.8, 30, false, 'a'],
    [58, 30, false, '&#60;b&#62;'],
    [16, 50, false, '12345678'],
    [16, 70, false, '9'],
  ]);
});

test('a picture of a terminal breaks no name, and keeps the columns of a table', () => {
  assert.deepEqual(textsOf('a  bcd e.fg hij\nname of-it', 8), [
    [16, 30, false, 'a'],
    [41.2, 30, false, 'bcd'],
    [41.2, 50, false, 'e.fg'],
    [41.2, 70, false, 'hij'],
    [16, 90, false, 'name'],
    [16, 110, false, 'of-it'],
  ]);
});

test('every option has a part of its own', async () => {
  const { anchors } = pages.find(({ path }) => path === 'docs/configuration.md')!;
  for (const name of await optionNames()) assert.ok(anchors.has(name.toLowerCase()), name);
});

test('links lead to files of this repository and to headings in them', async () => {
  let count = 0;
  for (const page of pages) {
    for (const link of linksOf(page)) {
      if (/^[a-z]+:/.test(link)) continue;
      count++;
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? page.path : posix.join(posix.dirname(page.path), path);
      await assert.doesNotReject(access(join(root, target)), `${page.path} links to ${link}`);
      if (anchor === undefined) continue;
      const anchors = pages.find((each) => each.path === target)?.anchors;
      assert.ok(anchors?.has(anchor), `${page.path} links to ${link}; there are ${[...(anchors ?? [])]}`);
    }
  }
  assert.ok(count > 0);
});

test('every picture is shown', async () => {
  const shown = new Set(pages.flatMap((page) => linksOf(page).map((link) => posix.basename(link))));
  for (const file of await readdir(join(root, 'docs/pictures')))
    assert.ok(!file.endsWith('.svg') || shown.has(file), file);
});

test('every page can be reached from the README', async () => {
  const reached = new Set(['README.md']);
  for (const path of reached) {
    const page = pages.find((each) => each.path === path);
    for (const link of page === undefined ? [] : linksOf(page)) {
      if (!/^[a-z]+:/.test(link)) reached.add(posix.join(posix.dirname(path), link.split('#')[0]!));
    }
  }
  for (const { path } of pages) assert.ok(reached.has(path), path);
});

test('npm scripts and files that the pages name are there', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const { path, text } of pages) {
    for (const [, name] of text.matchAll(/\bnpm run ([\w:]+)/g))
      assert.ok(scripts[name!], `${path}: ${name}`);
    for (const [, file] of text.matchAll(/--import tsx (?:--test )?([\w./-]+\.ts)/g)) {
      await assert.doesNotReject(access(join(root, file!)), `${path}: ${file}`);
    }
  }
  assert.match(await readFile(join(root, 'README.md'), 'utf8'), /npm ci && npm test/);
});

test('the command takes what the pages call it with', () => {
  const specs = [DOCTOR, RBAC, EMIT];
  const calls = pages.flatMap(callsOf);
  for (const { args, at } of calls) {
    const [name, ...rest] = args;
    const spec = specs.find((each) => each.name === name);
    assert.ok(spec, `${at}: there is no command ${name}`);
    assert.doesNotThrow(() => readArguments(rest, spec), `${at}: ${args.join(' ')}`);
  }
  assert.deepEqual(new Set(calls.map(({ args }) => args[0])), new Set(specs.map(({ name }) => name)));
});

test('a job that fails writes an Event and has still failed', { skip: isWindows }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  // Like emit, npx reads its input where the message is left out.
  await writeFile(
    join(folder, 'npx'),
    '#!/bin/sh\ncase "$*" in *status*) ;; *) cat >&2 ;; esac\necho "$*"\n',
  );
  await writeFile(join(folder, 'backup.sh'), '#!/bin/sh\necho copied\necho "disk full"\nexit "$RC"\n');
  for (const name of ['npx', 'backup.sh']) await chmod(join(folder, name), 0o755);
  const run = (script: string, RC: string) =>
    promisify(execFile)('sh', ['-c', script], {
      cwd: folder,
      env: { RC, PATH: `${folder}:${process.env['PATH']}` },
    });
  const scripts = blocksOf('sh').filter(({ text }) => text.includes('./backup.sh'));
  assert.equal(scripts.length, 2);
  for (const { text, at } of scripts) {
    await assert.rejects(run(text, '3'), ({ code, stdout, stderr }) => {
      assert.equal(code, 3, at);
      assert.match(stdout + stderr, /BackupFailed/);
      assert.match(stdout + stderr, /with status 3|^disk full/m);
      return true;
    });
    assert.doesNotMatch((await run(text, '0')).stdout, /BackupFailed/, at);
  }
});

test('every block of YAML can be read', () => {
  const blocks = blocksOf('yaml');
  assert.ok(blocks.length > 0);
  for (const { text, at } of blocks) {
    for (const document of parseAllDocuments(text)) assert.deepEqual(document.errors, [], at);
  }
});

/** A folder that stands for this package, with its name and its dependencies, and with a file for each block. */
async function writeBlocks(t: TestContext, blocks: readonly Block[]) {
  const folder = await mkdtemp(join(tmpdir(), 'docs-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['dist', 'node_modules'])
    await symlink(join(root, name), join(folder, name), 'junction');
  await cp(join(root, 'package.json'), join(folder, 'package.json'));
  assert.ok(blocks.length > 0);
  const files = await Promise.all(
    blocks.map(async ({ at, language, text }) => {
      const name = `${at.replace(/\W+/g, '-')}.m${language}`;
      await writeFile(join(folder, name), text);
      return name;
    }),
  );
  return { folder, files };
}

test('the examples of testing.md run', async (t) => {
  const blocks = blocksOf('ts').filter(({ at }) => at.startsWith('docs/testing.md'));
  const { folder, files } = await writeBlocks(t, blocks);
  for (const file of files)
    await promisify(execFile)(process.execPath, ['--import', 'tsx', file], { cwd: folder });
});

test('a block that imports something imports all that it uses', () => {
  const blocks = blocksOf('ts', 'js').filter(({ text }) => /^import /m.test(text));
  assert.ok(blocks.length > 0);
  for (const { text, at } of blocks) {
    const imported = [...text.matchAll(/^import ([^;]*?) from/gm)].map(([, names]) => names).join();
    for (const name of ['winston', 'KubernetesEventTransport', 'EventRecorder', 'MemorySink'])
      if (new RegExp(`\\b${name}\\b[.(]|new ${name}\\b`).test(text))
        assert.match(imported, new RegExp(`\\b${name}\\b`), `${at}: ${name}`);
  }
});

test('every block of TypeScript fits the types', async (t) => {
  const { folder, files } = await writeBlocks(t, blocksOf('ts', 'js'));
  await writeFile(join(folder, 'names.d.ts'), NAMES);
  const { compilerOptions } = JSON.parse(await readFile(join(root, 'tsconfig.json'), 'utf8'));
  Object.assign(compilerOptions, {
    noUnusedLocals: false,
    moduleDetection: 'force',
    allowJs: true,
    checkJs: true,
    skipLibCheck: true,
  });
  const config = { compilerOptions, files: ['names.d.ts', ...files] };
  await writeFile(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const compile = promisify(execFile)(process.execPath, [compiler, '-p', folder], { cwd: folder });
  const { stdout } = await compile.catch((error) => error);
  assert.equal(stdout, '');
});
