import assert from 'node:assert/strict';
import { Agent, type RequestOptions } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { describe, test } from 'node:test';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { startStandIn } from '../../stand-in/stand-in.ts';
import { createPodLogger } from '../../support/pod-logger.ts';

/** Like the agents of proxies: the connection is open before the request gets it, and TLS begins afterwards. */
class TunnelAgent extends Agent {
  override createConnection(
    options: RequestOptions,
    callback?: (error: Error | null, stream: Duplex) => void,
  ): undefined {
    const tunnel = connect(Number(options.port), String(options.host));
    const tlsOptions = { ...options, socket: tunnel } as ConnectionOptions;
    tunnel.once('connect', () => callback?.(null, connectTls(tlsOptions)));
  }
}

describe('requests are never sent without a pause', { concurrency: 4 }, () => {
  test('when reads work and writes do not, the attempts get rarer', async (t) => {
    const { standIn, clock, logger, transport, sum } = await createPodLogger(t, { speed: 40 });
    logger.error('again');
    while (!(await transport.flush()));
    standIn.fault(({ body }) => (body.count === undefined ? undefined : { status: 503 }));
    standIn.resetRequests();
    logger.error('again');
    await clock.pass(120_000);
    // Attempts after 1, 2, 4, 8, 16, 32, 62 and 92 seconds at the latest, or half of that, with a read before each.
    assert.ok(standIn.requests.length <= 2 * 12, `${standIn.requests.length} requests`);
    standIn.fault(undefined);
    while (!(await transport.flush()));
    assert.equal(await sum(), 2);
  });

  test('when a proxy breaks every connection, a flush does not hammer', async (t) => {
    const standIn = await startStandIn();
    t.after(() => standIn.close());
    const agent = new TunnelAgent({ keepAlive: true });
    const kubeConfig = {
      getCurrentCluster: () => ({ server: standIn.url, proxyUrl: 'http://proxy.example.com' }),
      async applyToHTTPSOptions(options: Record<string, unknown>) {
        const headers = { Authorization: `Bearer ${standIn.adminToken}` };
        Object.assign(options, { agent, ca: standIn.ca, headers });
      },
    };
    const { logger, transport, sum } = await createPodLogger(t, { standIn, kubeConfig, speed: 10 });
    standIn.fault(() => ({ reset: 'before' }));
    logger.error('again');
    assert.equal(await transport.flush(), false);
    assert.ok(standIn.requests.length <= 6, `${standIn.requests.length} requests`);
    standIn.fault(undefined);
    while (!(await transport.flush()));
    assert.equal(await sum(), 1);
  });

  test('when an Event is said to exist and cannot be found', async (t) => {
    const { standIn, logger, transport } = await createPodLogger(t, { speed: 10 });
    standIn.fault(({ method }) => (method === 'POST' ? { status: 409, delayMs: 5 } : undefined));
    logger.error('again');
    assert.equal(await transport.flush(), false);
    assert.ok(standIn.requests.length <= 40, `${standIn.requests.length} requests`);
  });
});
