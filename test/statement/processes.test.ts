/** Statements are told apart whatever a build makes of an application, and wherever it is installed and started. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type BuildOptions, build } from 'esbuild';

const root = join(import.meta.dirname, '../..');
const execute = promisify(execFile);

/** Logs several texts from each statement, twice, and prints for each call which statement was recognized. */
const APPLICATION = `
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { sight } from '${join(root, 'dist/statement/sighting.js')}';
import { topsOf } from '${join(root, 'dist/winston/logger.js')}';
import { Statements } from '${join(root, 'dist/statement/statements.js')}';

const statements = new Statements({ uptime: () => 0 });
const loggers: object[] = [];
let key: string | undefined;
const transport = new KubernetesEventTransport({
  local: new MemorySink(),
  filter(record) {
    key = statements.statementOf(String(record.message), () => sight(topsOf(loggers, String(record.level)))).key;
    return false;
  },
}, { env: {} });
const logger = winston.createLogger({ transports: [transport] });
winston.add(transport);
loggers.push(logger, transport.parent as object);

class Log {
  error(message: string) { this.write('error', message); }
  warn(message: string) { this.write('warn', message); }
  private write(level: string, message: string) { logger.log(level, message); }
}
const log = new Log();
const child = logger.child({ component: 'orders' });
const seen: Record<string, (name: string) => unknown> = {
  direct: (name) => logger.error(name + ' cannot open the file'),
  meta: (name) => logger.error(name + ' cannot close the file', { name }),
  method: (name) => logger.log('error', name + ' has no route'),
  object: (name) => logger.log({ level: 'warn', message: name + ' sent an expired token' }),
  child: (name) => child.warn(name + ' has a full queue'),
  childMeta: (name) => child.error(name + ' worker stopped', { name }),
  default: (name) => winston.error(name + ' did not pay'),
  defaultWarn: (name) => winston.warn(name + ' lost the session'),
  wrapped: (name) => log.error(name + ' database is gone'),
  wrappedToo: (name) => log.error(name + ' disk nearly full'),
  wrappedWarn: (name) => log.warn(name + ' did not renew its lease'),
  later: async (name) => { await null; logger.error(name + ' bounced mail'); },
};
const names = ['alice', 'bob', 'carol', 'dave'];
async function main() {
  const found: Record<string, string[]> = {};
  for (const pass of [1, 2])
    for (const name of names)
      for (const [statement, call] of Object.entries(seen)) {
        key = undefined;
        await call(name);
        if (pass === 2) (found[statement] ??= []).push(key ?? 'none');
      }
  console.log(JSON.stringify(found));
}
void main();
`;

type Found = Record<string, string[]>;

/** A call without code of the application above or below it. */
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'statements-'));
  const modules = join(folder, 'node_modules');
  await mkdir(modules);
  await symlink(join(root, 'node_modules/winston'), join(modules, 'winston'), 'junction');
  await symlink(root, join(modules, 'winston-kubernetes-events'), 'junction');
});
after(() => rm(folder, { recursive: true, force: true }));

/** winston is CommonJS and loads modules of Node with require(), which an ES module does not have. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

/** Builds the application, with or without its dependencies in the same file, and returns its path. */
async function make(path: string, options: BuildOptions = {}): Promise<string> {
  const outfile = join(folder, path);
  await build({
    stdin: { contents: APPLICATION, resolveDir: folder, loader: 'ts', sourcefile: 'application.ts' },
    bundle: true,
    platform: 'node',
    target: 'node20',
    outfile,
    format: path.endsWith('.mjs') ? 'esm' : 'cjs',
    logLevel: 'silent',
    ...options,
    ...(path.endsWith('.mjs') && options.bundle !== false && { banner: { js: REQUIRE } }),
  });
  return outfile;
}

async function run(script: string, execArgv: readonly string[] = []): Promise<Found> {
  const { stdout } = await execute(process.execPath, [...execArgv, script], { cwd: root });
  return JSON.parse(stdout);
}

function expectApart(found: Found): void {
  const keys = Object.values(found).map((all) => new Set(all));
  const split = Object.keys(found).filter((_, index) => keys[index]?.size !== 1);
  assert.deepEqual(split, [], 'statements whose texts are several');
  assert.equal(new Set(keys.flatMap((all) => [...all])).size, 12, 'statements that are one');
}

for (const [path, options] of Object.entries<BuildOptions>({
  'module.mjs': { bundle: false },
  'bundle.mjs': {},
  'bundle.cjs': {},
  'minified.mjs': { minify: true },
  'minified.cjs': { minify: true },
}))
  test(`statements are told apart in ${path}`, async () => expectApart(await run(await make(path, options))));

test('statements are told apart in TypeScript that is run as it is', async () => {
  const script = join(folder, 'application.mts');
  await writeFile(script, APPLICATION);
  expectApart(await run(script, ['--import', 'tsx']));
});

test('one build has the same statements wherever it is', async () => {
  const first = await make('here/dist/main.mjs');
  const second = await make('there/and/deeper/app/dist/main.mjs');
  assert.deepEqual(await run(first), await run(second));
});

for (const flag of [
  '--frozen-intrinsics',
  '--stack-trace-limit=0',
  '--disallow-code-generation-from-strings',
])
  test(`statements are told apart with ${flag}`, async () => {
    expectApart(await run(await make(`flag${flag}.mjs`), [flag, '--disable-warning=ExperimentalWarning']));
  });

test('source maps make no difference', async () => {
  const script = await make('mapped.mjs', { minify: true, sourcemap: true });
  const found = await run(script);
  expectApart(found);
  assert.deepEqual(await run(script, ['--enable-source-maps']), found);
});

for (const [name, preparation] of Object.entries({
  'a prepareStackTrace that throws': `Error.prepareStackTrace = () => { throw new Error('never'); };`,
  'a prepareStackTrace that returns something else': 'Error.prepareStackTrace = () => ({ a: 1 });',
  'a stackTraceLimit of zero': 'Error.stackTraceLimit = 0;',
  'an infinite stackTraceLimit': 'Error.stackTraceLimit = Infinity;',
  'no stackTraceLimit': 'delete Error.stackTraceLimit;',
  'a stackTraceLimit that is a getter': `Object.defineProperty(Error, 'stackTraceLimit', { get() { throw new Error('never'); } });`,
  'no captureStackTrace': 'delete Error.captureStackTrace;',
  'an Error that is frozen': 'Object.freeze(Error);',
}))
  test(`${name} is left as it is, and not in the way`, async () => {
    const before = 'const before = Object.getOwnPropertyDescriptors(Error);';
    const same = `import('node:assert/strict').then(({ default: assert }) => process.on('exit', () => {
      assert.deepEqual(Object.getOwnPropertyDescriptors(Error), before);
    }));`;
    const preload = join(folder, `${name.replaceAll(' ', '-')}.mjs`);
    await writeFile(preload, `${preparation}\n${before}\n${same}`);
    expectApart(
      await run(await make('plain.mjs', { bundle: false }), ['--import', pathToFileURL(preload).href]),
    );
  });
