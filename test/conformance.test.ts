import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, afterEach, beforeEach, describe, it } from 'node:test';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';

type Body = (done?: () => void) => void;
type Register = (body: (context: unknown, done: () => void) => void) => void;

/** The suite is written for mocha, whose functions are global. Its tests get `done` as their only argument. */
const withDone = (body: Body) =>
  body.length === 0 ? () => body() : (_: unknown, done: () => void) => body(done);
const hook = (register: unknown) => (body: Body) => (register as Register)(withDone(body));
let tests = 0;
Object.assign(globalThis, {
  describe,
  it: (name: string, body: Body) => {
    tests++;
    it(name, withDone(body) as never);
  },
  beforeEach: hook(beforeEach),
  afterEach: hook(afterEach),
  after: hook(after),
});

describe('what winston asks of every transport', () => {
  createRequire(import.meta.url)('abstract-winston-transport')({
    name: 'KubernetesEventTransport',
    Transport: KubernetesEventTransport,
    construct: () => ({ level: 'debug', local: new MemorySink() }),
  });
});

it('the suite has run', () => {
  assert.equal(tests, 4);
});
