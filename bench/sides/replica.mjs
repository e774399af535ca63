// One of many processes that meet the same problem about one Deployment when they are told to.
import { once } from 'node:events';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const { records, regarding, flushTimeoutMs } = JSON.parse(process.argv[2]);
const transport = new KubernetesEventTransport({
  serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR,
  flushTimeout: flushTimeoutMs,
});
const logger = winston.createLogger({ transports: [transport] });
process.send('ready');
await once(process, 'message');
for (let i = 0; i < records; i++) {
  logger.warn('no policy matches, sidecar not injected', { regarding, reason: 'InjectionSkipped' });
}
logger.end();
await once(logger, 'finish');
process.stdout.write(JSON.stringify(transport.stats), () => process.exit());
