import { readdir, readFile } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { parseAllDocuments } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: any Kubernetes object
type Json = any;

const EXAMPLES = join(import.meta.dirname, '../../examples');
const MANIFEST = /(manifest|base\/web)\.yaml$/;

/** The objects of each manifest, by its path in `examples/`. */
export async function readManifests(): Promise<Map<string, Json[]>> {
  const paths = (await readdir(EXAMPLES, { recursive: true }))
    .map((path) => path.replaceAll(sep, '/'))
    .sort();
  const manifests = new Map<string, Json[]>();
  for (const path of paths.filter((path) => MANIFEST.test(path))) {
    const documents = parseAllDocuments(await readFile(join(EXAMPLES, path), 'utf8'), { uniqueKeys: true });
    for (const { errors } of documents) if (errors[0]) throw errors[0];
    manifests.set(
      path,
      documents.map((document) => document.toJS()),
    );
  }
  return manifests;
}

export const byKind = (objects: Json[], ...kinds: string[]): Json[] =>
  objects.filter(({ kind }) => kinds.includes(kind));
