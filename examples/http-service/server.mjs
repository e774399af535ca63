// A shop's checkout: a plain node:http service that logs with winston. Its second transport makes Kubernetes Events
// of the warnings and errors; nothing else in here knows about Kubernetes.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const { combine, printf, timestamp } = winston.format;

const logger = winston.createLogger({
  format: combine(
    timestamp(),
    printf(
      ({ timestamp, level, message, error }) =>
        `${timestamp} ${level}: ${[message, error?.message].filter(Boolean).join(': ')}`,
    ),
  ),
  transports: [
    new winston.transports.Console({ handleExceptions: true }),
    new KubernetesEventTransport({
      handleExceptions: true,
      // Not set in a pod, where the kubelet mounts the service account in the usual place.
      serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR,
    }),
  ],
});

class ConfigurationError extends Error {}

function readConfig(file) {
  const config = JSON.parse(readFileSync(file, 'utf8'));
  if (!URL.canParse(config.gateway)) {
    throw new ConfigurationError(`gateway: expected a URL, got ${JSON.stringify(config.gateway)}`);
  }
  return config;
}

const { gateway, slowMs, reorderLevel } = readConfig(process.env.CONFIG_FILE);
// The same for all replicas, so it is reported about the Deployment and not about this pod.
const stockLogger = logger.child({
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', name: process.env.DEPLOYMENT },
});

async function checkout({ order, item, stock }) {
  if (stock < reorderLevel) {
    stockLogger.warn(`item ${item} is below its reorder level`, { reason: 'StockLow' });
  }
  try {
    const answer = await fetch(gateway, { method: 'POST', body: JSON.stringify({ order }) });
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    // fetch only says that it failed; its cause says why.
    logger.error(`cannot charge order ${order}`, {
      error: error.cause ?? error,
      reason: 'PaymentGatewayUnreachable',
    });
    return 503;
  }
}

const server = createServer(async (request, response) => {
  const startedAt = performance.now();
  const body = JSON.parse((await request.toArray()).join(''));
  response.writeHead(await checkout(body)).end();
  const tookMs = Math.round(performance.now() - startedAt);
  if (tookMs > slowMs)
    logger.warn(`slow response: ${request.url} took ${tookMs} ms`, { reason: 'SlowResponse' });
});

server.listen(0, '127.0.0.1', () => logger.info(`listening on port ${server.address().port}`));

process.once('SIGTERM', () => {
  server.close(() => {
    logger.info('stopped');
    logger.end();
  });
});
