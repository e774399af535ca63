// Measures how long the event loop stands still in a storm of records. Prints milliseconds.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { RECORDS } from './records.mjs';
import { openSide } from './transports.mjs';

const { side, form, records, batch, isDelivered } = JSON.parse(process.argv[2]);
const { logger, turn, finish } = await openSide({ side, records });
const { make, log } = RECORDS[form];
const made = Array.from({ length: records }, (_, i) => make(i));
const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
// The monitor counts only after its first timer.
await new Promise((resolve) => setTimeout(resolve, 20));
delay.reset();
for (let logged = 0; logged < records; ) {
  for (const end = Math.min(logged + batch, records); logged < end; logged++) log(logger, made[logged]);
  await turn(logged);
}
await new Promise((resolve) => setTimeout(resolve, 20));
delay.disable();
if (isDelivered) await finish(records);
const ms = (ns) => ns / 1e6;
const result = { worst: ms(delay.max), p99: ms(delay.percentile(99)) };
process.stdout.write(JSON.stringify(result), () => process.exit());
