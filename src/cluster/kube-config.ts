import { existsSync } from 'node:fs';
import type { Agent, RequestOptions } from 'node:https';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { KubernetesEventsError } from '../diagnostics.ts';
import { type Connection, MAX_SOCKETS } from './client.ts';

/** The part of a `KubeConfig` of `@kubernetes/client-node` that is used. It exists in both major versions. */
export interface KubeConfigLike {
  getCurrentCluster(): { server: string; proxyUrl?: string | undefined } | null;
  getCurrentContext?(): string;
  getContextObject?(name: string): { namespace?: string | undefined } | null;
  // biome-ignore lint/suspicious/noExplicitAny: the package's own option type differs between its majors
  applyToHTTPSOptions(options: any): Promise<void>;
}

/** The package is large and optional, so it is loaded only when the first Event needs it. */
const PACKAGE = '@kubernetes/client-node';
const MISSING_FIX = 'Set KUBECONFIG to the path of a kubeconfig, or write one to ~/.kube/config';
/** The kubeconfig that the package invents when it finds none. */
const MADE_UP = { context: 'loaded-context', server: 'http://localhost:8080' };

/** The cluster of a kubeconfig. `@kubernetes/client-node` handles the credentials: exec plugins, OIDC, proxies. */
export class KubeConfigConnection implements Connection {
  readonly trust = 'the kubeconfig';
  #loading: Promise<KubeConfigLike> | undefined;
  #proxy: { agent: Agent; trust: string } | undefined;

  /** @param kubeConfig the configuration; undefined for that of `KUBECONFIG` or `~/.kube/config` */
  constructor(kubeConfig: KubeConfigLike | undefined) {
    if (kubeConfig !== undefined) this.#loading = Promise.resolve(kubeConfig);
  }

  async namespace(): Promise<string | undefined> {
    const kubeConfig = await this.#load();
    const context = kubeConfig.getCurrentContext?.();
    return context === undefined ? undefined : kubeConfig.getContextObject?.(context)?.namespace;
  }

  async requestOptions(): Promise<RequestOptions> {
    const kubeConfig = await this.#load();
    const cluster = kubeConfig.getCurrentCluster();
    if (cluster === null) throw failed('expected a current cluster, got none');
    const url = URL.canParse(cluster.server) ? new URL(cluster.server) : undefined;
    if (url?.protocol !== 'https:') throw failed(`expected a server with https, got ${cluster.server}`);
    const { hostname, port, pathname } = url;
    const options: RequestOptions = {};
    await kubeConfig.applyToHTTPSOptions(options);
    const { agent, ...credentials } = options;
    return {
      ...credentials,
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? 443 : Number(port),
      path: pathname.replace(/\/$/, ''),
      ...(cluster.proxyUrl && { agent: this.#keepProxy(agent as Agent, cluster.proxyUrl, credentials) }),
    };
  }

  /**
   * The package creates a new agent for each request, which keeps no connections. So the first agent is used again, as long
   * as proxy and credentials are the same.
   */
  #keepProxy(agent: Agent, url: string, { ca, cert, key, pfx }: RequestOptions): Agent {
    const trust = [url, ca, cert, key, pfx].join('\0');
    if (this.#proxy?.trust !== trust) {
      this.#proxy?.agent.destroy();
      this.#proxy = { agent: Object.assign(agent, { keepAlive: true, maxSockets: MAX_SOCKETS }), trust };
    }
    return this.#proxy.agent;
  }

  #load(): Promise<KubeConfigLike> {
    this.#loading ??= loadKubeConfig().catch((error) => {
      this.#loading = undefined;
      throw error;
    });
    return this.#loading;
  }
}

/**
 * Which kubeconfig to load. Without a file, that of `KUBECONFIG` or `~/.kube/config`. Without a context, the current one.
 */
export interface KubeConfigChoice {
  file?: string | undefined;
  context?: string | undefined;
}

interface Named {
  name: string;
}

interface LoadableKubeConfig extends KubeConfigLike {
  clusters: Named[];
  contexts: Named[];
  users: Named[];
  currentContext: string | undefined;
  loadFromDefault(): void;
  loadFromFile(file: string): void;
}

