import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { KubernetesEventsError } from '../diagnostics.ts';
import type { Connection } from './client.ts';

/** Where the kubelet mounts the service account. */
export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Tokens have a few kilobytes and CA bundles some tens; more is a wrong file. */
const MAX_FILE_BYTES = 1024 * 1024;

const LABEL = '[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?';
/** An IPv4 address, or a name that DNS takes. */
const HOST = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*\\.?$`);
/** An empty `ca` means to Node that every public CA is trusted. */
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;

/** Reads a small text file; an error says which and why. It reads no directories, pipes or huge files. */
export function readSmallFile(path: string): string {
  try {
    return readOnce(path);
  } catch (error) {
    // The kubelet swaps the files of a mount: the path may have led to an old one that was just being removed.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return readOnce(path);
  }
}

function readOnce(path: string): string {
  // Without O_NONBLOCK the opening of a pipe waits for somebody who writes to it.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const stat = fstatSync(descriptor);
    if (!stat.isFile()) throw new Error(`${path}: expected a file, got something else`);
    if (stat.size > MAX_FILE_BYTES) {
      throw new Error(`${path}: expected at most ${MAX_FILE_BYTES} bytes, got ${stat.size}`);
    }
    const bytes = Buffer.alloc(stat.size);
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0)).trim();
  } finally {
    closeSync(descriptor);
  }
}

/** The API server of the cluster that this pod runs in: environment variables and mounted files, nothing else. */
export class InClusterConnection implements Connection {
  readonly #host: string;
  readonly #port: number;
  readonly #directory: string;

  /** @throws KubernetesEventsError when the variables do not name a host and a port */
  constructor(env: NodeJS.ProcessEnv, directory: string) {
    const host = env['KUBERNETES_SERVICE_HOST'] ?? '';
    const port = env['KUBERNETES_SERVICE_PORT'] ?? '';
    // Kubernetes sets an IP address; a name is accepted for clusters that are reached through one.
    const { isIPv6 } = process.getBuiltinModule('node:net');
    if (!HOST.test(host) && !(isIPv6(host) && !host.includes('%')))
      throw notInCluster('KUBERNETES_SERVICE_HOST', 'a host', host);
    if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
      throw notInCluster('KUBERNETES_SERVICE_PORT', 'a port from 1 to 65535', port);
    }
    this.#host = host;
    this.#port = Number(port);
    this.#directory = directory;
  }

  /**
   * Both files are read each time: they are small, in memory, and asked for five times a second at most. So a
   * rotated token is in use with the next request, and no copy of it is kept.
   */
  requestOptions(): RequestOptions {
    try {
      const token = readSmallFile(join(this.#directory, 'token'));
      const ca = readSmallFile(join(this.#directory, 'ca.crt'));
      if (token === '' || /[^\x21-\x7e]/.test(token)) {
        throw new Error(`${this.#directory}/token: expected one word of plain text, got something else`);
      }
      if (!CERTIFICATE.test(ca)) {
        throw new Error(`${this.#directory}/ca.crt: expected certificates in PEM, got something else`);
      }
      return { host: this.#host, port: this.#port, ca, headers: { authorization: `Bearer ${token}` } };
    } catch (cause) {
      throw new KubernetesEventsError('KEVT_NO_CREDENTIALS', (cause as Error).message, { cause });
    }
  }
}

function notInCluster(variable: string, expected: string, got: string): KubernetesEventsError {
  return new KubernetesEventsError(
    'KEVT_NOT_IN_CLUSTER',
    `${variable}: expected ${expected}, got ${JSON.stringify(got.slice(0, 60))}`,
  );
}
