import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Fault, type StandIn, StatusError, startStandIn } from '../../stand-in/stand-in.ts';
import { runApplication } from '../../support/application.ts';
import { createPodLogger } from '../../support/pod-logger.ts';

/** Refusals in the words of those who refuse. That a message quotes the user does not mean that a permission is missing. */
const REFUSALS: Record<string, string> = {
  'a webhook': 'admission webhook "events.example.com" denied the request: no Events of this kind',
  'a policy': `events "x" is forbidden: ValidatingAdmissionPolicy 'events' with binding 'all' denied request: too many`,
  'a quota':
    'events "x" is forbidden: exceeded quota: events, requested: count/events=1, used: 9, limited: 9',
  'a webhook that names the user':
    'admission webhook "a.example.com" denied the request: User "system:serviceaccount:shop:web" may not do this',
};

function refuse(standIn: StandIn, message: string): void {
  standIn.admit((event) => {
    if (event.reason.startsWith('Refused')) throw new StatusError(403, 'Forbidden', message);
    return event;
  });
}

describe('a 403 of admission is a refusal of that Event, and nothing else waits', { concurrency: 4 }, () => {
  for (const [name, message] of Object.entries(REFUSALS)) {
    test(`of ${name}`, async (t) => {
      const { standIn, clock, logger, transport, warnings, sum } = await createPodLogger(t, { speed: 5 });
      refuse(standIn, message);
      for (let i = 0; i < 4; i++) {
        logger.error('not this', { reason: `Refused${i}` });
        logger.error('but this', { reason: `Taken${i}` });
      }
      const startedAt = clock.uptime();
      while (transport.stats.pending > 0) await clock.pass(100);
      // With a missing permission, the next attempt would be after ten seconds.
      assert.ok(clock.uptime() - startedAt < 9_000);
      assert.deepEqual(transport.stats.dropped, { rejected: 4, namespace: 0 });
      assert.equal(await sum(), 4);
      assert.deepEqual(
        warnings.map(({ code }) => code),
        ['KEVT_REJECTED'],
      );
      assert.ok(String(warnings[0]).includes(message.slice(0, 250)));
    });
  }

  test('of a proxy, as a page of HTML', async (t) => {
    const { standIn, logger, transport, sum } = await createPodLogger(t, { speed: 5 });
    const page: Fault = { status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>Forbidden</h1>' };
    standIn.fault(({ body }) => (body?.reason === 'Refused' ? page : undefined));
    logger.error('not this', { reason: 'Refused' });
    logger.error('but this');
    assert.equal(await transport.flush(), false);
    assert.deepEqual(transport.stats.dropped, { rejected: 1, namespace: 0 });
    assert.equal(await sum(), 1);
  });

  test('of a policy that takes no repeats: the first occurrence stays', async (t) => {
    const { standIn, logger, transport, sum } = await createPodLogger(t, { speed: 5 });
    standIn.admit((event) => {
      if (event.count > 1) throw new StatusError(403, 'Forbidden', REFUSALS['a policy']!);
      return event;
    });
    for (let i = 0; i < 3; i++) {
      logger.error('again');
      logger.error('new', { reason: `New${i}` });
      await transport.flush();
    }
    assert.deepEqual(transport.stats.dropped, { rejected: 2, namespace: 0 });
    assert.equal(transport.stats.pending, 0);
    assert.equal(await sum(), 4);
  });

  test('at the end of a process all others are delivered, and it ends at once', async (t) => {
    const standIn = await startStandIn();
    t.after(() => standIn.close());
    const namespace = await standIn.createNamespace();
    const pod = await standIn.createPod({ namespace, name: 'web-6c8b9-xk2lp' });
    refuse(standIn, REFUSALS['a webhook']!);
    const records = [
      ...Array.from({ length: 6 }, (_, i) => ({ level: 'error', message: 'no', reason: `Refused${i}` })),
      ...Array.from({ length: 20 }, (_, i) => ({ level: 'error', message: 'yes', reason: `Taken${i}` })),
    ];
    const script = new URL('../../fixtures/report.mjs', import.meta.url);
    const { code, stderr } = await runApplication({ script, pod, args: [JSON.stringify(records)] }).exited;
    assert.equal(code, 0);
    assert.equal((await standIn.events(namespace)).length, 20);
    assert.match(stderr, /KEVT_REJECTED/);
    assert.doesNotMatch(stderr, /KEVT_FORBIDDEN|KEVT_UNDELIVERED/);
  });
});
