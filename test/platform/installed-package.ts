import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
export const NAME = 'winston-kubernetes-events';
/** What its users have installed beside it: its dependencies, winston, and the types of Node. */
const NEIGHBOURS = ['winston', 'winston-transport', 'triple-beam', 'logform', '@types', 'undici-types'];

export const execute = promisify(execFile);

/** The folder of somebody who has installed the packed package. */
export interface InstalledPackage {
  readonly folder: string;
  /** The package in the folder. */
  readonly installed: string;
  /** What the package holds. */
  readonly files: readonly { path: string; size: number }[];
  readonly packedBytes: number;
  readonly unpackedBytes: number;
  // biome-ignore lint/suspicious/noExplicitAny: the JSON of package.json
  readonly manifest: any;
  /** Writes a file into the folder, and returns its path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

/** Runs npm, which is a script of the shell on Windows. */
export async function npm(args: readonly string[], cwd: string): Promise<string> {
  return (await execute('npm', args, { cwd, shell: process.platform === 'win32' })).stdout;
}

/** Packs what is in `dist` now: a build would take it away from tests that are using it. */
export async function pack(folder: string): Promise<{
  filename: string;
  files: { path: string; size: number }[];
  size: number;
  unpackedSize: number;
}> {
  const [packed] = JSON.parse(
    await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], root),
  );
  return packed;
}

/** Unpacks the package beside what this repository has installed. */
export async function installPackage(): Promise<InstalledPackage> {
  const folder = await mkdtemp(join(tmpdir(), 'package-'));
  const installed = join(folder, 'node_modules', NAME);
  await mkdir(installed, { recursive: true });
  const packed = await pack(folder);
  // A path with a drive letter would be another host to some tar.
  await execute('tar', ['-xzf', packed.filename, '-C', `node_modules/${NAME}`, '--strip-components=1'], {
    cwd: folder,
  });
  for (const neighbour of NEIGHBOURS) {
    const target = join(root, 'node_modules', neighbour);
    await symlink(target, join(folder, 'node_modules', neighbour), 'junction');
  }
  return {
    folder,
    installed,
    files: packed.files,
    packedBytes: packed.size,
    unpackedBytes: packed.unpackedSize,
    manifest: JSON.parse(await readFile(join(installed, 'package.json'), 'utf8')),
    async write(name, text) {
      const path = join(folder, name);
      await writeFile(path, text);
      return path;
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
