/**
 * `node test/support/typescript.mjs` translates the TypeScript of this repository, and
 * `node --import ./test/support/typescript.mjs` runs it. Each test file is a process, and to translate one module at a time,
 * or to ask whether it changed, takes each of them a third of a second.
 */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread } from 'node:worker_threads';

const ROOT = join(import.meta.dirname, '../..');
const TRANSLATED = join(ROOT, 'node_modules/.cache/winston-kubernetes-events/typescript');

if (process.argv[1] === import.meta.filename) await translate();
else if (isMainThread) {
  process.setSourceMapsEnabled(true);
  register(import.meta.url);
}

export async function load(url, context, next) {
  const path = /^file:.*\.ts(\?|$)/.test(url) && relative(ROOT, fileURLToPath(url));
  if (!path || path.startsWith('..')) return next(url, context);
  const source = await readFile(join(TRANSLATED, path.replace(/ts$/, 'js')), 'utf8');
  return { format: 'module', source, shortCircuit: true };
}

async function translate() {
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: ['src', 'test', 'bench', 'examples', 'docs'].map((folder) => `${folder}/**/*.ts`),
    absWorkingDir: ROOT,
    outbase: ROOT,
    outdir: TRANSLATED,
    target: 'node20',
    sourcemap: 'inline',
    tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
    write: false,
  });
  await Promise.all(
    outputFiles.map(async ({ path, text }) => {
      if ((await readFile(path, 'utf8').catch(() => undefined)) === text) return;
      await mkdir(dirname(path), { recursive: true });
      // Other runs may read it at the same time.
      await writeFile(`${path}.${process.pid}`, text);
      await rename(`${path}.${process.pid}`, path);
    }),
  );
}
