// One of many processes that meet the same problem about one Deployment when they are told to. Prints its number of
// requests, and of records that are not delivered.
import { once } from 'node:events';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const { records, regarding, flushTimeoutMs } = JSON.parse(process.argv[2]);
const transport = new KubernetesEventTransport({
  serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR,
  flushTimeout: flushTimeoutMs,
});
const logger = winston.createLogger({ transports: [transport] });
// Loads the code and opens the connection, as in a process that has been running for a while.
logger.warn('starting', { reason: 'Starting' });
if (!(await transport.flush())) throw new Error(`not delivered: ${transport.stats.lastError}`);
const { requests: before } = transport.stats;
process.send('ready');
await once(process, 'message');
for (let i = 0; i < records; i++) {
  logger.warn('no policy matches, sidecar not injected', { regarding, reason: 'InjectionSkipped' });
}
logger.end();
await once(logger, 'finish');
const { requests, pending } = transport.stats;
process.stdout.write(JSON.stringify({ requests: requests - before, pending }), () => process.exit());
