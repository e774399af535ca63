/** The type declarations, compiled by the oldest supported TypeScript and by the current one, as users compile them. */
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import test, { after, before } from 'node:test';
import oldest from 'typescript-oldest';
import { execute, type InstalledPackage, installPackage, NAME } from './installed-package.ts';

const root = join(import.meta.dirname, '../..');

const CONSUMER = `
import winston from 'winston';
import Default, {
  KubernetesEventTransport, EventRecorder, detectPodIdentity,
  type EventSink, type KubernetesEventTransportOptions, type ObjectReference,
} from '${NAME}';
import { MemorySink } from '${NAME}/testing';

const sink = new MemorySink();
const options: KubernetesEventTransportOptions = { regarding: 'pod', local: sink, filter: ({ level }) => level === 'warn' };
const transport: KubernetesEventTransport = new Default(options);
winston.createLogger({ transports: [transport] }).add(new KubernetesEventTransport());
const recorder = new EventRecorder({ local: sink });
recorder.warning({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'web' } }, 'Degraded', 'one replica');
recorder.on('warn', (error) => error.fix.toUpperCase());
transport.on('warn', ({ code, fix }) => console.log(code satisfies \`KEVT_\${string}\`, fix.toUpperCase()));
transport.once('warn', (error) => error.detail).on('finish', () => {}).on('pipe', (source) => void source);
// @ts-expect-error: a diagnostic has no such field
transport.on('warn', (error) => error.colour);
const { oldestPendingAt, lastWrittenAt } = transport.stats;
export const ages: (number | undefined)[] = [oldestPendingAt, lastWrittenAt];
export const own: EventSink = { write: (event) => console.log(event.message) };
export const reference: ObjectReference = { apiVersion: 'v1', kind: 'Pod', name: 'web-1' };
export const count: number | undefined = sink.events[0]?.count;
export const name: string | undefined = detectPodIdentity().name;
new KubernetesEventTransport({ component: process.env['COMPONENT'] });
// @ts-expect-error: there is no such option
new KubernetesEventTransport({ colour: 'red' });
// @ts-expect-error: a message is missing
recorder.warning('deployment/web', 'Degraded');
`;

/** The same without the default import of winston, which needs `esModuleInterop` in CommonJS. */
const CONSUMER_WITHOUT_INTEROP = CONSUMER.replace('import winston from', 'import * as winston from');

interface Compiler {
  name: string;
  /** Returns the errors in a project. */
  compile: (project: string) => Promise<string>;
  /** The `module` and `moduleResolution` for projects with a bundler. */
  bundler: object;
  /** The same for the resolution without `exports`, which the current TypeScript no longer has. */
  node10?: object;
}
const compilers: Compiler[] = [
  {
    name: 'TypeScript 5.0',
    compile: compileWithOldest,
    bundler: { module: 'esnext', moduleResolution: 'bundler' },
    node10: { module: 'commonjs', moduleResolution: 'node' },
  },
  {
    name: 'the current TypeScript',
    compile: compileWithCurrent,
    bundler: { module: 'preserve' },
  },
];

/** The declarations of TypeScript and Node take most of the time. They are the same for all projects, so they are read once. */
const isShared = (path: string) => /\/node_modules\/(typescript-oldest|@types\/node)\//.test(path);
const shared = new Map<string, oldest.SourceFile | undefined>();

/** As `tsc -p` does it. */
async function compileWithOldest(project: string): Promise<string> {
  const { config } = oldest.readConfigFile(project, oldest.sys.readFile);
  const { options, fileNames, errors } = oldest.parseJsonConfigFileContent(
    config,
    oldest.sys,
    dirname(project),
    {},
    project,
  );
  const checked = new Set(shared.values());
  const host = oldest.createCompilerHost(options);
  const readSource = host.getSourceFile;
  host.getSourceFile = (path, ...rest) => {
    if (!isShared(path)) return readSource(path, ...rest);
    if (!shared.has(path)) shared.set(path, readSource(path, ...rest));
    return shared.get(path);
  };
  const program = oldest.createProgram(fileNames, options, host);
  const files = program.getSourceFiles().filter((file) => !checked.has(file));
  const found = files.flatMap((file) => [...oldest.getPreEmitDiagnostics(program, file)]);
  return oldest.formatDiagnostics(oldest.sortAndDeduplicateDiagnostics([...errors, ...found]), host);
}

async function compileWithCurrent(project: string): Promise<string> {
  const script = join(root, 'node_modules/typescript/bin/tsc');
  const { stdout, stderr } = await execute(process.execPath, [script, '-p', project]).catch((error) => error);
  return stdout + stderr;
}

let user: InstalledPackage;
before(async () => {
  user = await installPackage();
});
after(() => user.remove());

for (const [index, { name, compile, bundler, node10 }] of compilers.entries()) {
  const node16 = { module: 'node16' };
  const modules = { node16, nodenext: { module: 'nodenext' }, bundler, ...(node10 && { node10 }) };
  // Each kind of module and each strictness once. They do not depend on each other.
  for (const [module, settings] of Object.entries(modules)) {
    const isExact = module !== 'nodenext';
    test(`${name} takes the declarations with module ${module}${isExact ? ' and exact optional types' : ''}`, async () => {
      const compilerOptions = {
        ...settings,
        target: 'es2022',
        strict: true,
        exactOptionalPropertyTypes: isExact,
        esModuleInterop: module !== 'node10',
        skipLibCheck: false,
        // The declarations of TypeScript itself are not checked.
        skipDefaultLibCheck: true,
        noEmit: true,
        types: ['node'],
      };
      const files = [
        'consumer.mts',
        ...(/^node(16|next)$/.test(module) ? ['consumer.cts'] : ['consumer.ts']),
      ];
      const id = `compiler${index}-${module}`;
      const named = files.map((file) => `${id}-${file}`);
      const consumer = compilerOptions.esModuleInterop ? CONSUMER : CONSUMER_WITHOUT_INTEROP;
      for (const file of named) await user.write(file, consumer);
      const project = await user.write(`${id}.json`, JSON.stringify({ compilerOptions, files: named }));
      assert.equal(await compile(project), '');
    });
  }
}
