import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm, pack } from '../installed-package.ts';

/** A temporary folder with packages of the registry. */
export interface Fetched {
  readonly folder: string;
  /** The path of this package as it would be published. */
  readonly packed: string;
  /** The path of an executable that a package brings. */
  bin(name: string): string;
  /** Writes a file into the folder, and returns its path. */
  write(name: string, text: string): Promise<string>;
  remove(): Promise<void>;
}

/** Fetches packages from the registry into a temporary folder, without this one. */
export async function fetchPackages(...packages: string[]): Promise<Fetched> {
  const folder = await mkdtemp(join(tmpdir(), 'fetched-'));
  const write = async (name: string, text: string) => {
    const path = join(folder, name);
    await writeFile(path, text);
    return path;
  };
  await write('package.json', '{"private":true,"type":"module"}');
  const packed = join(folder, (await pack(folder)).filename);
  await install(folder, packages);
  return {
    folder,
    packed,
    bin: (name) => join(folder, 'node_modules', '.bin', name),
    write,
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** The same beside this package and winston. */
export async function fetchBeside(...packages: string[]): Promise<Fetched> {
  const fetched = await fetchPackages();
  await install(fetched.folder, [fetched.packed, 'winston@3', ...packages]);
  return fetched;
}

async function install(folder: string, packages: readonly string[]): Promise<void> {
  if (packages.length > 0)
    await npm(['install', '--no-audit', '--no-fund', '--loglevel=error', ...packages], folder);
}

/** Why a test is left out there, if it is. */
export function notOnWindows(): string | false {
  return process.platform === 'win32' && 'what these packages bring runs by a shell there';
}
