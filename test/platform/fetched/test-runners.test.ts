/** Tests of an application as in docs/testing.md, with jest, vitest and sinon. With fake timers, nothing hangs. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { execute, NAME } from '../installed-package.ts';
import { type Fetched, fetchBeside, notOnWindows } from './fetched-packages.ts';

describe('test runners', { skip: notOnWindows() }, () => {
  let fetched: Fetched;
  before(async () => {
    fetched = await fetchBeside('jest@30', 'vitest@4', 'sinon@22');
  });
  after(() => fetched?.remove());

  /** Log, flush and compare; a sink that does not answer; and the end of a logger if `nextTick` is not faked. */
  const STEPS = `
  async function run(expect) {
    const sink = new MemorySink();
    const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
    const logger = winston.createLogger({ transports: [transport] });
    for (let i = 0; i < 3; i++) logger.error('out of disk');
    expect(await transport.flush()).toBe(true);
    expect(sink.events.map(({ count, lastTimestamp }) => [count, lastTimestamp.getTime()])).toEqual([[3, 7000]]);
    expect((await sink.waitFor(1, 1000)).length).toBe(1);

    const recorder = new EventRecorder({ local: { write: () => new Promise(() => {}) }, flushTimeout: 20 }, { env: {} });
    recorder.warning('pod', 'Failed', 'out of disk');
    expect(await recorder.flush()).toBe(false);
    return logger;
  }
  const end = (logger) => new Promise((resolve) => logger.once('finish', resolve).end());
  `;
  const IMPORTS = `
  import winston from 'winston';
  import { EventRecorder, KubernetesEventTransport } from '${NAME}';
  import { MemorySink } from '${NAME}/testing';
  `;
  const REQUIRES = IMPORTS.replace(/import (.*) from ('.*');/g, 'const $1 = require($2);');

  async function passes(executable: string, args: readonly string[]): Promise<void> {
    const env = { ...process.env, NODE_TEST_CONTEXT: undefined, CI: 'true' };
    const { code, stdout, stderr } = await execute(fetched.bin(executable), args, {
      cwd: fetched.folder,
      env,
    }).catch((error) => error);
    const text = stripVTControlCharacters(stdout + stderr);
    assert.match(text, /Tests:? +2 passed\b/, text);
    assert.equal(code, undefined, text);
  }

  async function passesInJest(name: string, more: object = {}): Promise<void> {
    const config = { testMatch: [`**/${name}`], moduleFileExtensions: ['js', 'cjs', 'json'], ...more };
    const path = await fetched.write(`${name}.json`, JSON.stringify(config));
    await passes('jest', ['--config', path, '--rootDir', '.']);
  }

  test('jest', async () => {
    const name = 'fake.test.cjs';
    await fetched.write(
      name,
      `${REQUIRES}${STEPS}
      for (const config of [{ now: 7000 }, { now: 7000, doNotFake: ['nextTick'] }])
        test(JSON.stringify(config), async () => {
          jest.useFakeTimers(config);
          const logger = await run(expect);
          if (config.doNotFake) await end(logger);
        });`,
    );
    await passesInJest(name);
  });

  test('jest with fake timers in its configuration', async () => {
    const name = 'global.test.cjs';
    await fetched.write(
      name,
      `${REQUIRES}${STEPS}
      test('a logger', () => run(expect));
      test('another one', () => run(expect));`,
    );
    const fakeTimers = { enableGlobally: true, now: 7000 };
    await passesInJest(name, { fakeTimers });
  });

  test('jest, when nothing is waited for', async () => {
    const name = 'real.test.cjs';
    await fetched.write(
      name,
      `${REQUIRES}
      test('a logger that logs nothing in a pod', () => {
        const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' };
        winston.createLogger({ transports: [new KubernetesEventTransport({}, { env })] });
      });
      test('a logger with a sink', async () => {
        const sink = new MemorySink();
        const transport = new KubernetesEventTransport({ local: sink }, { env: {} });
        winston.createLogger({ transports: [transport] }).error('out of disk');
        expect(await transport.flush()).toBe(true);
        expect(sink.events.length).toBe(1);
      });`,
    );
    await passesInJest(name);
  });

  test('vitest', async () => {
    const name = 'vitest.test.mjs';
    await fetched.write(
      name,
      `import { expect, test, vi } from 'vitest';${IMPORTS}${STEPS}
      for (const toFake of [undefined, ['setTimeout', 'setImmediate', 'queueMicrotask', 'performance', 'Date']])
        test(String(toFake), async () => {
          vi.useFakeTimers(toFake && { toFake });
          vi.setSystemTime(7000);
          await end(await run(expect));
        });`,
    );
    await passes('vitest', ['run', name]);
  });

  test('sinon and node:test', async () => {
    const path = await fetched.write(
      'sinon.test.mjs',
      `import assert from 'node:assert';
      import { mock } from 'node:test';
      import sinon from 'sinon';${IMPORTS}${STEPS}
      const expect = (got) => ({ toBe: (value) => assert.equal(got, value), toEqual: (value) => assert.deepEqual(got, value) });
      let passed = 0;
      const timers = sinon.useFakeTimers(7000);
      await run(expect);
      timers.restore();
      passed++;
      mock.timers.enable({ now: 7000 });
      await end(await run(expect));
      mock.timers.reset();
      passed++;
      console.log(passed + ' passed');`,
    );
    const { stdout } = await execute(process.execPath, [path], { cwd: fetched.folder });
    assert.equal(stdout, '2 passed\n');
  });
});
