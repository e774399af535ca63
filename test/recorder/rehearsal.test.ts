import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EventRecorder } from 'winston-kubernetes-events';
import { ManualClock } from '../support/manual-clock.ts';

test('what an idle process does in advance is seen nowhere', async () => {
  const clock = new ManualClock();
  const seen: unknown[] = [];
  const see = (what: unknown) => void seen.push(what);
  const api = {
    request: async (request: unknown) => {
      see(request);
      return { status: 201, retryAfterMs: undefined, body: {}, text: '' };
    },
    namespace: async () => see('namespace') as undefined,
  };
  const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443', POD_NAME: 'web-0' };
  const redact = (text: string) => {
    see(text);
    return text;
  };
  const runtime = { clock, env, api, onVerdict: see };
  const recorder = new EventRecorder({ redact, serviceAccountDir: import.meta.dirname }, runtime);
  await clock.pass(0);
  const before = { ...recorder.stats };
  recorder.on('warn', see);
  await clock.pass(60_000);
  assert.deepEqual(seen, []);
  assert.deepEqual(recorder.stats, before);
  assert.equal(await recorder.flush(), true);
  recorder.warning(undefined, 'Failed', 'out of disk');
  await clock.pass(0);
  assert.ok(seen.length > 0);
});
