import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { TestPod } from './cluster.ts';

/** For processes that hang, not for a busy machine. */
const RUN_LIMIT = 300_000;

export interface ApplicationOptions {
  /** A script that imports the built package by its name. */
  script: string | URL;
  pod?: TestPod;
  /**
   * In addition to the pod's own variables, `SERVICE_ACCOUNT_DIR`, PATH and HOME. Nothing else is passed on. An undefined
   * value removes a variable.
   */
  env?: Record<string, string | undefined>;
  args?: string[];
  execArgv?: string[];
  /** The program that runs the script. @default this Node */
  command?: readonly [string, ...string[]];
  /** The working directory. @default that of this process */
  cwd?: string;
  /** The whole of stdin. Without it, stdin stays open for `child.stdin.write()`. */
  input?: string;
}

export interface Application {
  readonly child: ChildProcessWithoutNullStreams;
  /** The time of `performance.now()`. */
  readonly startedAt: number;
  /** The first line of stdout or stderr that matches, even if it was printed already. */
  waitForLine(pattern: RegExp): Promise<RegExpExecArray>;
  /** Rejects if the process cannot be started, or does not end within five minutes. */
  readonly exited: Promise<Exit>;
}

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
  stdout: string;
  stderr: string;
  startedAt: number;
  exitedAt: number;
}

/** Runs a Node script as a container of the pod would run it. */
export function runApplication({
  script,
  pod,
  env,
  args = [],
  execArgv = [],
  command: [executable, ...first] = [process.execPath],
  cwd,
  input,
}: ApplicationOptions): Application {
  const startedAt = performance.now();
  const path = script instanceof URL ? fileURLToPath(script) : script;
  const child = spawn(executable, [...first, ...execArgv, path, ...args], {
    cwd,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      ...pod?.env,
      SERVICE_ACCOUNT_DIR: pod?.serviceAccountDir,
      ...env,
    },
  });
  // An application may end, or close its stdin, before it has read everything.
  child.stdin.on('error', () => {});
  if (input !== undefined) child.stdin.end(input);
  const stop = () => child.kill('SIGKILL');
  process.once('exit', stop);

  const output = { stdout: '', stderr: '' };
  const lines: string[] = [];
  const onLine = new Set<() => void>();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text;
    });
    createInterface({ input: child[name] }).on('line', (line) => {
      lines.push(line);
      for (const look of onLine) look();
    });
  }
  const told = () => `stdout:\n${output.stdout}\nstderr:\n${output.stderr}`;

  let exitedAt = Number.NaN;
  child.once('exit', () => {
    exitedAt = performance.now();
  });
  let late = false;
  const limit = setTimeout(() => {
    late = true;
    stop();
  }, RUN_LIMIT);
  const exited = (async (): Promise<Exit> => {
    try {
      const [code, signal] = await once(child, 'close');
      if (late) throw new Error(`${path} did not end within ${RUN_LIMIT / 1000} s. ${told()}`);
      return { code, signal, ...output, startedAt, exitedAt };
    } finally {
      clearTimeout(limit);
      process.off('exit', stop);
    }
  })();
  // A test may wait for a line first. This must not end it as an unhandled rejection.
  exited.catch(() => {});

  function waitForLine(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      let seen = 0;
      const look = () => {
        for (; seen < lines.length; seen++) {
          const match = new RegExp(pattern).exec(lines[seen]!);
          if (!match) continue;
          onLine.delete(look);
          return resolve(match);
        }
      };
      onLine.add(look);
      look();
      exited.then(() => reject(new Error(`${path} ended without a line like ${pattern}. ${told()}`)), reject);
    });
  }

  return { child, startedAt, waitForLine, exited };
}
