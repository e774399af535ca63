import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const SOURCE = join(import.meta.dirname, '../../src');

/** The code of the library that decides. The proof runs this code itself. */
export type Code = Awaited<ReturnType<typeof load>>;

async function load(folder: string) {
  const open = <T>(path: string): Promise<T> => import(pathToFileURL(join(folder, path)).href);
  return {
    ...(await open<typeof import('../../src/correlator/problem-table.ts')>('correlator/problem-table.ts')),
    ...(await open<typeof import('../../src/delivery/schedule.ts')>('delivery/schedule.ts')),
    ...(await open<typeof import('../../src/delivery/budget.ts')>('delivery/budget.ts')),
    ...(await open<typeof import('../../src/delivery/stats.ts')>('delivery/stats.ts')),
    ...(await open<typeof import('../../src/cluster/protocol.ts')>('cluster/protocol.ts')),
    ...(await open<typeof import('../../src/cluster/account.ts')>('cluster/account.ts')),
    ...(await open<typeof import('../../src/cluster/answers.ts')>('cluster/answers.ts')),
    ...(await open<typeof import('../../src/object/reference.ts')>('object/reference.ts')),
  };
}

export function loadCode(): Promise<Code> {
  return load(SOURCE);
}

/** A fault to put back: a text in a source file, and its replacement. */
export interface Mutation {
  file: string;
  from: string;
  to: string;
}

/** The same code with faults in it, to show that the proof finds them. */
export async function withMutations<T>(mutations: Mutation[], use: (code: Code) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'proof-'));
  try {
    await cp(SOURCE, folder, { recursive: true });
    for (const { file, from, to } of mutations) {
      const path = join(folder, file);
      const text = await readFile(path, 'utf8');
      if (!text.includes(from))
        throw new Error(`${file}: expected ${JSON.stringify(from)}, which is to be replaced`);
      await writeFile(path, text.replace(from, to));
    }
    return await use(await load(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
}
