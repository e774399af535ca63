// A service with metrics about its Events on /metrics.
import { createServer } from 'node:http';
import { collectDefaultMetrics, Registry } from 'prom-client';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { collectEventMetrics } from './metrics.mjs';

const { PORT = '8080' } = process.env;

const events = new KubernetesEventTransport();
const logger = winston.createLogger({
  format: winston.format.simple(),
  transports: [new winston.transports.Console(), events],
});
const registry = new Registry();
collectDefaultMetrics({ register: registry });
collectEventMetrics(events, registry);

const server = createServer(async (request, response) => {
  if (request.url === '/metrics') {
    response.setHeader('content-type', registry.contentType);
    response.end(await registry.metrics());
  } else {
    if (request.url !== '/healthz') logger.warn(`there is no page ${request.url}`, { reason: 'PageMissing' });
    response.writeHead(request.url === '/healthz' ? 200 : 404).end();
  }
});
server.listen(Number(PORT), () => logger.info(`listening on port ${server.address().port}`));
process.once('SIGTERM', () => server.close());
