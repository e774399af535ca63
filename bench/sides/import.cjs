// The same as import.mjs, with `require`.
const winston = require('winston');

const { side } = JSON.parse(process.argv[2]);
const transports = [new winston.transports.Console()];
if (side === 'ours') {
  const { KubernetesEventTransport } = require('winston-kubernetes-events');
  transports.push(new KubernetesEventTransport({ serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR }));
}
globalThis.logger = winston.createLogger({ transports });
const { user, system } = process.cpuUsage();
const result = {
  ms: performance.now(),
  cpuMs: (user + system) / 1e3,
  mb: process.memoryUsage().rss / 1e6,
};
process.stdout.write(JSON.stringify(result), () => process.exit());
