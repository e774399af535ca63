import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const SOURCE = join(import.meta.dirname, '../../src');
const FILES = [
  'correlator/problem-table.ts',
  'delivery/schedule.ts',
  'delivery/budget.ts',
  'delivery/stats.ts',
  'cluster/protocol.ts',
  'cluster/account.ts',
  'cluster/answers.ts',
  'object/reference.ts',
];

/** The decisions of the library: what is proved is the code that runs. */
export type Code = typeof import('../../src/correlator/problem-table.ts') &
  typeof import('../../src/delivery/schedule.ts') &
  typeof import('../../src/delivery/budget.ts') &
  typeof import('../../src/delivery/stats.ts') &
  typeof import('../../src/cluster/protocol.ts') &
  typeof import('../../src/cluster/account.ts') &
  typeof import('../../src/cluster/answers.ts') &
  typeof import('../../src/object/reference.ts');

/** A fault to put back: a text of a source file, and what it is replaced by. */
export interface Mutation {
  file: string;
  from: string;
  to: string;
}

/** @param mutations faults that the code has then, to show that they are found */
export async function loadCode(mutations: readonly Mutation[] = []): Promise<Code> {
  const faulty = new Map<string, string>();
  for (const { file, from, to } of mutations) {
    const path = join(SOURCE, file);
    const text = faulty.get(path) ?? (await readFile(path, 'utf8'));
    if (!text.includes(from))
      throw new Error(`${file}: expected ${JSON.stringify(from)}, which is to be replaced`);
    faulty.set(path, text.replace(from, to));
  }
  const { outputFiles } = await build({
    stdin: { contents: FILES.map((file) => `export * from './${file}';`).join('\n'), resolveDir: SOURCE },
    plugins: [
      {
        name: 'mutations',
        setup({ onLoad }) {
          onLoad({ filter: /\.ts$/ }, ({ path }) => {
            const contents = faulty.get(path);
            return contents === undefined ? undefined : { contents, loader: 'ts' };
          });
        },
      },
    ],
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    write: false,
  });
  const bundle = Buffer.from(outputFiles[0]!.contents).toString('base64');
  return import(`data:text/javascript;base64,${bundle}`);
}
