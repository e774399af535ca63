/**
 * `npm run demo`: runs a service that logs thousands of warnings and errors as if in a pod, and shows the resulting Events.
 * The API server is the stand-in of the tests, or the one that KUBEBUILDER_ASSETS starts. `npm run demo -- --kubeconfig`
 * uses the cluster of KUBECONFIG, and removes everything that it has created there, also after Ctrl-C.
 */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { runExample } from '../test/examples/run-example.ts';
import type { Application } from '../test/support/application.ts';
import type { OwnerReference, TestCluster, TestPod } from '../test/support/cluster.ts';
import { DemoError, openPlace, type Place } from './demo/cluster.ts';
import { kubectlFor } from './demo/kubectl.ts';

const DEPLOYMENT = 'web';
const CONTAINER = 'checkout';
/** One log statement of the service contains these names. */
const CUSTOMERS = ['anna', 'ben', 'carla', 'dora', 'emil'];
const JSON_BODY = { 'content-type': 'application/json' };
/** A line of the log that is a warning or an error. Lines of a stack do not match. */
const WARNING_OR_ERROR = /^\S+Z (warn|error): /;

const isColoured = process.stdout.isTTY && !process.env.NO_COLOR;
const paint = (code: number, text: string) => (isColoured ? `\x1b[${code}m${text}\x1b[0m` : text);
const heading = (text: string) => console.log(`\n${paint(1, text)}`);
const number = (value: number) => value.toLocaleString('en');

/** The payment gateway of the shop. It may be slow or down. */
class Gateway {
  delayMs = 0;
  readonly #server = createServer(async (request, response) => {
    await request.toArray();
    if (this.delayMs > 0) await sleep(this.delayMs);
    response.end();
  });
  #port = 0;

  get url(): string {
    return `http://127.0.0.1:${this.#port}/charges`;
  }

  async start(): Promise<void> {
    await once(this.#server.listen(this.#port, '127.0.0.1'), 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    const closed = once(this.#server.close(), 'close');
    this.#server.closeAllConnections();
    await closed;
  }
}

/** Creates a Deployment, its ReplicaSet and its Pod, as they are in a cluster. */
async function createWebPod(cluster: TestCluster, namespace: string): Promise<TestPod> {
  const labels = { app: DEPLOYMENT };
  const containers = [{ name: 'app', image: 'pause' }];
  // No replicas, so that the controllers of a real cluster create no other pods.
  const spec = {
    replicas: 0,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: { containers } },
  };
  const apply = async (kind: string, name: string, owner?: OwnerReference): Promise<OwnerReference> => {
    const apiVersion = 'apps/v1';
    const metadata = { name, namespace, ...(owner && { ownerReferences: [owner] }) };
    const { uid } = (await cluster.apply({ apiVersion, kind, metadata, spec })).metadata;
    return { apiVersion, kind, name, uid, controller: true };
  };
  const replicaSet = await apply(
    'ReplicaSet',
    `${DEPLOYMENT}-7d9c5b8f6d`,
    await apply('Deployment', DEPLOYMENT),
  );
  const name = `${replicaSet.name}-x2x7k`;
  return cluster.createPod({ namespace, name, ownerReferences: [replicaSet] });
}

/**
 * Sends orders until `total` are done, sixteen at a time. Orders of customers without an e-mail address are sent one after
 * the other.
 */
async function order(url: string, total: number, stock: number, names: string[] = []): Promise<void> {
  let next = 0;
  const customer = async () => {
    while (next < total) {
      const name = names[Math.floor((next / total) * names.length)];
      const body = JSON.stringify({
        order: 48_000 + next++,
        item: { id: 10_400 + (next % 40), stock },
        ...(name && { customer: { name, email: '' } }),
      });
      await (await fetch(`${url}/checkout`, { method: 'POST', headers: JSON_BODY, body })).arrayBuffer();
    }
  };
  await Promise.all(Array.from({ length: 16 }, customer));
}

/** One line of each kind, and the number of similar lines. Similar lines differ only in digits. */
function summarise(log: string): string {
  const kinds = new Map<string, { line: string; count: number }>();
  for (const line of log.split('\n').filter((line) => /^\S+Z /.test(line))) {
    const key = line.replace(/\d+/g, '0');
    const kind = kinds.get(key) ?? { line, count: 0 };
    kind.count++;
    kinds.set(key, kind);
  }
  return [...kinds.values()]
    .map(({ line, count }) =>
      count === 1 ? line : `${line}\n${paint(2, `  … ${number(count - 1)} more like this`)}`,
    )
    .join('\n');
}

/** The service that is running. */
let application: Application | undefined;
let isStopped = false;

