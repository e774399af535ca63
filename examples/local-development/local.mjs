// Three ways to see Events on a laptop, where a transport is silent by default:
//
//   node local.mjs console      prints each Event as one line, for a first look
//   node local.mjs sink         passes each Event to a function of your own, for tests or to send it elsewhere
//   node local.mjs kubeconfig   writes to the cluster that kubectl uses, to see real Events (needs @kubernetes/client-node)
//
// In a pod, all of them write to the cluster of the pod. With KUBERNETES_EVENTS=console, any program prints its Events.
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const seen = new Map();
const sink = {
  // If the same name comes again, it is the same Event with a higher count.
  write: (event) => void seen.set(event.name, event),
};

const [, , where = 'console'] = process.argv;
const logger = winston.createLogger({
  transports: [
    new KubernetesEventTransport({
      local: where === 'sink' ? sink : where,
      // Outside a pod, the Events would otherwise be about a Pod with the name of this host.
      regarding: {
        apiVersion: 'apps/v1',
        kind: 'Deployment',
        name: 'web',
        namespace: process.env.NAMESPACE ?? 'default',
      },
    }),
  ],
});

for (const order of [48_001, 48_002, 48_003]) {
  logger.error(`cannot charge order ${order}`, { reason: 'PaymentGatewayUnreachable' });
}
logger.end();
logger.on('finish', () => {
  for (const { type, reason, message, count } of seen.values())
    console.log(`${type} ${reason}: ${message} (x${count})`);
});
