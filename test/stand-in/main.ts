/** `node --import tsx test/stand-in/main.ts [port]`: a stand-in in a process of its own, until SIGTERM. */
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { startStandIn } from './stand-in.ts';

const standIn = await startStandIn({
  port: Number(process.argv[2] ?? 0),
  recordBodies: false,
  maxRequests: 0,
});
const { url, adminToken, kubeconfigFile } = standIn;
const caFile = join(dirname(kubeconfigFile), 'ca.crt');
await writeFile(caFile, standIn.ca);
for (const signal of ['SIGTERM', 'SIGINT']) process.once(signal, () => standIn.close());
console.log(JSON.stringify({ url, caFile, kubeconfigFile, adminToken }));
