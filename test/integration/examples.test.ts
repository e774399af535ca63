import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import {
  EVENTS_RULE,
  maker,
  mayRead,
  podSpec,
  replicated,
  suspendedCronJob,
  suspendedJob,
} from '../examples/objects.ts';
import { runExample } from '../examples/run-example.ts';
import { RefusingPort } from '../stand-in/refusing-port.ts';
import type { Application } from '../support/application.ts';
import type { PodRequest, TestCluster, TestPod } from '../support/cluster.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
let folder: string;
before(async () => {
  cluster = await openCluster();
  folder = await mkdtemp(join(tmpdir(), 'examples-'));
});
after(async () => {
  await cluster?.close();
  await rm(folder, { recursive: true, force: true });
});

const createPod = async (name: string, more: Partial<PodRequest> = {}): Promise<TestPod> =>
  cluster.createPod({ namespace: more.namespace ?? (await cluster.createNamespace()), name, ...more });

/** The Events of a pod: type, reason, object and count. Controllers of a real cluster may write other Events. */
async function eventsOf({ name, namespace }: TestPod): Promise<string[]> {
  const events = (await cluster.events(namespace)).filter(
    ({ reportingInstance }) => reportingInstance === name,
  );
  return events
    .map(
      ({ type, reason, involvedObject: { kind, name }, count }) =>
        `${type} ${reason} ${kind}/${name} x${count}`,
    )
    .sort();
}

async function portOf(application: Application): Promise<number> {
  const [, port] = await application.waitForLine(/listen\w* on port (\d+)/);
  return Number(port);
}

/** Ends a process as the kubelet does. The process must then end by itself. */
async function stop(application: Application): Promise<string> {
  application.child.kill('SIGTERM');
  const { code, signal, stdout, stderr } = await application.exited;
  assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' });
  return stdout;
}

/** An address that refuses connections. */
async function deadUrl(t: TestContext): Promise<string> {
  const refusing = await RefusingPort.open();
  t.after(() => refusing.close());
  return `http://127.0.0.1:${await refusing.hold()}`;
}

