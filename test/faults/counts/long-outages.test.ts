import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Fault } from '../../stand-in/stand-in.ts';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

/** More attempts than the protocol could remember individually. */
const ATTEMPTS = 30;

/** Many attempts fail as `isHit` says, with more records between them. Then every record must be counted. */
async function outage(
  { standIn, logger, transport, sum }: PodLogger,
  fault: Fault,
  isHit: (body: { count?: number }) => boolean,
) {
  let attempts = 0;
  standIn.fault(({ body }) => {
    if (attempts >= ATTEMPTS || !isHit(body)) return undefined;
    attempts++;
    logger.error('again');
    return fault;
  });
  logger.error('again');
  while (!(await transport.flush()));
  standIn.fault();
  logger.error('again');
  while (!(await transport.flush()));
  assert.ok(attempts > 0);
  assert.equal(await sum(), transport.stats.records);
}

describe('answers that are lost for long, while more happens', { concurrency: 4 }, () => {
  for (const [name, fault] of Object.entries<Fault>({
    'after the first write': { reset: 'after' },
    'and nothing is written': { reset: 'before' },
  })) {
    test(`of a new Event, ${name}`, async (t) => {
      await outage(await createPodLogger(t), fault, () => true);
    });

    test(`of one that is known, ${name}`, async (t) => {
      const podLogger = await createPodLogger(t);
      podLogger.logger.error('again');
      while (!(await podLogger.transport.flush()));
      await outage(podLogger, fault, () => true);
    });

    test(`of one that is known and can be read, ${name}`, async (t) => {
      const podLogger = await createPodLogger(t);
      podLogger.logger.error('again');
      while (!(await podLogger.transport.flush()));
      await outage(podLogger, fault, ({ count }) => count !== undefined);
    });
  }
});
