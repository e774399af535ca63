import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApiCluster, temporaryFolder } from '../support/api.ts';
import type { Answer, CoreEvent, TestPod } from '../support/cluster.ts';
import { type Admission, Api } from './api.ts';
import { Auth, type TokenOptions } from './auth.ts';
import { sharedCertificates } from './certificates.ts';
import type { FaultHook } from './faults.ts';
import { eventKind } from './kinds.ts';
import { RateLimit } from './rate-limit.ts';
import { ApiServer, type LoggedRequest } from './server.ts';
import { writeProjected } from './service-account-dir.ts';
import { Store } from './store.ts';

export { type EventRequest, type Fault, type FaultHook, overloaded } from './faults.ts';
export type { LoggedRequest } from './server.ts';
export { StatusError } from './status.ts';

export interface StandInOptions {
  host?: '127.0.0.1' | '::1';
  /** Default: any free one. */
  port?: number;
  /** The clock for timestamps, expiry and the rate limit. Delays of faults use real time. */
  now?: () => number;
  /** Default: an hour. */
  eventTtlMs?: number;
  /** The admission plug-in EventRateLimit, per namespace. Default: off. */
  eventRateLimit?: { qps: number; burst: number };
  /** Default: true. If it is false, `requests` has no bodies. */
  recordBodies?: boolean;
  /** The most requests that `requests` keeps. Default: 100 000. */
  maxRequests?: number;
}

export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const { host = '127.0.0.1', port = 0, now = Date.now, eventTtlMs = 3_600_000, eventRateLimit } = options;
  const { recordBodies = true, maxRequests = 100_000 } = options;
  const { ca, cert, key } = await sharedCertificates();
  const store = new Store(now);
  const auth = new Auth(store, now);
  const rateLimit = eventRateLimit && new RateLimit(eventRateLimit, now);
  const api = new Api(store, auth, now, eventTtlMs, rateLimit);
  const server = new ApiServer(api, { cert, key, host, port, recordBodies, maxRequests });
  await server.listen();
  const standIn = new StandIn(api, server, ca, await temporaryFolder());
  await writeFile(standIn.kubeconfigFile, standIn.kubeconfig());
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    await standIn.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  return standIn;
}

/** A Kubernetes API server for Events, with switches for what can go wrong with a real one. */
export class StandIn extends ApiCluster {
  readonly kind = 'stand-in';
  readonly #api: Api;
  readonly #server: ApiServer;

  /** Use `startStandIn`. */
  constructor(api: Api, server: ApiServer, ca: string, folder: string) {
    const credentials = async () => ({ token: api.auth.adminToken });
    super({ url: server.url, ca, credentials }, join(folder, 'kubeconfig'), folder);
    this.#api = api;
    this.#server = server;
  }

  get adminToken(): string {
    return this.#api.auth.adminToken;
  }

  /** The requests for Events so far, in the order in which they arrived. */
  get requests(): LoggedRequest[] {
    return this.#server.requests;
  }

  resetRequests(): void {
    this.#server.requests = [];
  }

  override async eventRequests(): Promise<number> {
    return this.#server.answeredWrites;
  }

  /** Calls the API directly. Over the network it would take most of the time of many tests. */
  protected override async administer(method: string, path: string, body?: unknown): Promise<Answer> {
    const { status, headers, ...answer } = this.#api.handle({
      method,
      path,
      authorization: `Bearer ${this.adminToken}`,
      contentType: method === 'PATCH' ? 'application/merge-patch+json' : 'application/json',
      body: body === undefined ? '' : JSON.stringify(body),
    });
    return { status, headers, body: JSON.parse(JSON.stringify(answer.body)) };
  }

  /** Reads the store directly. So it works while the server is down, and does not count as a request. */
  override async events(namespace: string): Promise<CoreEvent[]> {
    const events = this.#api.store.list(eventKind, namespace);
    return events.map((event) => ({ apiVersion: 'v1', kind: 'Event', ...event }));
  }

  clearEvents(): void {
    this.#api.store.clear(eventKind);
  }

  /** Sets a hook that decides what goes wrong with each request for Events. Without a hook, nothing does. */
  fault(hook?: FaultHook): void {
    this.#server.setFault(hook);
  }

  /** Sets a webhook or policy for each Event that is created or patched. Without one, nothing is changed. */
  admit(admission: Admission = (event) => event): void {
    this.#api.admission = admission;
  }

  /** Behaves like a server that is down: refuses connections and breaks the open ones. Its data stays. */
  stopListening(): Promise<void> {
    return this.#server.stop();
  }

  /** Listens again on the same port. */
  resumeListening(): Promise<void> {
    return this.#server.listen();
  }

  async restart(): Promise<void> {
    await this.stopListening();
    await this.resumeListening();
  }

  override async close(): Promise<void> {
    await this.#server.close();
    await super.close();
  }

  /** Issues a token of a service account, bound to a Pod if one is named. */
  createToken(namespace: string, serviceAccount: string, options?: TokenOptions): string {
    return this.#api.auth.issue(namespace, serviceAccount, options).token;
  }

  /** From now on, the server answers 401 to this token. */
  revokeToken(token: string): void {
    this.#api.auth.revoke(token);
  }

  /** Puts a new token into the folder of a Pod, like the kubelet, and returns it. */
  async rotateToken(pod: TestPod, options: { revokeOld?: boolean; seconds?: number } = {}): Promise<string> {
    const { name, namespace, serviceAccount, serviceAccountDir } = pod;
    const { revokeOld, seconds = 3600 } = options;
    if (revokeOld) this.revokeToken(await readFile(join(serviceAccountDir, 'token'), 'utf8'));
    const token = this.createToken(namespace, serviceAccount, { pod: name, seconds });
    await writeProjected(serviceAccountDir, { token, 'ca.crt': this.ca, namespace });
    return token;
  }

  /** The kubeconfig as JSON, which is also YAML. */
  kubeconfig(): string {
    const cluster = {
      server: this.url,
      'certificate-authority-data': Buffer.from(this.ca).toString('base64'),
    };
    return JSON.stringify({
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'stand-in' },
      clusters: [{ name: 'stand-in', cluster }],
      users: [{ name: 'admin', user: { token: this.adminToken } }],
      contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'admin' } }],
    });
  }
}
