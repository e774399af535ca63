import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { describeEvents } from '../../../examples/demo/kubectl.ts';
import { MemorySink } from '../../../src/testing/index.ts';
import { ManualClock } from '../manual-clock.ts';

const CUSTOMERS = ['anna', 'ben', 'carla', 'dora', 'emil'];
const STEP_MS = 10_000;
const STEPS = 50;

/** Calls the three statements of docs/concepts.md for some minutes, and returns what kubectl then shows. */
export async function describedStatements(): Promise<string> {
  const clock = new ManualClock();
  const sink = new MemorySink();
  const transport = new KubernetesEventTransport(
    { local: sink, component: 'checkout' },
    { clock, env: { POD_NAME: 'web-7d9c5b8f6d-x2x7k', POD_NAMESPACE: 'shop' } },
  );
  const logger = winston.createLogger({ transports: [transport] });
  for (let step = 0; step < STEPS; step++) {
    const customer = { name: CUSTOMERS[step % CUSTOMERS.length] };
    const answer = { status: step % 2 === 0 ? 502 : 503 };
    logger.error(`cannot send a receipt to ${customer.name}`);
    if (step % 15 > 12) logger.error(`the gateway answered ${answer.status}`);
    if (step === STEPS - 3) logger.error('the database is gone');
    await clock.pass(STEP_MS);
  }
  await transport.flush();
  const events = sink.events.map(({ firstTimestamp, lastTimestamp, reportingComponent, ...event }) => ({
    ...event,
    firstTimestamp: firstTimestamp.toISOString(),
    lastTimestamp: lastTimestamp.toISOString(),
    source: { component: reportingComponent },
  }));
  const described = describeEvents(events, clock.now());
  return `$ kubectl describe pod web-7d9c5b8f6d-x2x7k\n…\n${described}`;
}
