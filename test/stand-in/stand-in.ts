import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import type {
  Answer,
  CoreEvent,
  KubernetesObject,
  PodRequest,
  TestCluster,
  TestPod,
} from '../support/cluster.ts';
import { Api, suffix } from './api.ts';
import { Auth, type TokenOptions } from './auth.ts';
import { createCertificates } from './certificates.ts';
import type { FaultHook } from './faults.ts';
import { collectionPath, eventKind, groupVersion } from './kinds.ts';
import { ApiServer, type LoggedRequest } from './server.ts';
import { writeProjected } from './service-account-dir.ts';
import type { Json } from './status.ts';
import { Store } from './store.ts';

export { type EventRequest, type Fault, type FaultHook, overloaded } from './faults.ts';
export type { LoggedRequest } from './server.ts';

export interface StandInOptions {
  host?: '127.0.0.1' | '::1';
  /** Default: any free one. */
  port?: number;
  /** The clock of timestamps, expiry and rate limit. Delays of faults are in real time. */
  now?: () => number;
  /** Default: an hour. */
  eventTtlMs?: number;
  /** The admission plug-in EventRateLimit, per namespace. Default: off. */
  eventRateLimit?: { qps: number; burst: number };
  /** Default: true. Off, `requests` has no bodies. */
  recordBodies?: boolean;
  /** How many requests `requests` takes. Default: 100 000. */
  maxRequests?: number;
}

export async function startStandIn(options: StandInOptions = {}): Promise<StandIn> {
  const {
    host = '127.0.0.1',
    port = 0,
    now = Date.now,
    recordBodies = true,
    maxRequests = 100_000,
  } = options;
  const { ca, cert, key } = await createCertificates();
  const store = new Store(now);
  const auth = new Auth(store, now);
  const limits = { eventTtlMs: options.eventTtlMs ?? 3_600_000, eventRateLimit: options.eventRateLimit };
  const api = new Api(store, auth, limits, now);
  const server = new ApiServer(api, { cert, key, host, port, now, recordBodies, maxRequests });
  await server.listen();
  const standIn = new StandIn(api, server, host, ca);
  for (const name of ['default', 'kube-node-lease', 'kube-public', 'kube-system']) {
    await standIn.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
  }
  return standIn;
}

/** A Kubernetes API server as far as Events go, with switches for what can go wrong with a real one. */
export class StandIn implements TestCluster {
  readonly kind = 'stand-in';
  readonly url: string;
  readonly ca: string;
  readonly kubeconfigFile: string;
  readonly adminToken: string;
  readonly #host: string;
  readonly #api: Api;
  readonly #server: ApiServer;
  readonly #folders: string[] = [];

