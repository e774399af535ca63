import type { Agent, RequestOptions } from 'node:https';
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
    const { protocol, hostname, port, pathname } = new URL(cluster.server);
    if (protocol !== 'https:') throw failed(`expected a server with https, got ${cluster.server}`);
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

interface LoadableKubeConfig extends KubeConfigLike {
  loadFromDefault(): void;
  loadFromFile(file: string): void;
  setCurrentContext(name: string): void;
  getContexts(): { name: string }[];
}

/** @throws KubernetesEventsError when the package or the file cannot be loaded, or there is no such context */
export async function loadKubeConfig({ file, context }: KubeConfigChoice = {}): Promise<KubeConfigLike> {
  let KubeConfig: new () => LoadableKubeConfig;
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
    const kubeConfig = new KubeConfig();
    if (file === undefined) kubeConfig.loadFromDefault();
    else kubeConfig.loadFromFile(file);
    if (isMadeUp(kubeConfig)) {
      const message = 'there is no kubeconfig: KUBECONFIG is not set, and there is no ~/.kube/config';
      throw Object.assign(new Error(message), { code: 'ENOENT' });
    }
    if (context === undefined) return kubeConfig;
    const names = kubeConfig.getContexts().map(({ name }) => name);
    if (!names.includes(context)) {
      throw new Error(`there is no context ${context} (there are ${names.join(', ')})`);
    }
    kubeConfig.setCurrentContext(context);
    return kubeConfig;
  } catch (cause) {
    const { message, code } = cause as NodeJS.ErrnoException;
    throw failed(message, cause, code === 'ENOENT' ? MISSING_FIX : undefined);
  }
}

function isMadeUp(kubeConfig: KubeConfigLike): boolean {
  const { context, server } = MADE_UP;
  return kubeConfig.getCurrentContext?.() === context && kubeConfig.getCurrentCluster()?.server === server;
}

function failed(detail: string, cause?: unknown, fix?: string): KubernetesEventsError {
  return new KubernetesEventsError('KEVT_KUBECONFIG', detail, { cause, fix, isFinal: true });
}
