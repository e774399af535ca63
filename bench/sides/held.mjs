// Measures how much memory a transport holds for problems that it cannot write. Prints bytes.
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const { messageBytes } = JSON.parse(process.argv[2]);
const OBJECTS = 64;
const REASONS = 32;
/** Messages of one statement. A fourth one would be combined with the others. */
const MESSAGES = 2;
const WORDS = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel'];

const transport = new KubernetesEventTransport({ serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR });
const logger = winston.createLogger({ transports: [transport] });
logger.on('warn', () => {});
const objects = Array.from({ length: OBJECTS }, (_, i) => ({
  ...{ apiVersion: 'apps/v1', kind: 'Deployment', name: `web-${i}`, namespace: process.env.POD_NAMESPACE },
  uid: `a3a1f6d2-1f5e-4c6f-9d2b-${String(i).padStart(12, '0')}`,
}));

/** The used heap and external memory after garbage collection. */
async function heldBytes() {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < 5; i++) {
    globalThis.gc();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const { heapUsed, external } = process.memoryUsage();
    least = Math.min(least, heapUsed + external);
  }
  return least;
}

// Code is loaded and compiled when it runs for the first time. That memory does not count.
for (let i = 0; i < 2_000; i++) logger.error('the API server is away');
const before = await heldBytes();
const { remembered } = transport.stats;
for (const regarding of objects) {
  for (let reason = 0; reason < REASONS; reason++) {
    for (let i = 0; i < MESSAGES; i++) {
      const message = `cannot ship to ${regarding.name} by ${WORDS[i]}: there is no such address`;
      logger.error(message.padEnd(messageBytes, ' and so on'), {
        regarding,
        reason: `Problem${WORDS[reason % 8]}${WORDS[reason >> 3]}`,
      });
    }
  }
  await new Promise((resolve) => setImmediate(resolve));
}
const bytes = (await heldBytes()) - before;
const problems = transport.stats.remembered - remembered;
process.stdout.write(JSON.stringify({ bytes, problems }), () => process.exit());
