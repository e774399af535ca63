import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { rootCertificates } from 'node:tls';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { ApiCluster, type Credentials, temporaryFolder } from './api.ts';
import type { CoreEvent, TestCluster } from './cluster.ts';

interface Kubeconfig {
  'current-context'?: string;
  contexts?: { name: string; context: { cluster: string; user: string } }[];
  clusters?: { name: string; cluster: Cluster }[];
  users?: { name: string; user: User }[];
}

interface Cluster {
  server: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
}

interface User {
  token?: string;
  tokenFile?: string;
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  exec?: {
    apiVersion: string;
    command: string;
    args?: string[] | null;
    env?: { name: string; value: string }[] | null;
  };
}

interface ExecStatus {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
  expirationTimestamp?: string;
}

const EXEC_LIMIT = 60_000;

/**
 * The cluster of the current context of a kubeconfig. Tests create their own namespaces in it. `close()` removes these and
 * everything else that was applied. Objects left behind by a killed test have the label
 * `app.kubernetes.io/managed-by=wke-test`.
 */
export async function connectKubeconfig(file: string): Promise<TestCluster> {
  const config: Kubeconfig = parse(await readFile(file, 'utf8')) ?? {};
  const at = (path: string) => resolve(dirname(file), path);
  /** A PEM that is either in the kubeconfig or in a file next to it. */
  const pem = async (data: string | undefined, path: string | undefined) => {
    if (data) return Buffer.from(data, 'base64').toString();
    return path ? readFile(at(path), 'utf8') : undefined;
  };

  const current = config['current-context'];
  const context = config.contexts?.find(({ name }) => name === current)?.context;
  const cluster = config.clusters?.find(({ name }) => name === context?.cluster)?.cluster;
  const user = config.users?.find(({ name }) => name === context?.user)?.user;
  if (!cluster || !user)
    throw new Error(`${file}: expected a current-context with a cluster and a user, got ${current}`);
  const { protocol, hostname, port, pathname } = new URL(cluster.server);
  // A process in a pod knows the API server only by a host, a port and a CA.
  if (protocol !== 'https:' || pathname !== '/' || cluster['insecure-skip-tls-verify'])
    throw new Error(`${file}: expected https, no path and a verified certificate of ${cluster.server}`);
  const ca = await pem(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await pem(user['client-certificate-data'], user['client-certificate']);
  const key = await pem(user['client-key-data'], user['client-key']);

  let execStatus: ExecStatus | undefined;
  async function credentials(): Promise<Credentials> {
    const { token, tokenFile, exec } = user!;
    // Like kubectl, this prefers the file to the token, and uses the plug-in only if there is neither.
    if (tokenFile) return { token: (await readFile(at(tokenFile), 'utf8')).trim() };
    if (token) return { token };
    if (cert && key) return { cert, key };
    if (!exec)
      throw new Error(
        `${file}: expected a token, a client certificate or exec for the user ${context?.user}`,
      );
    if (!execStatus || expiresSoon(execStatus)) execStatus = await runPlugin(exec, at);
    const { token: fresh, clientCertificateData, clientKeyData } = execStatus;
    return {
      ...(fresh && { token: fresh }),
      ...(clientCertificateData && { cert: clientCertificateData }),
      ...(clientKeyData && { key: clientKeyData }),
    };
  }

  const url = `https://${hostname}:${port || 443}`;
  const connection = { url, ca: ca ?? rootCertificates.join('\n'), credentials };
  return new KubeconfigCluster(connection, file, await temporaryFolder());
}

class KubeconfigCluster extends ApiCluster {
  readonly kind = 'kubeconfig';

  /** Without the Events of the kubelet about the pods of the tests. */
  override async events(namespace: string): Promise<CoreEvent[]> {
    return (await super.events(namespace)).filter(({ source }) => source.component !== 'kubelet');
  }

  override async close(): Promise<void> {
    const failures: string[] = [];
    for (const path of this.created.reverse()) {
      const { status, body } = await this.request('DELETE', path);
      if (status >= 300 && status !== 404) failures.push(`DELETE ${path}: ${status} ${body?.message ?? ''}`);
    }
    await super.close();
    if (failures.length > 0) throw new Error(`Left behind in ${this.url}:\n${failures.join('\n')}`);
  }
}

async function runPlugin(exec: NonNullable<User['exec']>, at: (path: string) => string): Promise<ExecStatus> {
  const { apiVersion, args, env } = exec;
  const command = exec.command.includes('/') ? at(exec.command) : exec.command;
  const info = { apiVersion, kind: 'ExecCredential', spec: { interactive: false } };
  const { stdout } = await promisify(execFile)(command, args ?? [], {
    env: {
      ...process.env,
      ...Object.fromEntries((env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: JSON.stringify(info),
    },
    timeout: EXEC_LIMIT,
  });
  const { status } = JSON.parse(stdout);
  if (!status?.token && !status?.clientCertificateData)
    throw new Error(`Expected ${command} to print an ExecCredential with a token or a client certificate`);
  return status;
}

function expiresSoon({ expirationTimestamp }: ExecStatus): boolean {
  return expirationTimestamp !== undefined && Date.parse(expirationTimestamp) < Date.now() + 60_000;
}
