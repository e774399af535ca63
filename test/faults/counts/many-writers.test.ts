import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { createPodLogger, type PodLogger } from '../../support/pod-logger.ts';

const ACCOUNT = 'winston-kubernetes-events/writers';
const MOST_WRITERS = 1_000;

const writersFrom = (first: number, writers: number) =>
  Array.from({ length: writers }, (_, i) => `writer${first + i}=1`);

/** A pod with a count of 3 in an Event about a Deployment. */
async function open(t: TestContext) {
  const podLogger = await createPodLogger(t, { speed: 10 });
  const { standIn, namespace, warnings } = podLogger;
  const regarding = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace, uid: 'a' };
  const write = async ({ logger, transport }: PodLogger, times: number) => {
    for (let i = 0; i < times; i++) logger.error('not ready', { regarding });
    while (!(await transport.flush()));
  };
  const event = async () => {
    const [event, ...others] = await standIn.events(namespace);
    assert.deepEqual(others, []);
    const account = event?.metadata.annotations?.[ACCOUNT] ?? '';
    const parts = account.split(',').map((entry) => Number(entry.split('=')[1]));
    const path = `/api/v1/namespaces/${namespace}/events/${event!.metadata.name}`;
    const inAccount = parts.reduce((sum, part) => sum + part);
    return { path, count: event?.count ?? 0, account, inAccount, writers: parts.length };
  };
  /** Sets the count and the annotation, as if other processes had counted one occurrence each. */
  const put = async (count: number, entries: string[]) => {
    const body = { count, metadata: { annotations: { [ACCOUNT]: entries.join(',') } } };
    assert.equal((await standIn.request('PATCH', (await event()).path, body)).status, 200);
  };
  const startAnother = () => createPodLogger(t, { standIn, pod: { namespace, name: 'web-6c8b9-aaaaa' } });
  await write(podLogger, 3);
  const codes = () => warnings.map(({ code }) => code);
  return { ...podLogger, podLogger, regarding, write, event, put, startAnother, codes };
}

describe('an Event with more than 1,000 writers', { concurrency: 4 }, () => {
  test('its account still sums up to its count: the oldest are one entry', async (t) => {
    const { podLogger, write, event, put, startAnother } = await open(t);
    const { account } = await event();
    await put(MOST_WRITERS - 1 + 3, [...writersFrom(1, MOST_WRITERS - 1), account]);
    let logged = MOST_WRITERS - 1 + 3;
    for (let restart = 0; restart < 4; restart++) {
      await write(await startAnother(), 2);
      await write(podLogger, 1);
      logged += 3;
      const { count, inAccount, writers } = await event();
      assert.deepEqual({ count, inAccount }, { count: logged, inAccount: logged });
      assert.ok(writers <= MOST_WRITERS, `${writers} writers`);
    }
  });

  test('a writer that fell out goes on, and a lost answer is not counted twice', async (t) => {
    const { podLogger, standIn, write, event, put } = await open(t);
    await put(3 + MOST_WRITERS, ['others=4', ...writersFrom(1, MOST_WRITERS - 1)]);
    let isLost = false;
    standIn.fault(({ body }) => {
      if (isLost || body.count !== MOST_WRITERS + 5) return undefined;
      isLost = true;
      return { hang: true, apply: true };
    });
    await write(podLogger, 2);
    await write(podLogger, 1);
    assert.equal(isLost, true);
    const { count, inAccount } = await event();
    assert.deepEqual({ count, inAccount }, { count: MOST_WRITERS + 6, inAccount: MOST_WRITERS + 6 });
  });

  for (const [name, isDone] of Object.entries({ 'was done': true, 'was not done': false })) {
    test(`a writer that falls out while a write ${name} counts too little rather than too much, and reports it`, async (t) => {
      const { standIn, clock, logger, transport, regarding, event, put, codes } = await open(t);
      standIn.fault(({ index }) => (index === 0 ? { hang: true, apply: isDone } : undefined));
      const { requests } = transport.stats;
      for (let i = 0; i < 2; i++) logger.error('not ready', { regarding });
      while (transport.stats.requests === requests && standIn.requests.length < 2) await clock.pass(10);
      const inEvent = isDone ? 5 : 3;
      await put(inEvent + MOST_WRITERS, [`others=${inEvent + 1}`, ...writersFrom(1, MOST_WRITERS - 1)]);
      while (!(await transport.flush()));
      assert.equal((await event()).count, inEvent + MOST_WRITERS);
      assert.deepEqual(
        codes().filter((code) => code === 'KEVT_ACCOUNT'),
        ['KEVT_ACCOUNT'],
      );
    });
  }

  test('when an Event expires, each writer writes its own part again, once, even one that fell out of the list', async (t) => {
    const { podLogger, standIn, write, event, put, startAnother } = await open(t);
    await put(3 + MOST_WRITERS, ['others=4', ...writersFrom(1, MOST_WRITERS - 1)]);
    const another = await startAnother();
    await write(another, 10);
    await write(podLogger, 1);
    assert.equal((await standIn.request('DELETE', (await event()).path)).status, 200);
    await write(another, 1);
    await write(podLogger, 1);
    const { count, inAccount } = await event();
    assert.deepEqual({ count, inAccount }, { count: 11 + 5, inAccount: 11 + 5 });
  });
});
