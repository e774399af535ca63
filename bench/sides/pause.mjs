// How long the event loop stands still in a storm of records. Prints milliseconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { MESSAGES } from './messages.mjs';
import { openSide } from './transports.mjs';

const { side, records, batch } = JSON.parse(process.argv[2]);
const { logger, turn, finish } = await openSide({ side, records });
const message = MESSAGES.repeated();
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
// The monitor counts from its first timer on.
await new Promise((resolve) => setTimeout(resolve, 20));
delay.reset();
for (let logged = 0; logged < records; logged += batch) {
  for (let i = 0; i < batch; i++) logger.error(message);
  await turn(logged);
}
await new Promise((resolve) => setTimeout(resolve, 20));
delay.disable();
await finish(records);
const ms = (ns) => ns / 1e6;
const result = { worst: ms(delay.max), p99: ms(delay.percentile(99)) };
process.stdout.write(JSON.stringify(result), () => process.exit());
