import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { runApplication } from '../support/application.ts';
import type { KubernetesObject, TestCluster, TestPod } from '../support/cluster.ts';
import { podInNamespace, sumOf } from '../support/endings.ts';
import { openCluster } from '../support/open-cluster.ts';

let cluster: TestCluster;
before(async () => {
  cluster = await openCluster();
});
after(() => cluster?.close());

const GATEWAY = { level: 'error', message: 'cannot reach the payment gateway' };

/** Runs a process of the pod that logs these records and ends, and returns what it has loaded. */
async function report(
  pod: TestPod,
  records: object[],
  more: { env?: Record<string, string>; options?: object; execArgv?: string[] } = {},
) {
  const { exited } = runApplication({
    script: new URL('../fixtures/report.mjs', import.meta.url),
    pod,
    args: [JSON.stringify(records), JSON.stringify(more.options ?? {})],
    env: more.env ?? {},
    execArgv: more.execArgv ?? [],
  });
  const { code, stdout, stderr } = await exited;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
  return stdout;
}

function deployment(namespace: string, name = 'web'): KubernetesObject {
  const labels = { app: name };
  const containers = [{ name: 'app', image: 'pause' }];
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { namespace, name },
    // No replicas, because the tests create their pods themselves.
    spec: {
      replicas: 0,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers } },
    },
  };
}

