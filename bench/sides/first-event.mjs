// Reports new problems, the first one before a connection is open. Prints when each was reported, on the clock that all
// processes of the machine share.
import { setTimeout as sleep } from 'node:timers/promises';
import winston from 'winston';
import { openClientNode } from './transports.mjs';

const { side, warm } = JSON.parse(process.argv[2]);

async function openReporter() {
  if (side === 'clientNode') return (await openClientNode()).createEvent;
  const { KubernetesEventTransport } = await import('winston-kubernetes-events');
  const transport = new KubernetesEventTransport({ serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR });
  const logger = winston.createLogger({ transports: [transport] });
  return async (reason, message) => {
    logger.error(message, { reason });
    if (!(await transport.flush())) throw new Error(`not delivered: ${transport.stats.lastError}`);
  };
}

const report = await openReporter();
const reported = [];
for (let i = 0; i <= warm; i++) {
  // Like an application that has been idle for a moment.
  await sleep(20);
  const at = process.hrtime.bigint();
  const delivered = report(`Problem${i}`, 'cannot reach the payment gateway');
  reported.push(String(at));
  await delivered;
}
process.stdout.write(JSON.stringify(reported), () => process.exit());
