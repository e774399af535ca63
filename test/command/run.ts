import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

export const COMMAND: string = join(import.meta.dirname, '../../dist/command/main.js');
const SHELL = join(import.meta.dirname, '../fixtures/shell.mjs');

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
  /** Runs this build in a process of its own, not in one that has run others. */
  command?: string;
}

/** Runs the built command as a shell would, without a terminal. */
export function run(
  args: readonly string[],
  { env: more, input = '', command }: RunOptions = {},
): Promise<Run> {
  const env = { PATH: process.env.PATH, HOME: import.meta.dirname, ...more };
  return command === undefined ? runInShell(args, env, input) : runAlone(command, args, env, input);
}

async function runAlone(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  input: string,
): Promise<Run> {
  const child = spawn(process.execPath, [command, ...args], {
    env,
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

/** Shells that wait for a command. Runs at the same time have a shell each. */
const idle: ChildProcess[] = [];

async function runInShell(args: readonly string[], env: NodeJS.ProcessEnv, input: string): Promise<Run> {
  const shell = idle.pop() ?? openShell();
  shell.ref();
  shell.channel?.ref();
  const limit = setTimeout(() => shell.kill('SIGKILL'), RUN_LIMIT_MS);
  const over = new AbortController();
  try {
    shell.send({ args, env: JSON.parse(JSON.stringify(env)), input });
    const ended = once(shell, 'exit', over).then(([code, signal]) => {
      throw new Error(`${args.join(' ')}: expected the end of the command, got ${code ?? signal}`);
    });
    const [run] = await Promise.race([once(shell, 'message', over), ended]);
    idle.push(shell);
    return run;
  } finally {
    over.abort();
    clearTimeout(limit);
    shell.unref();
    shell.channel?.unref();
  }
}

function openShell(): ChildProcess {
  return fork(SHELL, [COMMAND], { env: {}, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
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
