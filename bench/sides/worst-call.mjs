// Measures how long the slowest of many calls takes, from the first call on. Prints milliseconds.
import { RECORDS } from './records.mjs';
import { openSide } from './transports.mjs';

const { side, mix, records, batch } = JSON.parse(process.argv[2]);
const { logger, turn, finish } = await openSide({ side, records });
const forms = Object.entries(mix).flatMap(([form, parts]) => {
  const { open, make, log } = RECORDS[form];
  return Array(parts).fill({ called: open?.(logger) ?? logger, make, log });
});
const tookNs = new Float64Array(records);

// Like an application that has started.
await new Promise((resolve) => setTimeout(resolve, 20));
for (let logged = 0; logged < records; ) {
  const first = logged;
  const made = Array.from({ length: batch }, (_, i) => forms[(first + i) % forms.length].make(first + i));
  for (const what of made) {
    const { called, log } = forms[logged % forms.length];
    const startedAt = process.hrtime.bigint();
    log(called, what);
    tookNs[logged++] = Number(process.hrtime.bigint() - startedAt);
  }
  await turn(logged);
}
await finish(records);
tookNs.sort();
const ms = (part) => tookNs[Math.ceil(part * records) - 1] / 1e6;
const result = { p99: ms(0.99), p9999: ms(0.9999), worst: ms(1) };
process.stdout.write(JSON.stringify(result), () => process.exit());
