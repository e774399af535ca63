// Measures what records cost with one transport. Prints the nanoseconds of a call, and the microseconds of CPU that this
// process spends on a record until it is delivered.
import { RECORDS } from './records.mjs';
import { openSide } from './transports.mjs';

const { side, form, warmUp, records, batch } = JSON.parse(process.argv[2]);
const { logger, turn, finish } = await openSide({ side, records: warmUp + records });
const { open, make, log } = RECORDS[form];
const called = open?.(logger) ?? logger;
let logged = 0;

/** Logs `count` records and returns the nanoseconds that the calls took. */
async function logAll(count) {
  let ns = 0n;
  for (const end = logged + count; logged < end; ) {
    const made = Array.from({ length: Math.min(batch, end - logged) }, () => make(logged++));
    const startedAt = process.hrtime.bigint();
    for (const what of made) log(called, what);
    ns += process.hrtime.bigint() - startedAt;
    if (batch < records) await turn(logged);
  }
  return Number(ns);
}

await logAll(warmUp);
await turn(logged);
const before = process.cpuUsage();
const ns = await logAll(records);
await finish(logged);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ ns: ns / records, cpuUs: (user + system) / records }), () =>
  process.exit(),
);
