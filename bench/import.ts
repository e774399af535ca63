/**
 * What the library adds to a process that has winston, outside a cluster: milliseconds and resident memory of
 * import and construction. Whole processes, interleaved, the median of 15.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

const RUNS = 15;
const WINSTON = `import winston from 'winston';`;
const TRANSPORT = `${WINSTON} import { KubernetesEventTransport } from 'winston-kubernetes-events';`;
const scripts = {
  winston: `${WINSTON} winston.createLogger({ transports: [new winston.transports.Console()] });`,
  transport: `${TRANSPORT} winston.createLogger({ transports: [new winston.transports.Console(), new KubernetesEventTransport()] });`,
};

interface Sample {
  ms: number;
  mb: number;
}

/** Milliseconds of the whole process as it sees them itself: from its start to the end of the script. */
function run(script: string): Sample {
  const print =
    'process.stdout.write(JSON.stringify({ ms: performance.now(), mb: process.memoryUsage().rss / 2 ** 20 }))';
  const args = ['--input-type=module', '--eval', `${script} ${print}`];
  return JSON.parse(
    execFileSync(process.execPath, args, {
      cwd: join(import.meta.dirname, '..'),
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
    }),
  );
}

const median = (values: number[]) => values.sort((one, other) => one - other)[values.length >> 1]!;

const samples: Record<keyof typeof scripts, Sample[]> = { winston: [], transport: [] };
for (let i = 0; i < RUNS; i++) {
  for (const name of ['winston', 'transport'] as const) samples[name].push(run(scripts[name]));
}
const [winston, transport] = [samples.winston, samples.transport].map((all) => ({
  ms: median(all.map(({ ms }) => ms)),
  mb: median(all.map(({ mb }) => mb)),
})) as [Sample, Sample];
const show = ({ ms, mb }: Sample) => `${ms.toFixed(1)} ms, ${mb.toFixed(1)} MB`;
console.log(`Node ${process.version}, ${RUNS} processes each, medians`);
console.log(`winston alone:        ${show(winston)}`);
console.log(`with the transport:   ${show(transport)}`);
console.log(
  `added:                ${show({ ms: transport.ms - winston.ms, mb: transport.mb - winston.mb })}`,
);