async function run({ cluster, namespace }: Place, pod: TestPod, folder: string): Promise<boolean> {
  const requestsBefore = await countRequests(cluster);
  const gateway = new Gateway();
  await gateway.start();
  const configFile = join(folder, 'config.json');
  const configure = (url: string) =>
    writeFile(configFile, JSON.stringify({ gateway: url, slowMs: 40, reorderLevel: 10 }));
  let log = '';
  const start = () => {
    if (isStopped) throw new Error('stopped');
    application = runExample('http-service/server.mjs', pod, {
      CONFIG_FILE: configFile,
      DEPLOYMENT,
      CONTAINER_NAME: CONTAINER,
      PORT: '0',
    });
    return application;
  };

  heading(`The pod ${pod.name} in the namespace ${namespace} (${cluster.kind}, ${cluster.url})`);
  console.log('  starts with a wrong configuration, crashes, and is started again …');
  await configure('');
  for (let attempt = 1; attempt <= 2; attempt++) log += (await start().exited).stdout;
  console.log('  … gets the right one, and serves orders');
  await configure(gateway.url);
  const service = start();
  const [, port] = await service.waitForLine(/listening on port (\d+)/);
  const url = `http://127.0.0.1:${port}`;
  await order(url, 200, 50);
  console.log('  some customers have no e-mail address …');
  await order(url, 500, 50, CUSTOMERS);
  console.log('  the payment gateway becomes slow …');
  gateway.delayMs = 50;
  await order(url, 600, 50);
  gateway.delayMs = 0;
  console.log('  … goes away while some items run out …');
  await gateway.stop();
  await order(url, 2_500, 50);
  await order(url, 400, 5);
  console.log('  … and comes back; the pod is told to end');
  await gateway.start();
  await order(url, 200, 50);
  service.child.kill('SIGTERM');
  const { code, stdout, stderr } = await service.exited;
  log += stdout;
  await gateway.stop();
  if (code !== 0) console.error(stderr);

  const kubectl = await kubectlFor(cluster, namespace);
  heading(`$ kubectl logs ${pod.name}`);
  console.log(summarise(log));
  heading('$ kubectl get events');
  console.log(await kubectl.getEvents());
  heading(`$ kubectl describe pod ${pod.name} | sed -n '/^Events/,$p'`);
  console.log(await kubectl.describePodEvents(pod));

  const records = log.split('\n').filter((line) => WARNING_OR_ERROR.test(line)).length;
  // Only the Events of the service. The controllers of a real cluster may write Events about the pod too.
  const events = (await cluster.events(namespace)).filter(({ source }) => source.component === CONTAINER);
  const sum = events.reduce((total, { count = 1 }) => total + count, 0);
  const requests = await countRequests(cluster);
  const isExact = records === sum && code === 0;
  const cost = requests === undefined ? '' : `, ${requests - (requestsBefore ?? 0)} requests`;
  const verdict = `${number(records)} warnings and errors logged, ${events.length} Events with counts of ${number(sum)} in all${cost}`;
  heading(isExact ? verdict : paint(31, `${verdict}: expected the same number on both sides`));
  return isExact;
}

/** Not everybody may read the metrics of a cluster. */
const countRequests = (cluster: TestCluster) => cluster.eventRequests().catch(() => undefined);

async function createPod({ cluster, namespace }: Place): Promise<TestPod> {
  try {
    await cluster.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
    return await createWebPod(cluster, namespace);
  } catch (error) {
    throw new DemoError((error as Error).message);
  }
}

class Interrupted extends Error {}

const interrupted = new Promise<never>((_, reject) => {
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => reject(new Interrupted()));
});
interrupted.catch(() => {});

async function demonstrate(place: Place): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'demo-'));
  const pod = createPod(place);
  try {
    const isExact = await Promise.race([pod.then((made) => run(place, made, folder)), interrupted]);
    if (!isExact) process.exitCode = 1;
  } finally {
    isStopped = true;
    application?.child.kill('SIGKILL');
    // Otherwise, objects that are just being created would be left behind.
    await Promise.allSettled([pod, application?.exited]);
    await place.cluster.close();
    await rm(folder, { recursive: true, force: true });
  }
}

try {
  const place = await Promise.race([openPlace(process.argv.slice(2), process.env), interrupted]);
  if (place.notice !== '') console.log(place.notice);
  await demonstrate(place);
} catch (error) {
  if (error instanceof Interrupted) {
    console.error('Stopped; what the demo has made is removed.');
    process.exit(130);
  }
  if (!(error instanceof DemoError)) throw error;
  console.error(`npm run demo: ${error.message}`);
  process.exitCode = 1;
}
