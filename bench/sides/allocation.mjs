// Measures how many bytes a repeated record allocates. Prints them with the number of collections, which must be 0.
//
// The young generation is larger than everything that is allocated (see the flags in bench/allocation.ts), so nothing is
// collected. The used heap then grows by exactly what is allocated, including garbage.
import { PerformanceObserver } from 'node:perf_hooks';
import { MESSAGES } from './messages.mjs';
import { openSide } from './transports.mjs';

const { side, warmUp, records, batch } = JSON.parse(process.argv[2]);
const { logger, turn, finish } = await openSide({ side, records: warmUp + records });
const message = MESSAGES.repeated();
let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});

async function log(count) {
  for (let i = 0; i < count; i += batch) {
    for (let j = 0; j < batch; j++) logger.error(message);
    await turn(i);
  }
}

await log(warmUp);
globalThis.gc();
await turn(warmUp);
observer.observe({ entryTypes: ['gc'] });
const before = process.memoryUsage().heapUsed;
await log(records);
const bytes = (process.memoryUsage().heapUsed - before) / records;
await turn(records);
await finish(warmUp + records);
process.stdout.write(JSON.stringify({ bytes, collections }), () => process.exit());
