import { mkdir, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** Writes files like the kubelet: as links into `..data`, which one rename replaces by new contents. */
export async function writeProjected(folder: string, files: Record<string, string>): Promise<void> {
  const data = join(folder, '..data');
  const old = await readlink(data).catch(() => undefined);
  const contents = `..${new Date().toISOString().replace(/\W/g, '_')}.${process.hrtime()[1]}`;
  await mkdir(join(folder, contents), { recursive: true });
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, contents, name), text);
  await symlink(contents, join(folder, '..data_tmp'));
  await rename(join(folder, '..data_tmp'), data);
  if (old) await rm(join(folder, old), { recursive: true });
  else for (const name of Object.keys(files)) await symlink(join('..data', name), join(folder, name));
}
