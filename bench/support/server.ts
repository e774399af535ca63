import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Methods } from './server-process.ts';

/** Sends a request to the process of the servers. */
export type Server = <M extends keyof Methods>(
  method: M,
  ...args: Parameters<Methods[M]>
) => Promise<Awaited<ReturnType<Methods[M]>>>;

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
}

/** Starts the servers in a process of their own. It ends after `use`. */
export async function withServer<T>(use: (server: Server) => Promise<T>): Promise<T> {
  const child = fork(join(import.meta.dirname, 'server-process.ts'), {
    execArgv: ['--import', 'tsx'],
    env: { PATH: process.env.PATH, HOME: process.env.HOME },
  });
  const waiting = new Map<number, Waiting>();
  const ended = once(child, 'exit');
  await Promise.race([
    once(child, 'message'),
    ended.then(() => Promise.reject(new Error('server-process.ts ended at once'))),
  ]);
  child.on('message', ({ id, value, error }: { id: number; value: never; error?: string }) => {
    const { resolve, reject } = waiting.get(id)!;
    waiting.delete(id);
    if (error === undefined) resolve(value);
    else reject(new Error(error));
  });
  let last = 0;
  const server: Server = (method, ...args) =>
    new Promise((resolve, reject) => {
      const id = ++last;
      waiting.set(id, { resolve, reject });
      child.send({ id, method, args });
    });
  try {
    return await use(server);
  } finally {
    child.disconnect();
    await ended;
  }
}
