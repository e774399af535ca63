import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inPod } from '../command/run.ts';
import { type StandIn, startStandIn } from '../stand-in/stand-in.ts';
import { runApplication } from '../support/application.ts';
import { SEED } from '../support/random.ts';
import { Hostile } from './hostile.ts';

/** Characters that move the cursor, ring, set colours or change the direction of text. Line ends are allowed. */
const UNSAFE = /(?!\n)\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/u;

let standIn: StandIn;
before(async () => {
  standIn = await startStandIn();
});
after(() => standIn.close());

test(`local: 'console' prints a line for each Event and nothing that a terminal obeys, TEST_SEED=${SEED}`, async () => {
  const { exited } = runApplication({
    script: new URL('../fixtures/fuzz-console.mjs', import.meta.url),
    args: [String(SEED), '1000'],
    execArgv: ['--import', new URL('../support/typescript.mjs', import.meta.url).href],
    env: { POD_NAME: 'web\u001b[31m\u202e-1', POD_NAMESPACE: 'shop\u0007' },
  });
  const { code, stdout, stderr } = await exited;
  assert.equal(code, 0, stderr);
  const lines = stdout.trimEnd().split('\n');
  assert.ok(lines.length > 100);
  for (const line of lines) {
    assert.doesNotMatch(line, UNSAFE, JSON.stringify(line));
    assert.match(line, /^\d\d:\d\d:\d\d {2}(Warning|Normal ) {2}[A-Z][A-Za-z0-9]* {2}/);
  }
});

test(`the command prints nothing that a terminal obeys, TEST_SEED=${SEED}`, async () => {
  const namespace = await standIn.createNamespace();
  const pod = await standIn.createPod({ namespace, name: 'web-1' });
  const hostile = new Hostile(SEED, [namespace], false);
  // An argument of a process cannot contain NUL.
  const argument = () => hostile.text().replaceAll('\0', '').slice(0, 2_000);
  for (let i = 0; i < 12; i++) {
    const text = `\u202e\u001b[31m\u0007${argument()}`;
    standIn.fault(() => (i % 2 === 0 ? undefined : { status: 422, body: { kind: 'Status', message: text } }));
    const calls = [
      ['doctor', '--namespace', text],
      ['doctor', '--json'],
      ['emit', '--regarding', `pod/${text}`, '--reason', 'Tried', text],
      ['emit', '--regarding', 'pod/web-1', '--reason', text, text],
      ['emit', '--regarding', 'pod/web-1', '--reason', 'Tried', '--', text],
      [text],
    ];
    const env = { POD_NAME: text, POD_NAMESPACE: namespace, NODE_NAME: text, CONTAINER_NAME: text };
    const { stdout, stderr } = await inPod(pod, calls[i % calls.length]!, { env });
    assert.doesNotMatch((stdout + stderr).replaceAll('\t', ''), UNSAFE, JSON.stringify(stdout + stderr));
  }
});
