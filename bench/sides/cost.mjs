// What records cost with one transport. Prints the nanoseconds that a call takes, and the microseconds of CPU that
// this process spends for a record until it is delivered.
import { MESSAGES } from './messages.mjs';
import { openSide } from './transports.mjs';

const { side, messages, method = 'error', warmUp, records, batch } = JSON.parse(process.argv[2]);
const { logger, turn, finish } = await openSide({ side, records: warmUp + records });
const messageOf = MESSAGES[messages];
let logged = 0;

/** Logs `count` records and returns the nanoseconds that the calls took. */
async function log(count) {
  let ns = 0n;
  for (const end = logged + count; logged < end; ) {
    const texts = Array.from({ length: Math.min(batch, end - logged) }, () => messageOf(logged++));
    const startedAt = process.hrtime.bigint();
    for (const text of texts) logger[method](text);
    ns += process.hrtime.bigint() - startedAt;
    if (batch < records) await turn(logged);
  }
  return Number(ns);
}

await log(warmUp);
await turn(logged);
const before = process.cpuUsage();
const ns = await log(records);
await finish(logged);
const { user, system } = process.cpuUsage(before);
process.stdout.write(JSON.stringify({ ns: ns / records, cpuUs: (user + system) / records }), () =>
  process.exit(),
);
