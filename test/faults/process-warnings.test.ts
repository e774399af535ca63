/** What an application without a listener prints on standard error: every failure, once. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { otherCertificates } from '../stand-in/certificates.ts';
import { writeProjected } from '../stand-in/service-account-dir.ts';
import { type Fault, overloaded, type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { type Exit, runApplication } from '../support/application.ts';
import type { TestPod } from '../support/cluster.ts';
import { ManualClock } from '../support/manual-clock.ts';

const script = new URL('../fixtures/troubled.mjs', import.meta.url);

/** A flush of 50 s is 2.5 s on the fast clock of the process: enough for an answer on a busy machine. */
function run(pod: TestPod, way: string, given: object = {}): Promise<Exit> {
  const options = { flushTimeout: 50_000, ...given };
  return runApplication({ script, pod, args: [way, JSON.stringify(options)], input: '' }).exited;
}

/** The process warnings that a process has printed. Nothing else is allowed. */
function warningsIn({ stderr }: Exit): string[] {
  return stderr
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('(Use `node --trace-warnings'))
    .map((line) => {
      const [, warning] = /^\(node:\d+\) \[(KEVT_\w+\] KubernetesEventsWarning: .+)$/.exec(line) ?? [];
      assert.ok(warning, line);
      return warning.replace('] KubernetesEventsWarning', '');
    });
}

const WAITING = '; nothing was written for 60 s; pending occurrences: 3';

const lasting: Record<string, { fault?: Fault; isDown?: boolean; warning: RegExp }> = {
  'refuses connections': {
    isDown: true,
    warning: new RegExp(
      `^KEVT_UNREACHABLE: .* fails: connect ECONNREFUSED 127\\.0\\.0\\.1:\\d+${WAITING}\\. `,
    ),
  },
  'never answers': {
    fault: { hang: true },
    warning: new RegExp(`^KEVT_TIMEOUT: .*: no answer within \\d000 ms${WAITING}\\. `),
  },
  'throttles for a long time': {
    fault: overloaded,
    warning: new RegExp(`^KEVT_THROTTLED: .*: 429 Too many requests, please try again later${WAITING}\\. `),
  },
  'fails with 503': {
    fault: { status: 503 },
    warning: new RegExp(`^KEVT_SERVER_ERROR: .*: create events in namespace \\S+: 503 .*${WAITING}\\. `),
  },
};

/** The time between the log call and the first process warning, on the clock of the process. */
const warnedAfterMs = ({ stdout }: Exit) => Number(/^KEVT_\w+ after (\d+) ms$/m.exec(stdout)?.[1]);

describe('an API server that is in trouble', { concurrency: 2 }, () => {
  for (const [state, { fault, isDown, warning }] of Object.entries(lasting))
    test(`one that ${state} is one warning after a minute; a process that ends before says why`, async (t) => {
      const standIn = await startStandIn();
      t.after(() => standIn.close());
      const pod = await standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-1' });
      if (fault !== undefined) standIn.fault(() => fault);
      if (isDown) await standIn.stopListening();
      const [living, ending] = await Promise.all([
        run(pod, 'lives on'),
        run(pod, 'flush(), then process.exit()'),
      ]);
      const [told, ...others] = warningsIn(living);
      assert.deepEqual(others, []);
      assert.match(told!, warning);
      assert.ok(warnedAfterMs(living) >= 60_000, living.stdout);
      assert.equal(ending.code, 1);
      const [undelivered, ...more] = warningsIn(ending);
      assert.deepEqual(more, []);
      const pattern = /^KEVT_UNDELIVERED: .* pending occurrences: 3; (.+?): .+\. ([A-Z].+)$/;
      const [, what] = told!.split(': ');
      const [, why, fix = ''] = pattern.exec(undelivered!) ?? [];
      assert.equal(why, what, undelivered);
      assert.ok(told!.endsWith(fix), undelivered);
    });
});

