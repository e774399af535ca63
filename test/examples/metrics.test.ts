import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { parse, stringify } from 'yaml';
import type { TestCluster } from '../support/cluster.ts';
import { podInNamespace } from '../support/endings.ts';
import { openCluster } from '../support/open-cluster.ts';
import { runExample } from './run-example.ts';

const FOLDER = join(import.meta.dirname, '../../examples/metrics');
const PREFIX = 'winston_kubernetes_events_';
const METRICS = {
  records_total: 'counter',
  writes_total: 'counter',
  requests_total: 'counter',
  retries_total: 'counter',
  dropped_total: 'counter',
  pending: 'gauge',
  problems: 'gauge',
  oldest_pending_timestamp_seconds: 'gauge',
  last_write_timestamp_seconds: 'gauge',
};
const isPromtoolHere = spawnSync('promtool', ['--version']).status === 0;
const SKIP = isPromtoolHere ? false : 'promtool is not installed (Debian: apt-get install prometheus)';

let cluster: TestCluster;
/** The metrics of the example after two requests for orders. */
let scraped: string;
let startedAt: number;

before(async () => {
  cluster = await openCluster();
  startedAt = Date.now();
  const service = runExample('metrics/server.mjs', await podInNamespace(cluster), { PORT: '0' });
  const [, port] = await service.waitForLine(/listening on port (\d+)/);
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    return response.text();
  };
  for (const page of ['/orders', '/orders']) await get(page);
  // The first Event is written at once, which takes a few of these requests.
  do scraped = await get('/metrics');
  while (sampleOf('writes_total{operation="create"}') === 0 && Date.now() - startedAt < 30_000);
  service.child.kill('SIGTERM');
  assert.equal((await service.exited).code, 0);
});
after(() => cluster?.close());

function sampleOf(sample: string): number {
  const line = scraped.split('\n').find((each) => each.startsWith(`${PREFIX}${sample} `));
  assert.ok(line, `expected ${sample} in\n${scraped}`);
  return Number(line.slice(line.lastIndexOf(' ')));
}

test('the example serves metrics with fixed names and types', () => {
  const types = [...scraped.matchAll(/^# TYPE winston_kubernetes_events_(\w+) (\w+)$/gm)];
  assert.deepEqual(Object.fromEntries(types.map(([, name, type]) => [name, type])), METRICS);
});

test('their values are those of the transport', () => {
  const values = ['records_total', 'writes_total{operation="create"}', 'dropped_total{reason="rejected"}'];
  assert.deepEqual(values.map(sampleOf), [2, 1, 0]);
  const lastWriteMs = 1000 * sampleOf('last_write_timestamp_seconds');
  assert.ok(lastWriteMs >= startedAt && lastWriteMs <= Date.now(), `${lastWriteMs}`);
});

for (const file of ['alerts.yaml', 'dashboard.json']) {
  test(`${file} asks for metrics that there are`, async () => {
    const text = await readFile(join(FOLDER, file), 'utf8');
    const asked = new Set([...text.matchAll(/winston_kubernetes_events_(\w+)/g)].map(([, name]) => name!));
    assert.ok(asked.size > 2);
    for (const name of asked) assert.ok(name in METRICS, name);
  });
}

test('promtool accepts the alerts and the metrics', { skip: SKIP }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'rules-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const { spec } = parse(await readFile(join(FOLDER, 'alerts.yaml'), 'utf8'));
  await writeFile(join(folder, 'rules.yaml'), stringify(spec));
  await promisify(execFile)('promtool', ['check', 'rules', join(folder, 'rules.yaml')]);
  const ours = scraped.split('\n').filter((line) => line.includes(PREFIX));
  const { status, stderr } = spawnSync('promtool', ['check', 'metrics'], { input: `${ours.join('\n')}\n` });
  assert.deepEqual({ status, stderr: String(stderr) }, { status: 0, stderr: '' });
});
