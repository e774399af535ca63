import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import type { PodRequest, TestPod } from '../support/cluster.ts';
import { ENDINGS, podInNamespace, runEnding, sumOf } from '../support/endings.ts';

/** A margin for a busy machine. With the timeouts below, it is less than the 3 s after which winston ends a process. */
const MARGIN_MS = 2_000;
const AT_ONCE_MS = 200;

interface State {
  options?: { flushTimeout: number };
  isDelivered: boolean;
  /** The only process warnings that are allowed. */
  stderr?: RegExp;
  /** The time in which the process must end. */
  limitMs: number;
  /** Undefined if the process does not run in a cluster. */
  pod?: (pod: TestPod) => TestPod | undefined;
  rules?: PodRequest['rules'];
  begin?: (standIn: StandIn) => unknown;
}

/** One process warning for each code and nothing else, except the hint that Node prints once. */
const warningsOf = (...codes: string[]) => {
  const [first, ...others] = codes.map(
    (code) => `\\(node:\\d+\\) \\[${code}\\] KubernetesEventsWarning: .+\\n`,
  );
  return new RegExp(`^${first}\\(Use \`node --trace-warnings .+\\n${others.join('')}$`);
};

/** Of a healthy API server, the tests of the integration say the same. */
const STATES: Record<string, State> = {
  'takes half a second for each answer': {
    isDelivered: true,
    // Two requests in succession, after a flush by the application.
    limitMs: 1_500,
    begin: (standIn) => standIn.fault(() => ({ delayMs: 500 })),
  },
  // Longer than the margin, so that a process that waits for two timeouts fails the test.
  'never answers': {
    options: { flushTimeout: 2_500 },
    isDelivered: false,
    limitMs: 2_500,
    stderr: warningsOf('KEVT_UNDELIVERED'),
    begin: (standIn) => standIn.fault(() => ({ hang: true })),
  },
  'is down': {
    options: { flushTimeout: 2_500 },
    isDelivered: false,
    limitMs: 2_500,
    stderr: warningsOf('KEVT_UNDELIVERED'),
    begin: (standIn) => standIn.stopListening(),
  },
  // Roles may be created after the pods, so attempts go on until the time is over.
  'forbids to write': {
    options: { flushTimeout: 2_500 },
    isDelivered: false,
    limitMs: 2_500,
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }],
    stderr: warningsOf('KEVT_FORBIDDEN', 'KEVT_UNDELIVERED'),
  },
  // winston waits 3 s for a transport that does not report that it has finished.
  'does not exist, as on a laptop': { isDelivered: false, limitMs: 0, pod: () => undefined },
  'cannot be asked without credentials': {
    options: { flushTimeout: 700 },
    isDelivered: false,
    limitMs: 700,
    stderr: warningsOf('KEVT_NO_CREDENTIALS', 'KEVT_UNDELIVERED'),
    pod: (pod) => ({ ...pod, serviceAccountDir: `${pod.serviceAccountDir}/nowhere` }),
  },
};

for (const [
  state,
  { options, isDelivered, stderr = /^$/, limitMs, pod: change, rules, begin },
] of Object.entries(STATES)) {
  describe(`while the API server ${state}`, { concurrency: 6 }, () => {
    let standIn: StandIn;
    const pods = new Map<string, TestPod>();
    before(async () => {
      standIn = await startStandIn();
      for (const way of Object.keys(ENDINGS)) {
        const namespace = await standIn.createNamespace();
        pods.set(
          way,
          await standIn.createPod({ namespace, name: 'web-6c8b9d7f5-xk2lp', ...(rules && { rules }) }),
        );
      }
      await begin?.(standIn);
    });
    after(() => standIn?.close());

    for (const [way, { code, count }] of Object.entries(ENDINGS)) {
      test(`a process ends in time by ${way}`, async () => {
        const pod = pods.get(way)!;
        const ending = await runEnding(way, change === undefined ? pod : change(pod), options);
        assert.deepEqual({ code: ending.code, signal: ending.signal }, { code, signal: null });
        assert.match(ending.stderr, stderr);
        assert.ok(ending.sinceLoggedMs < limitMs + MARGIN_MS, `${ending.sinceLoggedMs} ms`);
        assert.equal(sumOf(await standIn.events(pod.namespace)), isDelivered ? count : 0);
      });
    }
  });
}

test('after a storm, the process ends as soon as the last answer has arrived', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const took: number[] = [];
  for (let run = 0; run < 3; run++) {
    const pod = await podInNamespace(standIn);
    const { goneAt, stdout } = await runEnding('a storm', pod);
    assert.match(stdout, /^requests: [1-3]$/m);
    assert.equal(sumOf(await standIn.events(pod.namespace)), 100_000);
    took.push(goneAt - standIn.requests.at(-1)!.at);
  }
  t.diagnostic(`from the last request to the end of the process: ${took.map(Math.round).join(', ')} ms`);
  assert.ok(Math.min(...took) <= AT_ONCE_MS);
});