describe('process warnings that come at once', { concurrency: true }, () => {
  let standIn: StandIn;
  before(async () => {
    standIn = await startStandIn();
  });
  after(() => standIn?.close());

  async function createPod(): Promise<TestPod> {
    return standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-1' });
  }

  test('a certificate that is not trusted', async () => {
    const pod = await createPod();
    const { ca } = await otherCertificates();
    await writeProjected(pod.serviceAccountDir, {
      token: pod.token,
      'ca.crt': ca,
      namespace: pod.namespace,
    });
    const [warning, ...others] = warningsIn(await run(pod, 'lives on'));
    assert.deepEqual(others, []);
    assert.match(
      warning!,
      /^KEVT_CERTIFICATE: the certificate of the API server is not trusted: .*signature/,
    );
    assert.match(warning!, /ca\.crt/);
  });

  test('a namespace that does not exist, and what is lost by it', async () => {
    const rules = [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }];
    const pod = await createPod();
    const group = 'rbac.authorization.k8s.io';
    const metadata = { name: `everywhere-${pod.namespace}` };
    await standIn.apply({ apiVersion: `${group}/v1`, kind: 'ClusterRole', metadata, rules });
    await standIn.apply({
      apiVersion: `${group}/v1`,
      kind: 'ClusterRoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'ClusterRole', name: metadata.name },
      subjects: [{ kind: 'ServiceAccount', name: pod.serviceAccount, namespace: pod.namespace }],
    });
    const regarding = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'ghost' };
    const [warning, ...others] = warningsIn(await run(pod, 'flush(), then process.exit()', { regarding }));
    assert.deepEqual(others, []);
    assert.match(warning!, /^KEVT_NAMESPACE: .*: create events in namespace ghost: 404 .*stats\.dropped/);
  });

  test('a permission that is missing, which may also be a namespace that is', async () => {
    const regarding = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'ghost' };
    const [warning, ...others] = warningsIn(await run(await createPod(), 'lives on', { regarding }));
    assert.deepEqual(others, []);
    assert.match(warning!, /^KEVT_FORBIDDEN: .*Role in namespace ghost.*a namespace that does not exist/);
  });
});

test('a process that does not wait says what is lost, however it ends', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  for (const [way, code] of Object.entries({ 'process.exit()': 3, 'an exception that nobody handles': 1 })) {
    const namespace = await standIn.createNamespace();
    const exit = await run(await standIn.createPod({ namespace, name: 'web-1' }), way);
    assert.equal(exit.code, code);
    assert.match(
      exit.stderr,
      /\[KEVT_UNDELIVERED\] .*: the process ends; pending occurrences: 3\. Await flush/,
    );
    assert.equal(exit.stderr.match(/KEVT_/g)?.length, 1, exit.stderr);
  }
});

test('a process that waits loses nothing, and says nothing', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const pod = await standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-1' });
  const { code, stderr } = await run(pod, 'flush(), then process.exit()');
  assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});

test('what an API server refuses is told once, however many Events that are', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  standIn.fault(({ body }) => ({
    status: 422,
    body: { kind: 'Status', message: `Event ${body.metadata.name} is invalid` },
  }));
  const pod = await standIn.createPod({ namespace: await standIn.createNamespace(), name: 'web-1' });
  const records = [1, 2, 3].map((i) => ({ level: 'error', message: 'refused', reason: `Reason${i}` }));
  const { stderr } = await runApplication({
    script: new URL('../fixtures/report.mjs', import.meta.url),
    pod,
    args: [JSON.stringify(records)],
    input: '',
  }).exited;
  assert.equal(stderr.match(/\[KEVT_REJECTED\]/g)?.length, 1, stderr);
});

describe('a minute without success', () => {
  /** A recorder with a sink that fails, and the process warnings. */
  function open(t: { after(fn: () => void): void }) {
    const clock = new ManualClock();
    const warnings: string[] = [];
    const onWarning = ({ message }: Error) => warnings.push(message);
    process.on('warning', onWarning);
    t.after(() => process.off('warning', onWarning));
    const sink = {
      isBroken: true,
      write() {
        if (this.isBroken) throw new Error('disk full');
      },
    };
    return { clock, warnings, sink, recorder: new EventRecorder({ local: sink }, { clock, env: {} }) };
  }

  test('begins again after each success, also with a sink', async (t) => {
    const { clock, warnings, sink, recorder } = open(t);
    for (let i = 0; i < 3; i++) {
      sink.isBroken = true;
      recorder.warning('deployment/web', 'Failed', 'out of disk');
      await clock.pass(40_000);
      sink.isBroken = false;
      await clock.pass(60_000);
      assert.equal(recorder.stats.pending, 0);
    }
    assert.deepEqual(warnings, []);
    sink.isBroken = true;
    recorder.warning('deployment/web', 'Failed', 'out of disk');
    // A repeat waits for a second, and fails then.
    await clock.pass(60_999);
    assert.deepEqual(warnings, []);
    await clock.pass(2);
    assert.equal(warnings.length, 1);
    await clock.pass(300_000);
    assert.equal(warnings.length, 1);
    assert.match(
      warnings[0]!,
      /^the event sink failed: disk full; nothing was written for 60 s; pending occ/,
    );
  });
});
