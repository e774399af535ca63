import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { access, constants, readFile, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { basename, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createCertificates } from '../stand-in/certificates.ts';
import { ApiCluster, type Connection, temporaryFolder } from './api.ts';

const READY_LIMIT = 60_000;
const LOG_LINES = 20;

/** etcd and kube-apiserver from a folder of binaries (`KUBEBUILDER_ASSETS`), without nodes or controllers. */
export async function startControlPlane(assetsDir: string): Promise<ControlPlane> {
  const etcdBinary = resolve(assetsDir, 'etcd');
  const apiServerBinary = resolve(assetsDir, 'kube-apiserver');
  for (const binary of [etcdBinary, apiServerBinary]) {
    await access(binary, constants.X_OK).catch(() => {
      throw new Error(
        `Expected an executable ${binary}: KUBEBUILDER_ASSETS must be a folder with etcd and kube-apiserver`,
      );
    });
  }

  const folder = await temporaryFolder();
  const guard = new Guard(folder);
  const file = (name: string) => join(folder, name);
  const [etcdPort, etcdPeerPort, port] = await freePorts(3);
  const etcdUrl = `http://127.0.0.1:${etcdPort}`;
  const url = `https://127.0.0.1:${port}`;
  const issuer = 'https://kubernetes.default.svc';
  const token = randomUUID();
  const { ca, cert, key } = await createCertificates();
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  await writeFile(file('ca.pem'), ca);
  await writeFile(file('server.pem'), cert);
  await writeFile(file('server-key.pem'), key);
  await writeFile(file('tokens-key.pem'), privateKey.export({ type: 'pkcs1', format: 'pem' }));
  await writeFile(file('tokens.csv'), `${token},admin,admin,"system:masters"\n`);
  await writeFile(file('kubeconfig'), adminKubeconfig(url, ca, token));

  const etcd = new Server(guard, folder, etcdBinary, [
    `--data-dir=${file('etcd')}`,
    `--listen-client-urls=${etcdUrl}`,
    `--advertise-client-urls=${etcdUrl}`,
    `--listen-peer-urls=http://127.0.0.1:${etcdPeerPort}`,
    '--unsafe-no-fsync',
  ]);
  const apiServer = new Server(guard, folder, apiServerBinary, [
    `--etcd-servers=${etcdUrl}`,
    '--bind-address=127.0.0.1',
    '--advertise-address=127.0.0.1',
    `--secure-port=${port}`,
    `--tls-cert-file=${file('server.pem')}`,
    `--tls-private-key-file=${file('server-key.pem')}`,
    `--client-ca-file=${file('ca.pem')}`,
    `--token-auth-file=${file('tokens.csv')}`,
    `--service-account-key-file=${file('tokens-key.pem')}`,
    `--service-account-signing-key-file=${file('tokens-key.pem')}`,
    `--service-account-issuer=${issuer}`,
    `--api-audiences=${issuer}`,
    '--authorization-mode=RBAC',
    '--service-cluster-ip-range=10.0.0.0/24',
    // No controller creates the default service account that this plug-in requires in every namespace.
    '--disable-admission-plugins=ServiceAccount',
  ]);
  const connection = { url, ca, credentials: async () => ({ token }) };
  const cluster = new ControlPlane(connection, folder, guard, etcd, apiServer);
  try {
    await etcd.start(async () => (await fetch(`${etcdUrl}/health`)).ok);
    await cluster.startAgain();
  } catch (error) {
    await cluster.close();
    throw error;
  }
  return cluster;
}

export class ControlPlane extends ApiCluster {
  readonly kind = 'control plane';
  readonly #guard: Guard;
  readonly #etcd: Server;
  readonly #apiServer: Server;

  constructor(connection: Connection, folder: string, guard: Guard, etcd: Server, apiServer: Server) {
    super(connection, join(folder, 'kubeconfig'), folder);
    this.#guard = guard;
    this.#etcd = etcd;
    this.#apiServer = apiServer;
  }

  /** Kills the API server without a shutdown. Its data stays. */
  async kill(): Promise<void> {
    await this.#apiServer.kill();
  }

  /** After `kill()`: the same data, address and certificates. */
  async startAgain(): Promise<void> {
    await this.#apiServer.start(async () => (await this.request('GET', '/readyz')).status === 200);
  }

  override async close(): Promise<void> {
    await this.#apiServer.kill();
    await this.#etcd.kill();
    await super.close();
    this.#guard.end();
  }
}

class Server {
  readonly #guard: Guard;
  readonly #folder: string;
  readonly #binary: string;
  readonly #args: string[];
  readonly #log: string;
  #child: ChildProcess | undefined;

  constructor(guard: Guard, folder: string, binary: string, args: string[]) {
    this.#guard = guard;
    this.#folder = folder;
    this.#binary = binary;
    this.#args = args;
    this.#log = join(folder, `${basename(binary)}.log`);
  }

  async start(isReady: () => Promise<boolean>): Promise<void> {
    const log = openSync(this.#log, 'a');
    const child = spawn(this.#binary, this.#args, {
      cwd: this.#folder,
      // Not the whole environment, because variables configure both programs and set proxies.
      env: { PATH: process.env.PATH },
      detached: true,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#child = child;
    let ended: string | undefined;
    child.once('error', (error) => {
      ended = `did not start: ${error.message}`;
    });
    child.once('exit', (code, signal) => {
      ended = `ended with ${signal ?? `exit code ${code}`}`;
    });
    this.#guard.watch(child);
    // If a test forgets to close the cluster, its process must still end. The guard then cleans up.
    child.unref();

    const deadline = performance.now() + READY_LIMIT;
    while (!ended && performance.now() < deadline) {
      const ready = isReady().catch(() => false);
      if ((await Promise.race([ready, sleep(1000, false)])) && !ended) return;
      await sleep(100);
    }
    const what = ended ?? `was not ready within ${READY_LIMIT / 1000} s`;
    await this.kill();
    const lines = (await readFile(this.#log, 'utf8')).trimEnd().split('\n').slice(-LOG_LINES);
    throw new Error(`${this.#binary} ${what}. The last lines of its log:\n${lines.join('\n')}`);
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (!child?.pid || child.exitCode !== null || child.signalCode !== null) return;
    child.ref();
    const exit = once(child, 'exit');
    process.kill(-child.pid, 'SIGKILL');
    await exit;
  }
}

/**
 * A shell that outlives this process, whatever ends it. It kills the servers and removes the folder. It reads the process
 * groups from a pipe until the pipe closes.
 */
class Guard {
  readonly #pids = new Set<number>();
  readonly #stdin: Socket;

  constructor(folder: string) {
    const script = `
      while read -r line; do pids=$line; done
      for pid in $pids; do kill -9 -$pid; done
      [ -z "$pids" ] || sleep 1
      rm -rf "$1"`;
    const shell = spawn('/bin/sh', ['-c', script, 'sh', folder], {
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    shell.unref();
    this.#stdin = shell.stdin as Socket;
    this.#stdin.unref();
    this.#stdin.on('error', () => {});
  }

  watch(child: ChildProcess): void {
    const { pid } = child;
    if (pid === undefined) return;
    this.#pids.add(pid);
    this.#tell();
    child.once('exit', () => {
      this.#pids.delete(pid);
      this.#tell();
    });
  }

  end(): void {
    this.#stdin.end();
  }

  #tell(): void {
    if (this.#stdin.writable) this.#stdin.write(`${[...this.#pids].join(' ')}\n`);
  }
}

/** All ports are open at the same time, because otherwise the same port may be returned twice. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

/** JSON is YAML. */
function adminKubeconfig(server: string, ca: string, token: string): string {
  const cluster = { server, 'certificate-authority-data': Buffer.from(ca).toString('base64') };
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster }],
    users: [{ name: 'admin', user: { token } }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'admin' } }],
    'current-context': 'test',
  });
}
