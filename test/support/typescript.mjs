/**
 * `node --import ./test/support/typescript.mjs`: runs the TypeScript of this repository as tsx does. tsx also looks at each
 * module of a package, which takes every process of the tests a third of a second; there are hundreds of them.
 */
import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { register } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isMainThread, threadId } from 'node:worker_threads';

const CACHE = join(import.meta.dirname, '../../node_modules/.cache/winston-kubernetes-events/typescript');
/** What decides, beside its text, what becomes of a file. */
const OPTIONS = { loader: 'ts', format: 'esm', target: 'node20', sourcemap: 'inline' };

if (isMainThread) {
  process.setSourceMapsEnabled(true);
  register(import.meta.url);
}

export async function load(url, context, next) {
  if (!/^file:.*\.ts(\?|$)/.test(url)) return next(url, context);
  const path = fileURLToPath(url);
  const text = await readFile(path, 'utf8');
  return { format: 'module', source: await translate(path, text), shortCircuit: true };
}

async function translate(path, text) {
  const key = createHash('sha1')
    .update(JSON.stringify([OPTIONS, path, text]))
    .digest('hex');
  const cached = join(CACHE, `${key}.js`);
  try {
    return await readFile(cached, 'utf8');
  } catch {
    const { transform } = await import('esbuild');
    const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
    const { code } = await transform(text, { ...OPTIONS, sourcefile: path, tsconfigRaw });
    await mkdir(CACHE, { recursive: true });
    const draft = `${cached}.${process.pid}.${threadId}`;
    await writeFile(draft, code);
    await rename(draft, cached);
    return code;
  }
}
