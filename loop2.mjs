import winston from 'winston';
import TransportStream from 'winston-transport';
const [dir, kind, side] = process.argv.slice(2);
const { KubernetesEventTransport } = await import(dir + '/dist/index.mjs');
const { MESSAGES } = await import(dir + '/bench/sides/messages.mjs');
const sink = { write: async () => {} };
const t = side === 'ours' ? new KubernetesEventTransport({ local: sink, flushTimeout: 100 }, { env: {} }) : new TransportStream({ level: 'warn', log: (_r, n) => n() });
const logger = winston.createLogger({ transports: [t] });
const messageOf = MESSAGES[kind] ?? ((i) => `order ${i} failed`);
const log = kind === 'fields' ? (x) => logger.error(x, { orderId: 42, user: 'anna', request: { method: 'GET', path: '/orders' } })
 : kind === 'error' ? (x) => logger.error('cannot charge', new Error('no answer from the gateway'))
 : kind === 'child' ? (() => { const c = logger.child({ regarding: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', namespace: 'shop', uid: 'u' }, reason: 'ChargeFailed' }); return (x) => c.error('cannot charge the order'); })()
 : (x) => logger.error(x);
let i = 0; const times = [];
for (let round = 0; round < 1500; round++) {
  const texts = Array.from({ length: 200 }, () => messageOf(i++));
  const s = process.hrtime.bigint();
  for (const x of texts) log(x);
  if (round > 300) times.push(Number(process.hrtime.bigint() - s) / 200);
  await new Promise(setImmediate);
}
times.sort((a, b) => a - b);
console.log(times[times.length >> 1].toFixed(0));
process.exit();
