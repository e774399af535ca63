import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { checkServerIdentity } from '../../src/cluster/server-identity.ts';
import { writeProjected } from '../stand-in/service-account-dir.ts';
import type { Answer, CoreEvent, KubernetesObject, PodRequest, TestCluster, TestPod } from './cluster.ts';

/** The credentials of an administrator, as options of `https.request`. */
export type Credentials = Pick<RequestOptions, 'cert' | 'key'> & { token?: string };

export interface Connection {
  url: string;
  ca: string;
  /** Called before every request, because a token may have to be renewed. */
  credentials(): Promise<Credentials>;
}

const REQUEST_LIMIT = 30_000;
const EFFECT_LIMIT = 15_000;
const EVENTS_RULE = { apiGroups: ['', 'events.k8s.io'], resources: ['events'], verbs: ['create', 'patch'] };

export const suffix = () => randomBytes(4).toString('hex');

export const temporaryFolder = () => mkdtemp(join(tmpdir(), 'wke-test-'));

/** One HTTPS request on a connection of its own, so that nothing survives a restart of the server. */
export async function send(
  connection: Connection,
  method: string,
  path: string,
  body?: unknown,
  token?: string,
): Promise<Answer> {
  const { token: ownToken, ...options } = token === undefined ? await connection.credentials() : { token };
  const headers: Record<string, string> = { accept: 'application/json' };
  if (ownToken) headers.authorization = `Bearer ${ownToken}`;
  if (body !== undefined)
    headers['content-type'] = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
  return new Promise((resolve, reject) => {
    const request = httpsRequest(
      `${connection.url}${path}`,
      {
        ...options,
        method,
        headers,
        ca: connection.ca,
        checkServerIdentity,
        agent: false,
        signal: AbortSignal.timeout(REQUEST_LIMIT),
      },
      async (response) => {
        try {
          const text = (await response.setEncoding('utf8').toArray()).join('');
          const isJson = response.headers['content-type']?.startsWith('application/json');
          resolve({
            status: response.statusCode!,
            headers: response.headers,
            body: isJson ? JSON.parse(text) : text,
          });
        } catch (error) {
          reject(error);
        }
      },
    );
    request.on('error', reject);
    request.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

/** The parts of a `TestCluster` that only call the API. */
export abstract class ApiCluster implements TestCluster {
  abstract readonly kind: TestCluster['kind'];
  /** The paths of the objects that were created, the oldest first. */
  protected readonly created: string[] = [];
  readonly #connection: Connection;
  readonly #folder: string;
  #node: Promise<string> | undefined;

  constructor(
    connection: Connection,
    readonly kubeconfigFile: string,
    /** The folder for the mounted files of pods. `close()` removes it. */
    folder: string,
  ) {
    this.#connection = connection;
    this.#folder = folder;
  }

  get url(): string {
    return this.#connection.url;
  }

  get ca(): string {
    return this.#connection.ca;
  }

  request(method: string, path: string, body?: unknown, token?: string): Promise<Answer> {
    return send(this.#connection, method, path, body, token);
  }

  /** What prepares a test, and may take a shorter way than `request`. */
  protected administer(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.request(method, path, body);
  }

  async createNamespace(): Promise<string> {
    const name = `wke-test-${suffix()}`;
    await this.apply({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name, labels: { 'app.kubernetes.io/managed-by': 'wke-test' } },
    });
    return name;
  }

  async apply<T extends KubernetesObject>(object: T): Promise<T & { metadata: { uid: string } }> {
    const collection = collectionPath(object);
    const path = `${collection}/${object.metadata.name}`;
    const answer = await this.administer('POST', collection, object);
    // Several tests may need the same definition in a cluster that they share.
    if (answer.status === 409) return this.#expect(200, 'GET', path);
    const made = succeeded(201, answer, `POST ${this.url}${collection}`);
    this.created.push(path);
    if (object.kind === 'CustomResourceDefinition') await this.#untilServed(made.spec);
    return made;
  }

  async createPod(pod: PodRequest): Promise<TestPod> {
    const { namespace, name } = pod;
    const nodeName = await this.#nodeName();
    const rules = pod.rules ?? [EVENTS_RULE];
    const serviceAccount = `sa-${suffix()}`;
    const metadata = { namespace, name: serviceAccount };
    await this.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata });
    const group = 'rbac.authorization.k8s.io';
    await this.apply({ apiVersion: `${group}/v1`, kind: 'Role', metadata, rules });
    await this.apply({
      apiVersion: `${group}/v1`,
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: group, kind: 'Role', name: serviceAccount },
      subjects: [{ kind: 'ServiceAccount', namespace, name: serviceAccount }],
    });
    const { labels, ownerReferences } = pod;
    const made = await this.apply({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { namespace, name, ...(labels && { labels }), ...(ownerReferences && { ownerReferences }) },
      spec: {
        nodeName,
        serviceAccountName: serviceAccount,
        // The token below is for the test. A container that only sleeps needs none.
        automountServiceAccountToken: false,
        // Otherwise a deleted pod waits for a kubelet, which a bare control plane does not have.
        terminationGracePeriodSeconds: 0,
        tolerations: [{ operator: 'Exists' }],
        containers: [{ name: 'app', image: 'pause' }],
      },
    });
    const { uid } = made.metadata;
    const { status } = await this.#expect(
      201,
      'POST',
      `/api/v1/namespaces/${namespace}/serviceaccounts/${serviceAccount}/token`,
      {
        apiVersion: 'authentication.k8s.io/v1',
        kind: 'TokenRequest',
        spec: { boundObjectRef: { apiVersion: 'v1', kind: 'Pod', name, uid }, expirationSeconds: 3600 },
      },
    );
    await this.#untilGranted(namespace, serviceAccount, rules);
    const serviceAccountDir = join(this.#folder, `pod-${uid}`);
    await writeProjected(serviceAccountDir, { token: status.token, 'ca.crt': this.ca, namespace });
    const { hostname, port } = new URL(this.url);
    return {
      name,
      namespace,
      uid,
      nodeName,
      serviceAccount,
      token: status.token,
      serviceAccountDir,
      env: {
        KUBERNETES_SERVICE_HOST: hostname.replace(/^\[|\]$/g, ''),
        KUBERNETES_SERVICE_PORT: port || '443',
      },
    };
  }

  async events(namespace: string): Promise<CoreEvent[]> {
    const list = await this.#expect(200, 'GET', `/api/v1/namespaces/${namespace}/events`);
    // The items of a list have no kind and no apiVersion.
    const events: CoreEvent[] = list.items.map((item: object) => ({
      ...item,
      apiVersion: 'v1',
      kind: 'Event',
    }));
    return events.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1));
  }

  /**
   * Read from the metrics of the server, so requests of others count too. Compare differences, and only while nobody else
   * writes Events. With several API servers, these are the numbers of the one that answered.
   */
  async eventRequests(): Promise<number> {
    // The server counts a request only after it has answered.
    await sleep(100);
    const metrics: string = await this.#expect(200, 'GET', '/metrics');
    let count = 0;
    for (const [, labels, value] of metrics.matchAll(/^apiserver_request_total\{(.*)\} (\S+)/gm))
      if (/\bresource="events"/.test(labels!) && /\bverb="(POST|PATCH)"/.test(labels!))
        count += Number(value);
    return count;
  }

  async close(): Promise<void> {
    await rm(this.#folder, { recursive: true, force: true });
  }

  // biome-ignore lint/suspicious/noExplicitAny: any JSON the API server may send
  async #expect(status: number, method: string, path: string, body?: unknown): Promise<any> {
    return succeeded(status, await this.administer(method, path, body), `${method} ${this.url}${path}`);
  }

  /** A token contains the node of its pod, so there must be one. */
  #nodeName(): Promise<string> {
    this.#node ??= (async () => {
      const { items: nodes } = await this.#expect(200, 'GET', '/api/v1/nodes');
      const node = nodes.find(isReady) ?? nodes[0];
      if (node) return node.metadata.name;
      await this.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
      return 'node-a';
    })();
    return this.#node;
  }

  /** The API server serves a new kind only a moment after it was defined. Until then it answers 404. */
  async #untilServed({ group, names, versions }: DefinitionSpec): Promise<void> {
    const version = versions.find(({ served }) => served)?.name;
    if (!version) return;
    const path = `/apis/${group}/${version}/${names.plural}`;
    await this.#until(
      `${path} to be served`,
      async () => (await this.administer('GET', path)).status === 200,
    );
  }

  /** The authorizer knows a new role only a moment after it was created. Until then it answers 403. */
  async #untilGranted(namespace: string, serviceAccount: string, rules: PodRequest['rules']): Promise<void> {
    const rule = rules?.at(-1);
    const [resource, subresource] = rule?.resources.at(-1)?.split('/') ?? [];
    if (!rule || !resource) return;
    const resourceAttributes = {
      namespace,
      group: rule.apiGroups.at(-1),
      resource,
      ...(subresource && { subresource }),
      verb: rule.verbs.at(-1),
    };
    const review = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user: `system:serviceaccount:${namespace}:${serviceAccount}`, resourceAttributes },
    };
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews';
    await this.#until(
      `${JSON.stringify(rule)} to be granted`,
      async () => (await this.#expect(201, 'POST', path, review)).status.allowed,
    );
  }

  async #until(what: string, holds: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + EFFECT_LIMIT;
    while (!(await holds())) {
      if (performance.now() > deadline)
        throw new Error(`${this.url}: expected ${what} within ${EFFECT_LIMIT / 1000} s`);
      await sleep(20);
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: any JSON the API server may send
function succeeded(expected: number, { status, body }: Answer, what: string): any {
  if (status === expected) return body;
  throw new Error(`${what}: expected ${expected}, got ${status}: ${body?.message ?? JSON.stringify(body)}`);
}

/** Kubernetes' own rule for plurals, which is correct for everything that tests create. */
function collectionPath({ apiVersion, kind, metadata }: KubernetesObject): string {
  const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
  const scope = metadata.namespace === undefined ? '' : `/namespaces/${metadata.namespace}`;
  const name = kind.toLowerCase();
  const plural = name.endsWith('s') ? `${name}es` : name.replace(/y$/, 'ie').concat('s');
  return `${root}${scope}/${plural}`;
}

interface DefinitionSpec {
  group: string;
  names: { plural: string };
  versions: { name: string; served: boolean }[];
}

interface Node {
  spec?: { unschedulable?: boolean };
  status?: { conditions?: { type: string; status: string }[] };
}

function isReady({ spec, status }: Node): boolean {
  return (
    !spec?.unschedulable && !!status?.conditions?.some((is) => is.type === 'Ready' && is.status === 'True')
  );
}