type KubeConfigClass = new () => LoadableKubeConfig;

/** @throws KubernetesEventsError when the package or the file cannot be loaded, or there is no such context */
export async function loadKubeConfig({ file, context }: KubeConfigChoice = {}): Promise<KubeConfigLike> {
  let KubeConfig: KubeConfigClass;
  try {
    // The comment is for webpack, which otherwise looks for the package only in the bundle.
    ({ KubeConfig } = await import(/* webpackIgnore: true */ PACKAGE));
  } catch (cause) {
    const isMissing = /^(ERR_)?MODULE_NOT_FOUND$/.test((cause as { code?: string }).code ?? '');
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const version = major > 22 || (major === 22 && minor >= 19) ? '^2.0.0' : '^1.4.0';
    const problem = isMissing ? 'is not installed' : `cannot be loaded (${(cause as Error).message})`;
    const detail = `${PACKAGE} ${problem} on Node ${process.versions.node}`;
    throw failed(detail, cause, `Run: npm install ${PACKAGE}@${version}`);
  }
  try {
    const files = file === undefined ? defaultFiles() : [file];
    const kubeConfig = readFiles(KubeConfig, files);
    const where = files.join(delimiter);
    if (isMadeUp(kubeConfig)) {
      const message = 'there is no kubeconfig: KUBECONFIG is not set, and there is no ~/.kube/config';
      throw Object.assign(new Error(message), { code: 'ENOENT' });
    }
    if (kubeConfig.clusters.length === 0)
      throw new Error(`${where}: expected a kubeconfig with clusters, got none`);
    if (context === undefined) return kubeConfig;
    const names = kubeConfig.contexts.map(({ name }) => name);
    if (!names.includes(context)) {
      throw new Error(`${where}: there is no context ${context} (there are ${names.join(', ')})`);
    }
    kubeConfig.currentContext = context;
    return kubeConfig;
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw failed(message, cause, code === 'ENOENT' ? MISSING_FIX : undefined);
  }
}

/** As kubectl does, leaves out files of `KUBECONFIG` that do not exist. If there are none at all, the first is missed. */
function defaultFiles(): string[] {
  const listed = (process.env['KUBECONFIG'] ?? '').split(delimiter).filter((file) => file !== '');
  const files = listed.length > 0 ? listed : [join(homedir(), '.kube', 'config')];
  const existing = files.filter((file) => existsSync(file));
  return existing.length > 0 ? existing : listed.slice(0, 1);
}

/** As with kubectl, the first file that has something counts. Without files, the package looks in further places. */
function readFiles(KubeConfig: KubeConfigClass, files: readonly string[]): LoadableKubeConfig {
  const merged = new KubeConfig();
  if (files.length === 0) merged.loadFromDefault();
  for (const one of files.map((file) => readFile(new KubeConfig(), file))) {
    for (const list of ['clusters', 'contexts', 'users'] as const) {
      const known = merged[list] ?? [];
      const isNew = ({ name }: Named) => !known.some((entry) => entry.name === name);
      merged[list] = [...known, ...one[list].filter(isNew)];
    }
    merged.currentContext ||= one.currentContext;
  }
  return merged;
}

function readFile(kubeConfig: LoadableKubeConfig, file: string): LoadableKubeConfig {
  try {
    kubeConfig.loadFromFile(file);
    return kubeConfig;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const isEmpty = cause instanceof TypeError;
    const [line = ''] = message.split('\n');
    const problem = isEmpty ? 'expected a kubeconfig, got an empty file or an empty entry' : line;
    throw Object.assign(new Error(line.includes(file) ? line : `${file}: ${problem}`), { code, cause });
  }
}

function isMadeUp(kubeConfig: KubeConfigLike): boolean {
  const { context, server } = MADE_UP;
  return kubeConfig.getCurrentContext?.() === context && kubeConfig.getCurrentCluster()?.server === server;
}

function failed(detail: string, cause?: unknown, fix?: string): KubernetesEventsError {
  return new KubernetesEventsError('KEVT_KUBECONFIG', detail, { cause, fix, isFinal: true });
}
