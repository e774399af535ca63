/** Applications that esbuild bundles into one file run where nothing is installed. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { after, before } from 'node:test';
import { build } from 'esbuild';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { runApplication } from '../support/application.ts';
import { type InstalledPackage, installPackage, NAME } from './installed-package.ts';

const APPLICATION = `
  import winston from 'winston';
  import { KubernetesEventTransport } from '${NAME}';
  const transport = new KubernetesEventTransport(JSON.parse(process.env.OPTIONS));
  transport.on('warn', ({ code, message }) => console.log(code, message));
  winston.createLogger({ transports: [transport] }).error('cannot reach the payment gateway');`;
const REQUIRING = APPLICATION.replace(/import (.*) from ('.*');/g, 'const $1 = require($2);');

/** winston is CommonJS and loads modules of Node with require(), which an ES module does not have. */
const REQUIRE = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;

let user: InstalledPackage;
let standIn: StandIn;
/** A folder without node_modules, also in the folders above. */
let elsewhere: string;
before(async () => {
  [user, standIn] = await Promise.all([installPackage(), startStandIn()]);
  elsewhere = await mkdtemp(join(tmpdir(), 'bundle-'));
});
after(() => Promise.all([user.remove(), standIn.close(), rm(elsewhere, { recursive: true, force: true })]));

interface Bundling {
  format: 'esm' | 'cjs';
  minify?: boolean;
}

interface Bundle {
  text: string;
  /** The files in the bundle, as paths within their packages. */
  files: string[];
}

async function bundle(contents: string, { format, minify = false }: Bundling): Promise<Bundle> {
  const { warnings, outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: user.folder },
    bundle: true,
    platform: 'node',
    target: 'node20',
    format,
    minify,
    ...(format === 'esm' && { banner: { js: REQUIRE } }),
    metafile: true,
    outfile: 'bundle.js',
    write: false,
    logLevel: 'silent',
  });
  assert.deepEqual(warnings, []);
  const files = Object.entries(metafile.outputs['bundle.js']!.inputs)
    .filter(([path, { bytesInOutput }]) => path !== '<stdin>' && bytesInOutput > 0)
    .map(([path]) => path.split('node_modules/').at(-1)!);
  return { text: outputFiles[0]!.text, files };
}

for (const [kind, source] of Object.entries({ import: APPLICATION, require: REQUIRING }))
  for (const format of ['esm', 'cjs'] as const)
    for (const minify of [false, true]) {
      const name = `${kind} as ${format}${minify ? ', minified' : ''}`;
      test(`an application with ${name} writes its Event`, async () => {
        const script = join(elsewhere, `${kind}-${minify}.${format === 'esm' ? 'mjs' : 'cjs'}`);
        await writeFile(script, (await bundle(source, { format, minify })).text);
        const namespace = await standIn.createNamespace();
        const pod = await standIn.createPod({ namespace, name: 'web-1' });
        const env = { OPTIONS: JSON.stringify({ serviceAccountDir: pod.serviceAccountDir }) };
        const { code, stdout, stderr } = await runApplication({ script, pod, env }).exited;
        assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: '', stderr: '' });
        const events = await standIn.events(namespace);
        assert.deepEqual(
          events.map(({ message }) => message),
          ['cannot reach the payment gateway'],
        );
      });

      test(`an application with ${name} loads @kubernetes/client-node only at run time`, async () => {
        const script = join(elsewhere, `outside-${kind}-${minify}.${format === 'esm' ? 'mjs' : 'cjs'}`);
        await writeFile(script, (await bundle(source, { format, minify })).text);
        const env = { OPTIONS: '{"local":"kubeconfig","flushTimeout":100}' };
        const { code, stdout } = await runApplication({ script, env }).exited;
        assert.equal(code, 0);
        assert.match(stdout, /^KEVT_KUBECONFIG .*@kubernetes\/client-node is not installed/);
      });
    }

/** Sizes in kB, unchanged and minified. */
const FIGURES =
  /`detectPodIdentity\(\)` alone adds (\d+) kB \((\d+) kB minified\), and an `EventRecorder` without the\s+transport (\d+) kB \((\d+) kB minified\)/;
/** A figure may differ this much from the measurement, so that not every change of the code changes the page. */
const TOLERANCE = 0.1;

test('a bundle contains only what an application imports, and the page shows its size', async () => {
  const sources = {
    nothing: `import { KubernetesEventTransport } from '${NAME}';`,
    MemorySink: `import { MemorySink } from '${NAME}/testing'; console.log(new MemorySink());`,
    'detectPodIdentity()': `import { detectPodIdentity } from '${NAME}'; console.log(detectPodIdentity());`,
    EventRecorder: `import { EventRecorder } from '${NAME}'; console.log(new EventRecorder());`,
  };
  const made = new Map<string, string[]>();
  const sizes = new Map<string, number[]>();
  for (const [name, source] of Object.entries(sources)) {
    const [whole, small] = await Promise.all(
      [false, true].map((minify) => bundle(source, { format: 'esm', minify })),
    );
    made.set(name, whole!.files.toSorted());
    sizes.set(
      name,
      [whole!, small!].map(({ text }) => Math.round(text.length / 1_000)),
    );
  }
  assert.deepEqual(made.get('nothing'), []);
  assert.deepEqual(made.get('MemorySink'), [
    `${NAME}/dist/clock.js`,
    `${NAME}/dist/testing/index.js`,
    `${NAME}/dist/testing/index.mjs`,
  ]);
  assert.deepEqual(made.get('detectPodIdentity()'), [
    `${NAME}/dist/bounded-map.js`,
    `${NAME}/dist/bundler.mjs`,
    `${NAME}/dist/cluster/claims.js`,
    `${NAME}/dist/cluster/identity.js`,
    `${NAME}/dist/cluster/service-account.js`,
    `${NAME}/dist/diagnostics.js`,
  ]);
  const recorder = made.get('EventRecorder')!;
  assert.ok(recorder.includes(`${NAME}/dist/delivery/schedule.js`));
  assert.deepEqual(
    recorder.filter((path) => /^winston|^readable-stream|dist\/winston/.test(path.replace(NAME, ''))),
    [],
  );
  const page = await readFile(join(import.meta.dirname, '../../docs/platforms.md'), 'utf8');
  const measured = [...sizes.get('detectPodIdentity()')!, ...sizes.get('EventRecorder')!];
  const said = FIGURES.exec(page)?.slice(1).map(Number) ?? [];
  for (const [index, kB] of measured.entries())
    assert.ok(
      Math.abs(said[index]! - kB) <= TOLERANCE * kB,
      `the page says ${said} kB, measured: ${measured}`,
    );
});

test('a bundle that imports and requires has one copy', async () => {
  const source = `
    import * as imported from '${NAME}';
    const required = require('${NAME}');
    console.log(Object.keys(required).filter((name) => imported[name] === required[name]).sort().join());`;
  const script = join(elsewhere, 'both.cjs');
  await writeFile(script, (await bundle(source, { format: 'cjs' })).text);
  const { stdout } = await runApplication({ script }).exited;
  assert.equal(
    stdout,
    'EventRecorder,KubernetesEventTransport,KubernetesEventsError,default,detectPodIdentity\n',
  );
});

test('a module that is loaded with require() is bundled completely', async () => {
  const source = `const { detectPodIdentity } = require('${NAME}'); console.log(detectPodIdentity());`;
  const { files } = await bundle(source, { format: 'cjs' });
  assert.ok(files.includes(`${NAME}/dist/winston/transport.js`));
});
