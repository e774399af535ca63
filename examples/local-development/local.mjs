// Three ways to see Events on a laptop, where a transport is silent unless told otherwise:
//
//   node local.mjs console      on standard output, one line each: for a first look
//   node local.mjs sink         in a function of your own, here a list: for tests, or to send them elsewhere
//   node local.mjs kubeconfig   in the cluster that kubectl talks to (needs @kubernetes/client-node): to see the real thing
//
// In a pod all of them write to the pod's cluster. KUBERNETES_EVENTS=console does the same as the first for a program that
// says nothing about it.
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
