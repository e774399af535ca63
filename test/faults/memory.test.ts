import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startStandIn } from '../stand-in/stand-in.ts';
import { runApplication } from '../support/application.ts';

const MOST_MEGABYTES = 8;

test('ever new messages about a thousand objects, API server away: memory is bounded, counts are kept', async (t) => {
  const standIn = await startStandIn();
  t.after(() => standIn.close());
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'web-6c8b9-xk2lp' });
  await standIn.stopListening();
  const script = new URL('../fixtures/outage-memory.mjs', import.meta.url);
  const { stdout, code } = await runApplication({ script, pod, execArgv: ['--expose-gc'] }).exited;
  assert.equal(code, 0);
  const { logged, bytesForEachMore, grownBytes, pending, remembered, dropped } = JSON.parse(stdout);
  const megabytes = grownBytes / 2 ** 20;
  t.diagnostic(`${megabytes.toFixed(1)} MB more`);
  t.diagnostic(`${bytesForEachMore} bytes for each more than are remembered`);
  assert.ok(megabytes <= MOST_MEGABYTES, `${megabytes} MB, expected at most ${MOST_MEGABYTES}`);
  assert.ok(bytesForEachMore < 8, `${bytesForEachMore} bytes`);
  assert.equal(pending, logged);
  // For each object, three texts and the combined problem of the statement; and one problem before them.
  assert.equal(remembered, 4_001);
  assert.deepEqual(dropped, { rejected: 0, namespace: 0 });
});

test('of a large text only what an Event shows is kept', async (t) => {
  const script = new URL('../fixtures/large-texts.mjs', import.meta.url);
  const { stdout, code } = await runApplication({ script, execArgv: ['--expose-gc'] }).exited;
  assert.equal(code, 0);
  const { grownBytes, remembered } = JSON.parse(stdout);
  t.diagnostic(`${(grownBytes / 2 ** 20).toFixed(1)} MB more for ${remembered} problems`);
  // Two of them come from the warm-up.
  assert.equal(remembered, 202);
  // Two hundred texts of a megabyte each were logged.
  assert.ok(grownBytes < 8 * 2 ** 20, `${grownBytes} bytes`);
});

test('of a large text that is not read, nothing is kept', async (t) => {
  const script = new URL('../fixtures/storm-texts.mjs', import.meta.url);
  const { stdout, code } = await runApplication({ script, execArgv: ['--expose-gc'] }).exited;
  assert.equal(code, 0);
  const { grownBytes } = JSON.parse(stdout);
  t.diagnostic(`${(grownBytes / 2 ** 20).toFixed(1)} MB more`);
  // 26 texts of a megabyte each were logged.
  assert.ok(grownBytes < 8 * 2 ** 20, `${grownBytes} bytes`);
});
