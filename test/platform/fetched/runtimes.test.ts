/** The package in Bun and Deno. Nothing is lost, in whatever way a process ends. */
import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { type StandIn, startStandIn } from '../../stand-in/stand-in.ts';
import { ENDING, ENDINGS, podInNamespace, runEnding, sumOf } from '../../support/endings.ts';
import { type Fetched, fetchBeside, notOnWindows } from './fetched-packages.ts';

const RUNTIMES = { bun: [], deno: ['run', '--allow-all'] };

describe('other runtimes', { skip: notOnWindows() }, () => {
  let fetched: Fetched;
  let standIn: StandIn;
  let script: string;
  before(async () => {
    [fetched, standIn] = await Promise.all([fetchBeside('bun@1', 'deno@2'), startStandIn()]);
    script = join(fetched.folder, 'ending.mjs');
    await copyFile(ENDING, script);
    await copyFile(new URL('own-time.mjs', ENDING), join(fetched.folder, 'own-time.mjs'));
  });
  after(() => Promise.all([fetched?.remove(), standIn?.close()]));

  for (const [runtime, args] of Object.entries(RUNTIMES)) {
    describe(`in ${runtime} nothing is lost when a process ends`, { concurrency: 2 }, () => {
      for (const [way, expected] of Object.entries(ENDINGS)) {
        test(`by ${way}`, async () => {
          const pod = await podInNamespace(standIn);
          const { code, signal, stdout, stderr } = await runEnding(
            way,
            pod,
            {},
            {
              script,
              command: [fetched.bin(runtime), ...args],
              // Only this folder is searched.
              env: {
                DENO_DIR: join(fetched.folder, 'deno'),
                DENO_NO_UPDATE_CHECK: '1',
                HOME: fetched.folder,
              },
            },
          );
          assert.deepEqual({ code, signal, stderr }, { code: expected.code, signal: null, stderr: '' });
          assert.doesNotMatch(stdout, /[1-9]\d* pending|flushed: false/);
          assert.equal(sumOf(await standIn.events(pod.namespace)), expected.count);
        });
      }
    });
  }
});
