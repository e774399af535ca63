// Makes dist/library.js, which an application loads when it starts, and dist/later.js, which library.js loads when it uses
// something of it for the first time. Node reads a file as a whole, so an application starts sooner. A module is in only
// one of the files.
import { readFile } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { build } from 'esbuild';

const SRC = resolve(import.meta.dirname, 'src');

const LOAD_LATER = "let later; const loadLater = () => (later ??= require('./later.js'));";
/** Other loaders than that of Node may be gone later. jest fails a run if a timer calls `require` after the tests. */
const LOAD_AT_ONCE = "if (module.constructor !== process.getBuiltinModule('node:module')) loadLater();";

/** Makes one file. `elsewhere` returns the code that gets a module from the other file; undefined: the module is in this one. */
async function bundle(file, contents, elsewhere, { first = '', last = '' } = {}) {
  const load = async ({ path }) => {
    const code = await elsewhere(relative(SRC, path));
    return code === undefined ? undefined : { contents: code };
  };
  const { metafile } = await build({
    stdin: { contents, resolveDir: SRC, loader: 'ts' },
    outfile: resolve(SRC, '../dist', file),
    allowOverwrite: true,
    bundle: true,
    packages: 'external',
    external: ['./library.js', './later.js'],
    platform: 'node',
    format: 'cjs',
    target: 'es2022',
    banner: { js: `'use strict'; ${first}` },
    footer: { js: last },
    logLevel: 'warning',
    metafile: true,
    plugins: [{ name: 'elsewhere', setup: ({ onLoad }) => onLoad({ filter: /\.ts$/ }, load) }],
  });
  return new Set(Object.keys(metafile.inputs).map((path) => relative(SRC, resolve(path))));
}

async function exportsOf(module) {
  const entryPoints = [resolve(SRC, module)];
  const { metafile } = await build({
    entryPoints,
    outdir: 'dist',
    format: 'esm',
    metafile: true,
    write: false,
  });
  return Object.values(metafile.outputs)[0].exports;
}

const later = await readFile(resolve(SRC, 'later.ts'), 'utf8');
const getters = new Map();
for (const [, name, module] of later.matchAll(/^export \{ (\w+) \} from '\.\/(.+)';$/gm)) {
  getters.set(module, `module.exports = { get ${name}() { return loadLater().${name}; } };`);
}

function bundleLibrary(shared) {
  const imports = shared.map((module, index) => `import * as shared${index} from './${module}';`);
  const fields = shared.map((module, index) => `'${module}': shared${index}`);
  const contents = `export * from './library.ts'; ${imports.join(' ')} export const shared = { ${fields.join(', ')} };`;
  return bundle('library.js', contents, (module) => getters.get(module), {
    first: LOAD_LATER,
    last: LOAD_AT_ONCE,
  });
}

const own = await bundleLibrary([]);
const shared = new Set();
await bundle('later.js', later, async (module) => {
  if (!own.has(module) || getters.has(module)) return undefined;
  shared.add(module);
  const names = await exportsOf(module);
  return `export const { ${names.join(', ')} } = require('./library.js').shared['${module}'];`;
});
await bundleLibrary([...shared].sort());
