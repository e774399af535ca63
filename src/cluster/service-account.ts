import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { RequestOptions } from 'node:https';
import { join } from 'node:path';
import { KubernetesEventsError } from '../diagnostics.ts';
import type { Connection } from './client.ts';

/** The directory where the kubelet mounts the service account. */
export const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';

/** Tokens have a few kilobytes, and CA bundles a few tens of kilobytes. A larger file is the wrong file. */
const MAX_FILE_BYTES = 1024 * 1024;

const LABEL = '[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?';
/** An IPv4 address, or a name that is valid in DNS. */
const HOST = new RegExp(`^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})*\\.?$`);
/** Node treats an empty `ca` as trust in all public CAs. */
const CERTIFICATE = /-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----/;

/** What to do about a wrong ca.crt. */
export const CA_FIX: string =
  "Put the CA of this cluster into ca.crt: kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' prints it";

/** Reads a small text file. It reads no directories, pipes or huge files. An error names the file and the reason. */
export function readSmallFile(path: string): string {
  try {
    return readOnce(path);
  } catch (error) {
    // The kubelet swaps the files of a mount. The path may have led to an old file that was just being removed.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    return readOnce(path);
  }
}

function readOnce(path: string): string {
  // Without O_NONBLOCK, opening a pipe waits until somebody writes to it.
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

/** The API server of the cluster that this pod runs in, found only by environment variables and mounted files. */
export class InClusterConnection implements Connection {
  readonly #host: string;
  readonly #port: number;
  readonly #directory: string;

  /** @throws KubernetesEventsError if the variables do not name a host and a port */
  constructor(env: NodeJS.ProcessEnv, directory: string) {
    const missing = missingVariables(env);
    if (missing !== undefined) throw notInCluster(missing);
    const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = env;
    // Kubernetes sets an IP address. A name is accepted too, for clusters that are reached by name.
    const { isIPv6 } = process.getBuiltinModule('node:net');
    if (!HOST.test(host) && !(isIPv6(host) && !host.includes('%')))
      throw notInCluster(`KUBERNETES_SERVICE_HOST: expected a host, got ${quote(host)}`);
    if (!/^[0-9]{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
      throw notInCluster(`KUBERNETES_SERVICE_PORT: expected a port from 1 to 65535, got ${quote(port)}`);
    }
    this.#host = host;
    this.#port = Number(port);
    this.#directory = directory;
  }

  /**
   * Reads both files each time. They are small, in memory, and read at most five times a second. So a rotated token is used
   * with the next request, and no copy of it is kept.
   */
  requestOptions(): RequestOptions {
    let token: string;
    let ca: string;
    try {
      token = readSmallFile(join(this.#directory, 'token'));
      ca = readSmallFile(join(this.#directory, 'ca.crt'));
    } catch (cause) {
      throw new KubernetesEventsError('KEVT_NO_CREDENTIALS', (cause as Error).message, { cause });
    }
    if (token === '' || /[^\x21-\x7e]/.test(token)) throw this.#misfit('token', 'one word of plain text');
    if (!CERTIFICATE.test(ca)) throw this.#misfit('ca.crt', 'certificates in PEM', CA_FIX);
    return { host: this.#host, port: this.#port, ca, headers: { authorization: `Bearer ${token}` } };
  }

  get trust(): string {
    return join(this.#directory, 'ca.crt');
  }

  #misfit(file: string, expected: string, fix?: string): KubernetesEventsError {
    const detail = `${this.#directory}/${file}: expected ${expected}, got something else`;
    return new KubernetesEventsError('KEVT_NO_CREDENTIALS', detail, { fix });
  }
}

/** Which of the variables that every pod has are not set, as a sentence; undefined if both are set. */
export function missingVariables(env: NodeJS.ProcessEnv): string | undefined {
  const missing = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'].filter((name) => !env[name]);
  return missing.length === 0
    ? undefined
    : `${missing.join(' and ')} ${missing.length > 1 ? 'are' : 'is'} not set`;
}

function notInCluster(detail: string): KubernetesEventsError {
  return new KubernetesEventsError('KEVT_NOT_IN_CLUSTER', detail);
}

function quote(text: string): string {
  return JSON.stringify(text.slice(0, 60));
}
