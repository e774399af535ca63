import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../stand-in/stand-in.ts';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

/** Further faults for the requests of a writer, by their number. */
const PATTERNS: Record<string, (Fault | undefined)[]> = {
  'answers to the first writes are lost': [{ reset: 'after' }, undefined, { reset: 'after' }],
  'a repeat gets no answer': [undefined, { hang: true, apply: true }, { status: 503 }],
  'a proxy sends twice': [{ twice: true }, undefined, { twice: true }, undefined, { twice: true }],
  'nothing is written at first': [{ status: 503 }, { reset: 'before' }, undefined, { hang: true }],
};
/** The first write, a repeat, and one of the other writer. */
const DELETED_BEFORE = [1, 2, 4];

async function write({ logger, transport }: PodLogger, regarding: object): Promise<void> {
  for (let i = 0; i < 3; i++) logger.error('again', { regarding });
  while (!(await transport.flush()));
}

describe('an Event that is deleted before any of the requests', { concurrency: 6 }, () => {
  for (const [name, pattern] of Object.entries(PATTERNS)) {
    for (const at of DELETED_BEFORE) {
      test(`number ${at}, while ${name}: it is created again with everything that was counted`, async (t) => {
        const one = await createPodLogger(t);
        const { standIn, namespace, sum } = one;
        const other = await createPodLogger(t, { standIn, pod: { namespace, name: 'web-6c8b9-aaaaa' } });
        const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
        standIn.fault(({ index }) => {
          if (index === at) standIn.clearEvents();
          return pattern[index];
        });
        for (let round = 0; round < 2; round++)
          for (const writer of [one, other]) await write(writer, regarding);
        // A writer whose Event was deleted writes everything that it has counted.
        standIn.fault();
        for (const writer of [one, other]) await write(writer, regarding);
        assert.equal(await sum(), 18);
      });
    }
  }
});