  /** Use `startStandIn`. */
  constructor(api: Api, server: ApiServer, host: string, ca: string) {
    this.#api = api;
    this.#server = server;
    this.#host = host;
    this.ca = ca;
    this.url = `https://${host.includes(':') ? `[${host}]` : host}:${server.port}`;
    this.adminToken = api.auth.adminToken;
    const folder = mkdtempSync(join(tmpdir(), 'stand-in-'));
    this.#folders.push(folder);
    this.kubeconfigFile = join(folder, 'kubeconfig');
    writeFileSync(this.kubeconfigFile, JSON.stringify(this.#kubeconfig(), null, 2));
  }

  /** The requests about Events so far, in order of arrival. */
  get requests(): LoggedRequest[] {
    return this.#server.requests;
  }

  resetRequests(): void {
    this.#server.requests = [];
  }

  async eventRequests(): Promise<number> {
    return this.#server.answeredWrites;
  }

  /** Decides what goes wrong with each request about Events from now on. Without a hook, nothing. */
  fault(hook?: FaultHook): void {
    this.#server.fault = hook;
  }

  /** As a server that is down: connections are refused, open ones break. What it holds stays. */
  stopListening(): Promise<void> {
    return this.#server.stop();
  }

  resumeListening(): Promise<void> {
    return this.#server.listen();
  }

  async restart(): Promise<void> {
    await this.stopListening();
    await this.resumeListening();
  }

  async close(): Promise<void> {
    await this.#server.close();
    for (const folder of this.#folders) await rm(folder, { recursive: true, force: true });
  }

  async createNamespace(): Promise<string> {
    const name = `test-${suffix()}`;
    await this.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
    return name;
  }

  /** Creates an object, or returns the one that exists. */
  async apply<T extends KubernetesObject>(object: T): Promise<T & { metadata: { uid: string } }> {
    const kind = this.#api
      .kinds()
      .find((each) => each.kind === object.kind && groupVersion(each) === object.apiVersion);
    if (!kind) throw new Error(`the stand-in knows no ${object.kind} in ${object.apiVersion}`);
    const path = collectionPath(kind, object.metadata.namespace ?? 'default');
    return (
      this.#administer('POST', path, object, 409) ??
      this.#administer('GET', `${path}/${object.metadata.name}`)
    );
  }

  async createPod(request: PodRequest): Promise<TestPod> {
    const { namespace, name, labels, ownerReferences } = request;
    const rules = request.rules ?? [
      { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] },
    ];
    const rbac = 'rbac.authorization.k8s.io';
    const metadata = { name, namespace };
    await this.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
    await this.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    await this.apply({ apiVersion: `${rbac}/v1`, kind: 'Role', metadata, rules });
    await this.apply({
      ...{ apiVersion: `${rbac}/v1`, kind: 'RoleBinding', metadata },
      roleRef: { apiGroup: rbac, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', name, namespace }],
    });
    const pod = await this.apply({
      ...{ apiVersion: 'v1', kind: 'Pod' },
      metadata: { ...metadata, ...(labels && { labels }), ...(ownerReferences && { ownerReferences }) },
      spec: { serviceAccountName: name, nodeName: 'node-a', containers: [{ name: 'app', image: 'app' }] },
    });
    const serviceAccountDir = await mkdtemp(join(tmpdir(), 'stand-in-pod-'));
    this.#folders.push(serviceAccountDir);
    const token = this.createToken(namespace, name, { pod: name });
    await writeProjected(serviceAccountDir, { token, 'ca.crt': this.ca, namespace });
    return {
      ...{ name, namespace, uid: pod.metadata.uid, nodeName: 'node-a', serviceAccount: name, token },
      serviceAccountDir,
      env: { KUBERNETES_SERVICE_HOST: this.#host, KUBERNETES_SERVICE_PORT: String(this.#server.port) },
    };
  }

  /** A token of a service account, bound to a Pod when one is named. */
  createToken(namespace: string, serviceAccount: string, options?: TokenOptions): string {
    return this.#api.auth.issue(namespace, serviceAccount, options).token;
  }

  /** The server answers 401 to this token from now on. */
  revokeToken(token: string): void {
    this.#api.auth.revoke(token);
  }

  /** Puts a new token into the folder of a Pod, as the kubelet does, and returns it. */
  async rotateToken(pod: TestPod, options: { revokeOld?: boolean; seconds?: number } = {}): Promise<string> {
    const { name, namespace, serviceAccount, serviceAccountDir } = pod;
    const { seconds = 3600 } = options;
    if (options.revokeOld) this.revokeToken(await readFile(join(serviceAccountDir, 'token'), 'utf8'));
    const token = this.createToken(namespace, serviceAccount, { pod: name, seconds });
    await writeProjected(serviceAccountDir, { token, 'ca.crt': this.ca, namespace });
    return token;
  }

  async events(namespace: string): Promise<CoreEvent[]> {
    const { items } = this.#administer('GET', collectionPath(eventKind, namespace));
    return items.map((event: Json) => ({ apiVersion: 'v1', kind: 'Event', ...event }));
  }

  clearEvents(): void {
    this.#api.store.clear(eventKind);
  }

  async request(method: string, path: string, body?: unknown, token = this.adminToken): Promise<Answer> {
    const contentType = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const headers = { authorization: `Bearer ${token}`, 'content-type': contentType };
    const request = httpsRequest(`${this.url}${path}`, { method, ca: this.ca, headers, agent: false });
    request.end(body === undefined ? undefined : JSON.stringify(body));
    const [response]: [IncomingMessage] = (await once(request, 'response')) as [IncomingMessage];
    const content = await text(response);
    const json = response.headers['content-type']?.startsWith('application/json');
    const { statusCode: status = 0, headers: answered } = response;
    return { status, headers: answered, body: json ? JSON.parse(content) : content };
  }

  /** A request past the network: it works while the server is down and is not counted. */
  #administer(method: string, path: string, body?: unknown, tolerated?: number): Json {
    const authorization = `Bearer ${this.adminToken}`;
    const reply = this.#api.handle({ method, path, authorization, body: JSON.stringify(body) ?? '' });
    if (reply.status === tolerated) return undefined;
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.body.message}`);
    return reply.body;
  }

  #kubeconfig(): Json {
    const ca = Buffer.from(this.ca).toString('base64');
    return {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'stand-in',
      clusters: [{ name: 'stand-in', cluster: { server: this.url, 'certificate-authority-data': ca } }],
      users: [{ name: 'admin', user: { token: this.adminToken } }],
      contexts: [{ name: 'stand-in', context: { cluster: 'stand-in', user: 'admin' } }],
    };
  }
}
