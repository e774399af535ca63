import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type EventInput, EventRecorder } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { ManualClock } from './support/manual-clock.ts';

/** Pods with different releases of this library find the same Event by its name. So the names must never change. */
const PINNED = new URL('./fixtures/event-names.json', import.meta.url);

const POD = { apiVersion: 'v1', kind: 'Pod', name: 'web-1', namespace: 'shop', uid: 'a' };
const letters = (i: number) => [...String(i)].map((digit) => 'abcdefghij'[Number(digit)]).join('');

const ABOUT: Record<string, EventInput['regarding']> = {
  'the pod': undefined,
  'a pod with uid': POD,
  'a container': { ...POD, fieldPath: 'spec.containers{app}' },
  'a deployment without uid': 'deployment/web',
  'a deployment elsewhere': { kind: 'Deployment', name: 'web', namespace: 'bank' },
  'a node': { kind: 'Node', name: 'Node_A.example.com' },
  'a custom object': { apiVersion: 'example.com/v1', kind: 'Tenant', name: 'acme', namespace: 'shop' },
  'a custom object of the cluster': { apiVersion: 'kyverno.io/v1', kind: 'ClusterPolicy', name: 'labels' },
  'a name with other characters': { kind: 'Pod', name: 'Über..web-', namespace: 'shop' },
  'a long name': { kind: 'Pod', name: 'x'.repeat(253), namespace: 'shop' },
};

const SAID: Record<string, Partial<EventInput>> = {
  'a message': { message: 'disk full' },
  'a message with a number': { message: 'order 10001 failed after 12 ms' },
  'a long message': { message: `order 10001 failed: ${'x '.repeat(600)}` },
  'a normal event': { type: 'Normal', message: 'started' },
  'another reason': { reason: 'Other', message: 'disk full' },
  'an event key': { eventKey: 'k', message: 'disk full' },
  'a long event key': { eventKey: 'k'.repeat(2_000), message: 'disk full' },
};

async function namesOf(api: 'v1' | 'events.k8s.io/v1'): Promise<Record<string, string>> {
  const names: Record<string, string> = {};
  for (const [about, regarding] of Object.entries(ABOUT)) {
    for (const [said, input] of Object.entries(SAID)) {
      const [event] = await write(api, [
        { type: 'Warning', regarding, reason: 'Failed', message: '', ...input },
      ]);
      names[`${about}, ${said}`] = event!.name;
    }
  }
  const keys = Array.from({ length: 10 }, (_, i) => ({ reason: 'Failed', eventKey: letters(i) }));
  const reasons = Array.from({ length: 101 }, (_, i) => ({ reason: `Reason${letters(i)}` }));
  for (const [combined, inputs] of Object.entries({
    'a reason, combined': keys,
    'an object, combined': reasons,
  }))
    names[combined] = (
      await write(
        api,
        inputs.map((input) => ({ type: 'Warning', regarding: POD, message: 'failed', ...input })),
      )
    ).at(-1)!.name;
  return names;
}

async function write(api: 'v1' | 'events.k8s.io/v1', inputs: EventInput[]) {
  const sink = new MemorySink();
  const env = { POD_NAME: 'web-1', POD_NAMESPACE: 'shop', POD_UID: 'a' };
  const recorder = new EventRecorder({ local: sink, api }, { clock: new ManualClock(), env });
  for (const input of inputs) recorder.record(input);
  await recorder.flush();
  return sink.events;
}

test('the names of Events are those of earlier releases', async () => {
  const names = { v1: await namesOf('v1'), 'events.k8s.io/v1': await namesOf('events.k8s.io/v1') };
  if (process.env['PIN_NAMES']) await writeFile(PINNED, `${JSON.stringify(names, null, 2)}\n`);
  assert.deepEqual(names, JSON.parse(await readFile(PINNED, 'utf8')));
});
