import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const COMMAND: string = join(import.meta.dirname, '../../dist/command/main.js');

const RUN_LIMIT_MS = 60_000;

export interface Run {
  status: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  /** Beside PATH: nothing else is passed on, and the home directory has no kubeconfig. */
  env?: Record<string, string | undefined> | undefined;
  /** All of standard input. Without it, it is at its end from the beginning. */
  input?: string;
  /** @default the built one */
  command?: string;
}

/** Runs the built command as a shell would, without a terminal. */
export async function run(
  args: readonly string[],
  { env, input, command = COMMAND }: RunOptions = {},
): Promise<Run> {
  const child = spawn(process.execPath, [command, ...args], {
    env: { PATH: process.env.PATH, HOME: import.meta.dirname, ...env },
    timeout: RUN_LIMIT_MS,
    killSignal: 'SIGKILL',
  });
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const output = { stdout: '', stderr: '' };
  for (const name of ['stdout', 'stderr'] as const)
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
  const [status] = await once(child, 'close');
  return { status, ...output };
}

/** Arguments and environment of a command in a pod. */
export function inPod(
  pod: { serviceAccountDir: string; env: Record<string, string> },
  args: readonly string[],
  options: RunOptions = {},
): Promise<Run> {
  return run([...args, '--service-account-dir', pod.serviceAccountDir], {
    ...options,
    env: { ...pod.env, ...options.env },
  });
}
