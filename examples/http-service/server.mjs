// The checkout of a shop: an express service that logs with winston. Its second transport turns warnings and errors into
// Kubernetes Events. Nothing else in this file knows about Kubernetes.
import { readFileSync } from 'node:fs';
import express from 'express';
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
    new KubernetesEventTransport({ handleExceptions: true }),
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
// This is the same for all replicas, so it is reported about the Deployment and not about this pod.
const stockLogger = logger.child({
  regarding: { apiVersion: 'apps/v1', kind: 'Deployment', name: process.env.DEPLOYMENT },
});

async function charge(order) {
  try {
    const answer = await fetch(gateway, { method: 'POST', body: JSON.stringify({ order }) });
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    // The message of fetch says only that it failed. Its cause says why.
    logger.error(`cannot charge order ${order}`, {
      error: error.cause ?? error,
      reason: 'PaymentGatewayUnreachable',
    });
    return 503;
  }
}

const app = express();

app.get('/healthz', (_request, response) => response.end('ok'));

app.use((request, response, next) => {
  const startedAt = performance.now();
  response.once('finish', () => {
    const tookMs = Math.round(performance.now() - startedAt);
    if (tookMs > slowMs)
      logger.warn(`slow response: ${request.path} took ${tookMs} ms`, { reason: 'SlowResponse' });
  });
  next();
});

app.post('/checkout', express.json(), async (request, response) => {
  const { order, item, customer } = request.body;
  if (item.stock < reorderLevel) {
    stockLogger.warn(`item ${item.id} is below its reorder level`, { reason: 'StockLow' });
  }
  if (customer?.email === '') {
    // Names cannot be told apart from other words. After three names, one Event counts everything that this statement logs.
    logger.warn(`no receipt for ${customer.name}: no e-mail address`, { reason: 'ReceiptNotSent' });
  }
  response.status(await charge(order)).end();
});

// Handles what a handler throws. A mistake of the client is not a problem of this service, so it makes no Event.
app.use((error, request, response, next) => {
  if (response.headersSent) return next(error);
  const { status = 500 } = error;
  const logged = { error, reason: 'RequestFailed' };
  if (status < 500) logger.info(`${request.method} ${request.path} refused`, logged);
  else logger.error(`${request.method} ${request.path} failed`, logged);
  response.status(status).end();
});

const server = app.listen(Number(process.env.PORT ?? 8080), () => {
  logger.info(`listening on port ${server.address().port}`);
});

// First, open requests are answered. Then pending counts are delivered, and the process ends by itself.
process.once('SIGTERM', () => {
  server.close(() => {
    logger.info('stopped');
    logger.end();
  });
});
