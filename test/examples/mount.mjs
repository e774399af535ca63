// Preloaded into an example: what the kubelet mounts into a pod is in the folder SERVICE_ACCOUNT_DIR.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';

const MOUNTED = '/var/run/secrets/kubernetes.io/serviceaccount';
const folder = process.env.SERVICE_ACCOUNT_DIR;
const NAMES = ['openSync', 'existsSync', 'readFileSync', 'accessSync', 'readFile'];

for (const part of [fs, fs.promises]) {
  for (const name of NAMES) {
    const original = part[name];
    if (!original) continue;
    part[name] = (path, ...rest) =>
      original.call(part, String(path).startsWith(MOUNTED) ? path.replace(MOUNTED, folder) : path, ...rest);
  }
}
syncBuiltinESMExports();
