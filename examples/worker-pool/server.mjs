// A service with a pool of processes (node:cluster). Each worker has its own transport. If several workers report the same
// problem about their pod, it is one Event with the counts of all of them, because its name is derived from the problem and
// not from the process.
import cluster from 'node:cluster';
import { createServer } from 'node:http';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const { WORKERS = '4', PORT = '8080', RATES_URL } = process.env;

const logger = winston.createLogger({
  format: winston.format.simple(),
  transports: [new winston.transports.Console(), new KubernetesEventTransport()],
});

if (cluster.isPrimary) startPrimary();
else startWorker();

function startPrimary() {
  let isEnding = false;
  for (let i = 0; i < Number(WORKERS); i++) cluster.fork();
  cluster.on('exit', ({ process: { pid } }, code, signal) => {
    if (isEnding) return;
    logger.error(`a worker ended with ${signal ?? `exit code ${code}`}`, { pid, reason: 'WorkerDied' });
    cluster.fork();
  });
  cluster.on('listening', ({ id, process: { pid } }, { port }) => {
    logger.info(`worker ${id}, process ${pid}, listens on port ${port}`);
  });
  process.once('SIGTERM', () => {
    isEnding = true;
    // Each worker closes its server, answers open requests, and ends when it has nothing left to do. Pending counts are
    // delivered before.
    for (const worker of Object.values(cluster.workers)) worker.disconnect();
  });
}

function startWorker() {
  const server = createServer(async (_request, response) => {
    response.setHeader('x-worker', String(cluster.worker.id));
    try {
      const rates = await fetch(RATES_URL);
      response.end(await rates.text());
    } catch (error) {
      // The message of fetch says only that it failed. Its cause says why.
      logger.error(`no exchange rates: ${(error.cause ?? error).message}`, { reason: 'RatesUnreachable' });
      response.writeHead(503).end();
    }
  });
  server.listen(Number(PORT));
}
