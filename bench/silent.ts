/**
 * What a record costs with the transport outside a cluster, against a transport that does nothing. Fresh processes,
 * interleaved, medians; the ratio is what counts.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const RUNS = 15;
const TRANSPORTS = {
  nothing: `import Stream from 'winston-transport';
    const transport = new Stream({ level: 'warn', log: (record, next) => next() });`,
  silent: `import { KubernetesEventTransport } from 'winston-kubernetes-events';
    const transport = new KubernetesEventTransport();`,
};

/** Nanoseconds for one record, after as many that do not count. */
function run(transport: string): number {
  const script = `import winston from 'winston'; ${transport}
    const logger = winston.createLogger({ transports: [transport] });
    const log = () => { for (let i = 0; i < 100_000; i++) logger.warn('order ' + i + ' failed', { order: i }); };
    log();
    const startedAt = process.hrtime.bigint();
    log();
    process.stdout.write(String(Number(process.hrtime.bigint() - startedAt) / 100_000));`;
  return Number(
    execFileSync(process.execPath, ['--input-type=module', '--eval', script], {
      cwd: join(import.meta.dirname, '..'),
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    }),
  );
}

const median = (values: number[]) => values.sort((one, other) => one - other)[values.length >> 1]!;

const samples = { nothing: [] as number[], silent: [] as number[] };
for (let i = 0; i < RUNS; i++) {
  for (const name of ['nothing', 'silent'] as const) samples[name].push(run(TRANSPORTS[name]));
}
const [nothing, silent] = [median(samples.nothing), median(samples.silent)];
console.log(`Node ${process.version}, ${RUNS} processes each, medians`);
console.log(`a transport that does nothing: ${nothing.toFixed(0)} ns a record`);
console.log(`this one, silent:              ${silent.toFixed(0)} ns a record`);
console.log(`ratio:                         ${(silent / nothing).toFixed(3)}`);