async function serve(t: TestContext, listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const post = async (url: string, body: unknown): Promise<number> => {
  const headers = { 'content-type': 'application/json', connection: 'close' };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(url, { method: 'POST', headers, body: text });
  await response.arrayBuffer();
  return response.status;
};

test('http-service: what fails is an Event, what the client did wrong is none', async (t) => {
  const namespace = await cluster.createNamespace();
  const deployment = await maker(cluster, namespace)('apps/v1', 'Deployment', 'checkout', replicated());
  const rules = [EVENTS_RULE, mayRead('apps', ['deployments'])];
  const pod = await createPod('checkout-1', { namespace, rules });
  const configFile = join(folder, 'config.json');
  const config = { gateway: await deadUrl(t), slowMs: 60_000, reorderLevel: 10 };
  await writeFile(configFile, JSON.stringify(config));
  const env = { CONFIG_FILE: configFile, DEPLOYMENT: 'checkout', PORT: '0' };
  const service = runExample('http-service/server.mjs', pod, env);
  const url = `http://127.0.0.1:${await portOf(service)}`;
  const order = { order: 48_000, item: { id: 10_401, stock: 50 } };
  for (let i = 0; i < 5; i++) assert.equal(await post(`${url}/checkout`, order), 503);
  assert.equal(await post(`${url}/checkout`, { ...order, item: { id: 10_402, stock: 3 } }), 503);
  assert.equal(await post(`${url}/checkout`, '{"order": '), 400);
  assert.equal(await post(`${url}/checkout`, { order: 48_001 }), 500);
  assert.match(await stop(service), /refused[\s\S]*stopped/);
  assert.deepEqual(await eventsOf(pod), [
    'Warning PaymentGatewayUnreachable Pod/checkout-1 x6',
    'Warning RequestFailed Pod/checkout-1 x1',
    'Warning StockLow Deployment/checkout x1',
  ]);
  const stockLow = (await cluster.events(namespace)).find(({ reason }) => reason === 'StockLow');
  assert.equal(stockLow?.involvedObject['uid'], deployment.uid);
});

async function createReportPod(name: string): Promise<TestPod> {
  const namespace = await cluster.createNamespace();
  const make = maker(cluster, namespace);
  const cronJob = await make('batch/v1', 'CronJob', 'nightly-report', suspendedCronJob);
  const job = await make('batch/v1', 'Job', 'nightly-report-29384722', suspendedJob, cronJob);
  const lookups = [mayRead('', ['pods']), mayRead('apps', ['replicasets']), mayRead('batch', ['jobs'])];
  return createPod(name, { namespace, ownerReferences: [job], rules: [EVENTS_RULE, ...lookups] });
}

test('cron-job: an error right before the end is an Event about the CronJob', async (t) => {
  const pod = await createReportPod('nightly-report-29384722-abcde');
  const run = runExample('cron-job/report.mjs', pod, { ORDERS_URL: await deadUrl(t) });
  const { code, stdout } = await run.exited;
  assert.equal(code, 2);
  assert.match(stdout, /error: no report: .* ECONNREFUSED/);
  assert.deepEqual(await eventsOf(pod), ['Warning ReportFailed CronJob/nightly-report x1']);
});

test('cron-job: an exception that nobody caught is an Event about the CronJob', async (t) => {
  const pod = await createReportPod('nightly-report-29384722-fghij');
  const url = await serve(t, (_request, response) => response.end('[{ "lines": null }]'));
  const { code } = await runExample('cron-job/report.mjs', pod, { ORDERS_URL: url }).exited;
  assert.equal(code, 1);
  assert.deepEqual(await eventsOf(pod), ['Warning TypeError CronJob/nightly-report x1']);
});

test('cron-job: a night that goes well makes no Event', async (t) => {
  const pod = await createReportPod('nightly-report-29384722-klmno');
  const url = await serve(t, (_request, response) => response.end('[{ "lines": [1, 2] }]'));
  const { code, stdout } = await runExample('cron-job/report.mjs', pod, { ORDERS_URL: url }).exited;
  assert.deepEqual([code, stdout], [0, '1 orders with 2 lines\n']);
  assert.deepEqual(await eventsOf(pod), []);
});

test('worker-pool: the same problem of all workers is one Event', async (t) => {
  const pod = await createPod('quotes-1');
  const env = { WORKERS: '3', PORT: '0', RATES_URL: await deadUrl(t) };
  const pool = runExample('worker-pool/server.mjs', pod, env);
  for (const worker of [1, 2, 3]) await pool.waitForLine(new RegExp(`worker ${worker}, .* listens`));
  const url = `http://127.0.0.1:${await portOf(pool)}`;
  const workers = new Set<string | null>();
  for (let i = 0; i < 30; i++) {
    const response = await fetch(url, { headers: { connection: 'close' } });
    assert.equal(response.status, 503);
    workers.add(response.headers.get('x-worker'));
  }
  assert.ok(workers.size > 1, `answered by the workers ${[...workers]}`);
  await stop(pool);
  assert.deepEqual(await eventsOf(pod), ['Warning RatesUnreachable Pod/quotes-1 x30']);
});

test('worker-pool: a worker that dies is replaced and reported', async () => {
  const pod = await createPod('quotes-1');
  const pool = runExample('worker-pool/server.mjs', pod, { WORKERS: '1', PORT: '0', RATES_URL: '' });
  const [, pid] = await pool.waitForLine(/worker 1, process (\d+), listens/);
  process.kill(Number(pid), 'SIGKILL');
  await pool.waitForLine(/worker 2, process \d+, listens/);
  await stop(pool);
  assert.deepEqual(await eventsOf(pod), ['Warning WorkerDied Pod/quotes-1 x1']);
});

test('nestjs: what Nest and the application log are Events', async (t) => {
  const pod = await createPod('orders-1');
  const env = { PORT: '0', WAREHOUSE_URL: await deadUrl(t), TSX_TSCONFIG_PATH: 'tsconfig.json' };
  const service = runExample('nestjs/main.ts', pod, env);
  const url = `http://127.0.0.1:${await portOf(service)}/orders`;
  assert.equal(await post(url, { lines: [{ item: 'tea' }, { item: 'cup' }] }), 202);
  assert.equal(await post(url, { order: 48_001 }), 500);
  await stop(service);
  assert.deepEqual(await eventsOf(pod), [
    'Warning TypeError Pod/orders-1 x1',
    'Warning WarehouseUnreachable Pod/orders-1 x2',
  ]);
});

test('operator: Events about the objects that it looks at', async () => {
  const namespace = await cluster.createNamespace();
  const make = maker(cluster, namespace);
  await make('apps/v1', 'Deployment', 'pinned', replicated('nginx:1.29'));
  const loose = await make('apps/v1', 'Deployment', 'loose', replicated('nginx'));
  const rules = [EVENTS_RULE, mayRead('apps', ['deployments'], ['get', 'list', 'watch'])];
  const pod = await createPod('image-policy-1', { namespace, rules });
  const operator = runExample('operator/operator.mjs', pod, { WATCH_NAMESPACE: namespace, HOME: folder });
  await operator.waitForLine(/^pinned: 0 of/);
  await operator.waitForLine(/^loose: 1 of/);
  await make('apps/v1', 'Deployment', 'late', replicated('registry.example.org:5000/late'));
  await operator.waitForLine(/^late: 1 of/);
  const path = `/apis/apps/v1/namespaces/${namespace}/deployments/loose`;
  // An update without a relevant change, such as those during a rollout.
  const metadata = { annotations: { 'example.org/seen': 'true' } };
  assert.equal((await cluster.request('PATCH', path, { metadata })).status, 200);
  const spec = { template: { spec: podSpec('nginx:1.29') } };
  assert.equal((await cluster.request('PATCH', path, { spec })).status, 200);
  await operator.waitForLine(/^loose: 0 of/);
  await stop(operator);
  assert.deepEqual(await eventsOf(pod), [
    'Normal ImagesPinned Deployment/loose x1',
    'Warning ImageNotPinned Deployment/late x1',
    'Warning ImageNotPinned Deployment/loose x1',
  ]);
  const about = (await cluster.events(namespace)).filter(
    ({ involvedObject }) => involvedObject['name'] === 'loose',
  );
  for (const { involvedObject } of about) assert.equal(involvedObject['uid'], loose.uid);
});

test('local-development: the same records on the console, in a sink and in the cluster of the kubeconfig', async () => {
  const namespace = await cluster.createNamespace();
  const env = { KUBECONFIG: cluster.kubeconfigFile, NAMESPACE: namespace };
  const run = async (where: string) => {
    const { code, stdout, stderr } = await runExample('local-development/local.mjs', undefined, env, [where])
      .exited;
    assert.deepEqual([code, stderr], [0, '']);
    return stdout;
  };
  assert.match(await run('console'), /Warning {2}PaymentGatewayUnreachable {2}deployment\/web .*\(x3\)\n$/);
  assert.equal(await run('sink'), 'Warning PaymentGatewayUnreachable: cannot charge order 48003 (x3)\n');
  assert.deepEqual(await cluster.events(namespace), []);
  await run('kubeconfig');
  assert.deepEqual(
    (await cluster.events(namespace)).map(({ reason, count }) => `${reason} x${count}`),
    ['PaymentGatewayUnreachable x3'],
  );
});
