import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { Answer, Question } from './question.ts';

/** `bench/results.json`: the measurements from which the page is made. */
export interface Results {
  environment: Environment;
  /** The answers by the names of their questions. */
  answers: Record<string, Answered>;
}

export interface Answered extends Answer {
  /** The day, in UTC. */
  date: string;
  /** Set if an answer was counted on another machine, or with other versions, than the others. */
  environment?: Environment;
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

/**
 * The results with which a run begins: the old ones that are still comparable.
 * @throws Error if the page would show times of two environments
 */
export function resume(
  old: Results | undefined,
  environment: Environment,
  asked: readonly Question[],
  all: readonly Question[],
): Results {
  if (old === undefined || isDeepStrictEqual(old.environment, environment))
    return { environment, answers: { ...old?.answers } };
  if (asked.length === all.length) return { environment, answers: {} };
  if (asked.every(({ isCounted }) => isCounted)) return { ...old, answers: { ...old.answers } };
  throw new Error(
    'bench: the other results are of another machine or other versions; run all: npm run bench',
  );
}

/** Stores an answer, and its environment if that differs from the others. */
export function note(results: Results, name: string, answer: Answer, environment: Environment): void {
  const date = new Date().toISOString().slice(0, 10);
  const isElsewhere = !isDeepStrictEqual(results.environment, environment);
  results.answers[name] = { date, ...(isElsewhere && { environment }), ...answer };
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

/**
 * Not every package allows importing its `package.json`, so the file is read from the places where Node looks for packages.
 */
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