describe('a process in a pod', { concurrency: 3 }, () => {
  test('whose manifest says nothing makes an Event about its pod', async () => {
    const pod = await podInNamespace(cluster);
    const before = Date.now();
    await report(pod, [GATEWAY]);
    const [event, ...others] = await cluster.events(pod.namespace);
    assert.ok(event);
    assert.equal(others.length, 0);
    const { name, namespace, uid, nodeName } = pod;
    assert.deepEqual(event.involvedObject, { apiVersion: 'v1', kind: 'Pod', name, namespace, uid });
    const { type, reason, message, count, source, reportingComponent, reportingInstance } = event;
    assert.deepEqual(
      { type, reason, message, count, source, reportingComponent, reportingInstance },
      {
        type: 'Warning',
        reason: 'LoggedError',
        message: GATEWAY.message,
        count: 1,
        source: { component: 'web', host: nodeName },
        reportingComponent: 'web',
        reportingInstance: name,
      },
    );
    for (const time of [event.firstTimestamp, event.lastTimestamp]) {
      // Timestamps of core Events have whole seconds.
      assert.ok(Date.parse(time ?? '') >= before - 1_000 && Date.parse(time ?? '') <= Date.now() + 1_000);
    }
  });

  test('is known by its downward API variables first', async () => {
    const pod = await podInNamespace(cluster);
    const { namespace } = pod;
    const env = {
      POD_NAME: 'told-0',
      POD_NAMESPACE: namespace,
      POD_UID: '11111111-2222-3333-4444-555555555555',
      NODE_NAME: 'told-node',
      CONTAINER_NAME: 'told-container',
    };
    await report(pod, [GATEWAY], { env });
    const [event] = await cluster.events(namespace);
    assert.deepEqual(event?.involvedObject, {
      apiVersion: 'v1',
      kind: 'Pod',
      name: env.POD_NAME,
      namespace,
      uid: env.POD_UID,
    });
    assert.deepEqual(event.source, { component: env.CONTAINER_NAME, host: env.NODE_NAME });
    assert.equal(event.reportingInstance, env.POD_NAME);
  });

  test('has no uid of another pod when only its name is told', async () => {
    const pod = await podInNamespace(cluster);
    await report(pod, [GATEWAY], { env: { POD_NAME: 'told-0' } });
    const [event] = await cluster.events(pod.namespace);
    assert.equal(event?.involvedObject.name, 'told-0');
    assert.equal(event.involvedObject.uid, undefined);
    assert.equal(event.involvedObject.namespace, pod.namespace);
  });

  test('loads neither @kubernetes/client-node nor child_process', async () => {
    const pod = await podInNamespace(cluster);
    const loaded = await report(pod, [GATEWAY]);
    assert.match(loaded, /^loaded: .*\bNativeModule https\b/m);
    assert.doesNotMatch(loaded, /NativeModule child_process\b/);
    // Measured in a second process, because the hook that reports modules loads others itself.
    const hook = `import { writeSync } from 'node:fs';
      export const resolve = (name, context, next) => (writeSync(1, 'import ' + name + '\\n'), next(name, context));`;
    // Node 26 warns that registerHooks() should be used, which Node 20 does not have.
    const register = `import { register } from 'node:module'; process.noDeprecation = true;
      register(${JSON.stringify(dataUrl(hook))});`;
    const imported = await report(pod, [GATEWAY], { execArgv: ['--import', dataUrl(register)] });
    assert.match(imported, /^import winston-kubernetes-events$/m);
    assert.doesNotMatch(imported, /client-node|child_process/);
  });

  test('makes an Event about a Deployment, given whole or as a reference', async () => {
    const pod = await podInNamespace(cluster);
    const { namespace } = pod;
    const whole = await cluster.apply(deployment(namespace));
    const reference = {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      name: 'web',
      namespace,
      uid: whole.metadata.uid,
    };
    const injection = {
      level: 'warn',
      message: 'no policy matches, sidecar not injected',
      reason: 'InjectionSkipped',
    };
    await report(pod, [
      { ...injection, regarding: whole, times: 2 },
      { ...injection, regarding: reference, times: 3 },
    ]);
    const [event, ...others] = await cluster.events(namespace);
    assert.deepEqual(others, []);
    assert.deepEqual(event?.involvedObject, reference);
    assert.equal(event.reason, 'InjectionSkipped');
    assert.equal(event.count, 5);
  });

  test('that crashes and starts again counts up the same Event', async () => {
    const pod = await podInNamespace(cluster);
    for (let run = 0; run < 3; run++) await report(pod, [{ ...GATEWAY, times: 5 }]);
    const events = await cluster.events(pod.namespace);
    assert.deepEqual(
      events.map(({ count }) => count),
      [15],
    );
  });

  test('counts up the same Event as the other replicas that report about their Deployment', async () => {
    const namespace = await cluster.createNamespace();
    const regarding = await cluster.apply(deployment(namespace));
    const pods = [];
    for (const name of ['web-6c8b9d7f5-xk2lp', 'web-6c8b9d7f5-7dz4q']) {
      pods.push(await cluster.createPod({ namespace, name }));
    }
    const records = [
      { ...GATEWAY, regarding, times: 20 },
      { ...GATEWAY, times: 2 },
    ];
    await Promise.all(pods.map((pod) => report(pod, records)));
    const events = await cluster.events(namespace);
    const aboutDeployment = events.filter(({ involvedObject }) => involvedObject.kind === 'Deployment');
    assert.deepEqual(
      aboutDeployment.map(({ count }) => count),
      [40],
    );
    // Records about the pods themselves have Events of their own.
    assert.equal(events.length, 3);
    assert.equal(sumOf(events), 44);
  });

  test('makes Events about cluster-scoped objects in the namespace default', async () => {
    const { nodeName } = await podInNamespace(cluster);
    const name = `reporter-${process.pid}`;
    const pod = await cluster.createPod({ namespace: 'default', name });
    const regarding = { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName } };
    const message = `disk of ${name} is almost full`;
    await report(pod, [{ level: 'warn', message, regarding, reason: 'DiskAlmostFull' }]);
    const events = (await cluster.events('default')).filter((event) => event.message === message);
    assert.equal(events.length, 1);
    assert.deepEqual(events[0]?.involvedObject, { apiVersion: 'v1', kind: 'Node', name: nodeName });
  });
});

// Not at the same time as other tests, because it counts all requests.
test('a storm of 100,000 records is one Event and at most three requests', async (t) => {
  const pod = await podInNamespace(cluster);
  const before = await cluster.eventRequests();
  await report(pod, [{ ...GATEWAY, times: 100_000 }]);
  const requests = (await cluster.eventRequests()) - before;
  const events = await cluster.events(pod.namespace);
  assert.deepEqual(
    events.map(({ count }) => count),
    [100_000],
  );
  t.diagnostic(`${cluster.kind}: ${requests} requests`);
  assert.ok(requests >= 1 && requests <= 3, `${requests} requests`);
});

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}
