import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Answer } from './question.ts';

/** `bench/results.json`: what was measured, from which the document is made. */
export interface Results {
  environment: Environment;
  /** By the name of the question. */
  answers: Record<string, Answered>;
}

export interface Answered extends Answer {
  /** Of the day in UTC. */
  date: string;
}

export interface Environment {
  machine: string;
  node: string;
  /** Versions by name. */
  packages: Record<string, string>;
}

export const RESULTS_FILE = join(import.meta.dirname, '../results.json');
export const DOCUMENT_FILE = join(import.meta.dirname, '../../docs/benchmarks.md');

const PACKAGES = [
  ...['winston-kubernetes-events', 'winston', 'winston-transport', '@kubernetes/client-node', 'winston-loki'],
  ...[
    '@opentelemetry/winston-transport',
    '@opentelemetry/sdk-logs',
    '@opentelemetry/exporter-logs-otlp-http',
  ],
];

export async function readResults(): Promise<Results | undefined> {
  try {
    return JSON.parse(await readFile(RESULTS_FILE, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

export async function writeResults(results: Results): Promise<void> {
  await writeFile(RESULTS_FILE, `${JSON.stringify(results, null, 2)}\n`);
}

export async function readEnvironment(): Promise<Environment> {
  const gib = Math.round(totalmem() / 2 ** 30);
  const versions = await Promise.all(PACKAGES.map(async (name) => [name, await versionOf(name)]));
  return {
    machine: `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores, ${gib} GiB, ${type()} ${release()}`,
    node: process.version,
    packages: Object.fromEntries(versions),
  };
}

/** Not every package lets its `package.json` be imported, so it is read where Node looks for packages. */
async function versionOf(name: string): Promise<string> {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const own = join(import.meta.dirname, '../../package.json');
  for (const file of [own, ...folders.map((folder) => join(folder, name, 'package.json'))]) {
    const text = await readFile(file, 'utf8').catch(() => '{}');
    const manifest = JSON.parse(text);
    if (manifest.name === name) return manifest.version;
  }
  throw new Error(`${name}: expected it to be installed; run npm ci`);
}
