// Logs one of the workloads with which event recorders were compared, and prints the statistics of the transport.
import { setTimeout as sleep } from 'node:timers/promises';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MESSAGES } from './messages.mjs';

const { workload } = JSON.parse(process.argv[2]);
const transport = new KubernetesEventTransport({ serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR });
const logger = winston.createLogger({ transports: [transport] });
logger.on('warn', () => {});

const WORKLOADS = {
  identical: () => storm(100_000, () => logger.error(MESSAGES.repeated())),
  numbers: () => storm(100_000, (i) => logger.error(`order ${i} failed`)),
  reasons: () => storm(10_000, (i) => logger.error('not possible', { reason: `Problem${i % 50}` })),
  /** 500 a second for 20 s. */
  async outage() {
    const startedAt = performance.now();
    for (let logged = 0; logged < 10_000; logged++) {
      while ((performance.now() - startedAt) * 0.5 < logged) await sleep(1);
      logger.error(MESSAGES.repeated());
    }
  },
};

/** As fast as possible, but with turns of the event loop, as in an application. */
async function storm(records, log) {
  for (let i = 0; i < records; i++) {
    log(i);
    if (i % 200 === 199) await new Promise((resolve) => setImmediate(resolve));
  }
}

// The parent process counts the seconds from now on.
process.send('begin');
await WORKLOADS[workload]();
if (!(await transport.flush())) throw new Error(`not delivered: ${transport.stats.lastError}`);
process.stdout.write(JSON.stringify(transport.stats), () => process.exit());
