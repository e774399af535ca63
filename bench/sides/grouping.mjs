// One replica of a service of the shop. Logs the same lines twice and prints the Event of each line.
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { Log } from './shop/log.mjs';
import { randomFrom, Values } from './shop/values.mjs';

const { service, callSite, lines: length, order } = JSON.parse(process.argv[2]);
const STEP_MS = 20;
const COMBINED = '(combined from similar events): ';

let at = Date.parse('2026-01-01T00:00:00Z');
const clock = { now: () => at, uptime: () => at, random: randomFrom(order), setTimer: () => () => {} };
let written;
const sink = { write: (event) => (written = event) };
const transport = new KubernetesEventTransport({ local: sink }, { env: {}, clock });
const logger = winston.createLogger({ transports: [transport] });
const { default: statements } = await import(`./shop/${service}.mjs`);

function shuffled(list, random) {
  const ranked = list.map((value) => ({ value, rank: random() }));
  return ranked.sort((one, other) => one.rank - other.rank).map(({ value }) => value);
}

// A few statements produce most of a log: the weight of statement n is n to the power of -0.7.
function makeLines() {
  const random = randomFrom(7);
  const ranked = shuffled([...statements.keys()], random);
  const sums = [];
  for (let rank = 1; rank <= ranked.length; rank++) sums.push((sums.at(-1) ?? 0) + rank ** -0.7);
  return Array.from({ length }, (_, index) => {
    const drawn = random() * sums.at(-1);
    return { statement: ranked[sums.findIndex((sum) => drawn < sum)], seed: 1_000 + index };
  });
}

// An error that is forwarded arrives as its text, as from another process.
function forward(values, [message, given]) {
  const error = given?.error ?? given?.err ?? given;
  if (!(error instanceof Error)) return [message, given];
  const { name, code } = error;
  const again = values.fail({ ...(name !== 'Error' && { name }), code, message: error.message });
  return [
    message,
    error === given ? again : { ...given, ...(given.err ? { err: again } : { error: again }) },
  ];
}

const calls = {
  direct: (log, values) => log(logger, values),
  wrapped: (log, values) => log(wrapper, values),
  forwarded: (log, values) => {
    let handed;
    const take =
      (level) =>
      (...rest) =>
        (handed = { level, rest });
    log({ error: take('error'), warn: take('warn') }, values);
    const [message, given] = forward(values, handed.rest);
    logger.log(handed.level, message, ...(given === undefined ? [] : [given]));
  },
};
const wrapper = new Log(logger);

async function log({ statement, seed }) {
  at += STEP_MS;
  const values = new Values(seed);
  calls[callSite](statements[statement], values);
  await transport.flush();
  const { namespace, name, type, reason, message } = written;
  const text = message.startsWith(COMBINED) ? message.slice(COMBINED.length) : message;
  return { problem: `${statement} ${values.called}`, event: `${namespace}/${name}`, type, reason, text };
}

const lines = makeLines();
const sequence = shuffled([...lines.keys()], randomFrom(order));
const logged = [];
for (const index of [...sequence, ...sequence]) logged.push({ index, ...(await log(lines[index])) });
process.stdout.write(JSON.stringify(logged), () => process.exit());
