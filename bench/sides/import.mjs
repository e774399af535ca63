// A process with winston and what one of the sides adds to it. Prints the milliseconds since its start, those of CPU, and
// the resident memory in megabytes.
import winston from 'winston';

const { side } = JSON.parse(process.argv[2]);
const transports = [new winston.transports.Console()];
if (side === 'ours') {
  const { KubernetesEventTransport } = await import('winston-kubernetes-events');
  transports.push(new KubernetesEventTransport({ serviceAccountDir: process.env.SERVICE_ACCOUNT_DIR }));
}
if (side === 'clientNode') {
  const { KubeConfig, CoreV1Api } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromCluster(process.env.SERVICE_ACCOUNT_PREFIX);
  globalThis.api = config.makeApiClient(CoreV1Api);
}
globalThis.logger = winston.createLogger({ transports });
const { user, system } = process.cpuUsage();
const result = {
  ms: performance.now(),
  cpuMs: (user + system) / 1e3,
  mb: process.memoryUsage().rss / 1e6,
};
process.stdout.write(JSON.stringify(result), () => process.exit());
