/** The API server and the collectors that the sides deliver to, in a process of their own. */
import { once } from 'node:events';
import { mkdir, symlink } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { replicated } from '../../test/examples/objects.ts';
import { startStandIn } from '../../test/stand-in/stand-in.ts';

export interface Pod {
  name: string;
  namespace: string;
  /** The environment that makes a process believe that it runs in this pod. */
  env: Record<string, string>;
}

export interface Held {
  reason: string | undefined;
  count: number | undefined;
}

const standIn = await startStandIn({ recordBodies: false, maxRequests: 0 });

/** When the server held the result of a write, on the clock that all processes of this machine share. */
const heldAt: { reason: string; at: string }[] = [];
standIn.fault(({ method, body }) => {
  // The write happens in this turn of the event loop. After it, the server holds the Event.
  if (method === 'POST') {
    queueMicrotask(() => heldAt.push({ reason: body?.reason, at: String(process.hrtime.bigint()) }));
  }
  return undefined;
});

/** The number of records that arrived for each path. Requests for an unknown path are accepted without reading them. */
const received = new Map<string, number>();
const recordsIn: Record<string, (body: string) => number> = {
  '/http': () => 1,
  '/v1/logs': (body) => body.split('"severityNumber"').length - 1,
};
const collector = createServer(async (request, response) => {
  const chunks: Buffer[] = await request.toArray();
  const path = request.url ?? '';
  const records = recordsIn[path]?.(Buffer.concat(chunks).toString()) ?? 1;
  received.set(path, (received.get(path) ?? 0) + records);
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
});
await once(collector.listen(0, '127.0.0.1'), 'listening');
const collectorPort = String((collector.address() as AddressInfo).port);

const methods = {
  async createPod(name: string, namespace?: string): Promise<Pod> {
    const home = namespace ?? (await standIn.createNamespace());
    const pod = await standIn.createPod({ namespace: home, name });
    // `KubeConfig.loadFromCluster` accepts a prefix for the standard path.
    const prefix = `${pod.serviceAccountDir}-root`;
    await mkdir(join(prefix, 'var/run/secrets/kubernetes.io'), { recursive: true });
    await symlink(pod.serviceAccountDir, join(prefix, 'var/run/secrets/kubernetes.io/serviceaccount'));
    const env = {
      ...pod.env,
      SERVICE_ACCOUNT_DIR: pod.serviceAccountDir,
      SERVICE_ACCOUNT_PREFIX: prefix,
      POD_NAMESPACE: home,
      COLLECTOR_PORT: collectorPort,
    };
    return { name, namespace: home, env };
  },
  createDeployment(namespace: string, name: string) {
    const metadata = { name, namespace };
    return standIn.apply({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: replicated() });
  },
  async events(namespace: string): Promise<Held[]> {
    return (await standIn.events(namespace)).map(({ reason, count }) => ({ reason, count }));
  },
  clearEvents: async () => standIn.clearEvents(),
  /** Writes of Events that have been answered so far. */
  requests: () => standIn.eventRequests(),
  heldAt: async () => heldAt,
  /** Records that arrived for this path of the collector since the last call. */
  async received(path: string): Promise<number> {
    const records = received.get(path) ?? 0;
    received.delete(path);
    return records;
  },
  leave: () => standIn.stopListening(),
  comeBack: () => standIn.resumeListening(),
};

export type Methods = typeof methods;

process.on('message', async ({ id, method, args }: { id: number; method: keyof Methods; args: never[] }) => {
  try {
    process.send?.({ id, value: await (methods[method] as (...all: never[]) => unknown)(...args) });
  } catch (error) {
    process.send?.({ id, error: String(error) });
  }
});
process.once('disconnect', async () => {
  await standIn.close();
  process.exit();
});
process.send?.({ id: 0 });
