import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

/** In a large fleet, the first process waits for the last one to start. */
const TIME_LIMIT_MS = 300_000;

export interface Fresh {
  /** A file of `bench/sides`. It prints its result as JSON. */
  script: string;
  /** Input for the script. It gets it as JSON in its first argument. */
  input?: unknown;
  env?: Record<string, string>;
  /** Flags for Node itself. */
  flags?: string[];
}

export interface Running<T> {
  child: ChildProcess;
  result: Promise<T>;
}

/** Starts a script in a process of its own, which inherits only PATH and HOME. */
export function start<T>({ script, input = {}, env = {}, flags = [] }: Fresh): Running<T> {
  const file = join(import.meta.dirname, '../sides', script);
  const { PATH, HOME } = process.env;
  const child = spawn(process.execPath, [...flags, file, JSON.stringify(input)], {
    env: { PATH, HOME, ...env },
    stdio: ['pipe', 'pipe', 'inherit', 'ipc'],
    timeout: TIME_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  const finish = async () => {
    const [output, [code, signal]] = await Promise.all([text(child.stdout!), once(child, 'close')]);
    if (code !== 0)
      throw new Error(`${script} ${JSON.stringify(input)}: expected exit 0, got ${code ?? signal}`);
    return JSON.parse(output) as T;
  };
  return { child, result: finish() };
}

export function run<T>(fresh: Fresh): Promise<T> {
  return start<T>(fresh).result;
}

/**
 * Measures each side as often as it says, in rounds, so that changes of the machine affect all sides in the same way. Each
 * round begins with another side.
 */
export async function interleave<S extends { runs: number }, T>(
  sides: S[],
  measure: (side: S) => Promise<T>,
): Promise<Map<S, T[]>> {
  const samples = new Map<S, T[]>(sides.map((side) => [side, []]));
  const rounds = Math.max(...sides.map(({ runs }) => runs));
  for (let round = 0; round < rounds; round++) {
    const first = round % sides.length;
    for (const side of [...sides.slice(first), ...sides.slice(0, first)]) {
      if (round < side.runs) samples.get(side)!.push(await measure(side));
    }
  }
  return samples;
}
