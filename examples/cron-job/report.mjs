// A job that ends right after its error. The Event is about the CronJob, because its pods and Jobs are soon gone. That is
// where people look when the report is missing. Each night that fails raises the count of the same Event, as long as the
// Event exists.
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';

const logger = winston.createLogger({
  format: winston.format.simple(),
  transports: [
    new winston.transports.Console(),
    // An unexpected exception is logged and delivered too. winston then ends the process with exit code 1.
    new KubernetesEventTransport({ regarding: 'workload', handleExceptions: true, handleRejections: true }),
  ],
});

async function readOrders(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  return response.json();
}

function total(orders) {
  return orders.reduce((sum, { lines }) => sum + lines.length, 0);
}

const { ORDERS_URL } = process.env;
let orders;
try {
  orders = await readOrders(ORDERS_URL);
} catch (error) {
  logger.error(`no report: ${ORDERS_URL}: ${error.cause?.message ?? error.message}`, {
    reason: 'ReportFailed',
  });
  // Not process.exit(), because that would end the process before the Event is written.
  process.exitCode = 2;
}
if (orders) console.log(`${orders.length} orders with ${total(orders)} lines`);
