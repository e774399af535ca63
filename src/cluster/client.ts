import type { IncomingMessage } from 'node:http';
import type { Agent, RequestOptions } from 'node:https';
import type { Clock } from '../clock.ts';
import { KubernetesEventsError } from '../diagnostics.ts';
import { detailOf } from '../text/thrown.ts';
import { VERSION } from '../version.ts';
import { codeOfError } from './answers.ts';
import { checkServerIdentity } from './server-identity.ts';

/** The address of an API server, and the credentials for it. */
export interface Connection {
  /**
   * Host, port, trust and credentials for the next request. It is called before each request, so that rotated tokens and
   * certificates are used. It may throw.
   */
  requestOptions(): RequestOptions | Promise<RequestOptions>;
  /** Where the trusted CA is from, for errors. */
  readonly trust: string;
  /** The namespace of credentials from outside a cluster. It may throw. */
  namespace?(): Promise<string | undefined>;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  body?: unknown;
  timeoutMs: number;
}

/** The answer of the API server, or the failure if there was none. */
export type Answer = Reply | NoReply;

export interface Reply {
  status: number;
  retryAfterMs: number | undefined;
  body: JsonObject;
  text: string;
}

export interface NoReply {
  error: Error;
  /** True if the request may have reached the server. */
  isSent: boolean;
  /** True if an idle connection had been closed by the server. */
  isStaleSocket: boolean;
}

export type JsonObject = { readonly [field: string]: unknown };

const CONTENT_TYPE = { GET: '', POST: 'application/json', PATCH: 'application/merge-patch+json' };
/** Answers about one Event take a few kilobytes. An answer of more than a mebibyte does not come from an API server. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** The API server asks for seconds. A day would be a mistake, and the counts would wait for it. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;
/** The number of requests that the recorder sends at a time. */
export const MAX_SOCKETS = 4;
/** Less than the idle timeouts of load balancers (60 s and more), so that an idle socket is rarely a dead one. */
const IDLE_SOCKET_MS = 45_000;

/** The part of a client that the library uses. */
export interface Api {
  /** Sends one request. A failure is an answer too, so it never rejects. */
  request(request: ApiRequest): Promise<Answer>;
  /** The namespace of the credentials, if they have one. It may reject. */
  namespace(timeoutMs: number): Promise<string | undefined>;
}

/** A small HTTPS client for the Kubernetes API on the platform's own `node:https`. */
export class ApiClient implements Api {
  readonly connection: Connection;
  readonly #clock: Clock;
  #agent: { agent: Agent; trust: string } | undefined;
  /** The sockets that have been used for a request. */
  readonly #used = new WeakSet<object>();

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection;
    this.#clock = clock;
    clock.setTimer(prepareTls, 0);
  }

  async request(request: ApiRequest): Promise<Answer> {
    let options: RequestOptions;
    try {
      options = await this.#inTime(this.connection.requestOptions(), request.timeoutMs);
    } catch (error) {
      return { error: error as Error, isSent: false, isStaleSocket: false };
    }
    return new Promise((resolve) => this.#send(request, options, resolve));
  }

  async namespace(timeoutMs: number): Promise<string | undefined> {
    return this.#inTime(this.connection.namespace?.(), timeoutMs);
  }

  /** Only the credentials of a kubeconfig are a promise. The programs that they come from may hang. */
  #inTime<T>(value: T | Promise<T>, timeoutMs: number): T | Promise<T> {
    if (!(value instanceof Promise)) return value;
    return new Promise((resolve, reject) => {
      const fail = (cause: unknown) =>
        reject(
          cause instanceof KubernetesEventsError
            ? cause
            : new KubernetesEventsError('KEVT_KUBECONFIG', detailOf(cause), { cause }),
        );
      const giveUp = () => fail(new Error(`no credentials within ${timeoutMs} ms`));
      value.then(resolve, fail).finally(this.#clock.setTimer(giveUp, timeoutMs));
    });
  }

  #send(request: ApiRequest, options: RequestOptions, resolve: (answer: Answer) => void): void {
    const https = process.getBuiltinModule('node:https');
    const payload = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    let isSent = false;
    let isReused = false;
    const fail = (error: Error) => {
      const { code } = error as { code?: string };
      const isReset = code === 'ECONNRESET' || code === 'EPIPE';
      if (codeOfError(error, isSent) === 'KEVT_CERTIFICATE')
        error.message += ` (server ${options.host}, port ${options.port}, CA of ${this.connection.trust})`;
      resolve({ error, isSent, isStaleSocket: isReused && isReset });
    };
    try {
      const agent = options.agent ?? this.#agentFor(https, options);
      const outgoing = https.request({ ...toOptions(request, options, payload?.length), agent });
      // An open connection must never keep the process alive.
      outgoing.on('socket', (socket) => {
        socket.unref();
        // Not `reusedSocket`, because it is not set for a request that has waited for the socket of another request.
        isReused = this.#used.has(socket);
        this.#used.add(socket);
        // The agent of a proxy provides a socket that is connected. The TLS handshake may or may not be done.
        isSent = !socket.connecting;
        if (!isSent) socket.once('secureConnect', () => (isSent = true));
      });
      const giveUp = () => {
        const message = `no ${isSent ? 'answer' : 'connection'} within ${request.timeoutMs} ms`;
        outgoing.destroy(Object.assign(new Error(message), { code: 'ETIMEDOUT' }));
      };
      outgoing.on('close', this.#clock.setTimer(giveUp, request.timeoutMs));
      outgoing.on('error', fail);
      outgoing.on('response', (incoming) => readAnswer(incoming, tokenOf(options), resolve, fail));
      outgoing.end(payload);
    } catch (error) {
      fail(error as Error);
    }
  }

  /** Returns the same agent as long as what it trusts is the same, so that connections are kept and reused. */
  #agentFor(https: typeof import('node:https'), { host, port, ca, cert, key, pfx }: RequestOptions): Agent {
    const trust = [host, port, ca, cert, key, pfx].join('\0');
    if (this.#agent?.trust !== trust) {
      this.#agent?.agent.destroy();
      const agent = new https.Agent({
        keepAlive: true,
        maxSockets: MAX_SOCKETS,
        timeout: IDLE_SOCKET_MS,
        // Set here and not for each request, because Node would then not reuse the connection.
        checkServerIdentity,
      });
      this.#agent = { agent, trust };
    }
    return this.#agent.agent;
  }
}

/** Sends a GET. If an idle connection was closed, it sends it again, because reading twice does no harm. */
export async function get(api: Pick<Api, 'request'>, path: string, timeoutMs: number): Promise<Answer> {
  const request = { method: 'GET', path, timeoutMs } as const;
  const answer = await api.request(request);
  return 'error' in answer && answer.isStaleSocket ? api.request(request) : answer;
}

function toOptions(
  { method, path }: ApiRequest,
  options: RequestOptions,
  size: number | undefined,
): RequestOptions {
  const body = size !== undefined && { 'content-type': CONTENT_TYPE[method], 'content-length': size };
  const headers = {
    ...options.headers,
    accept: 'application/json',
    'user-agent': `winston-kubernetes-events/${VERSION}`,
    ...body,
  };
  // Set explicitly, so that NODE_TLS_REJECT_UNAUTHORIZED has no effect.
  return { rejectUnauthorized: true, ...options, method, path: `${options.path ?? ''}${path}`, headers };
}

/**
 * The first TLS connection of a process blocks it for 10 to 30 ms. Node loads its modules, and most builds of Node read their
 * own list of CAs, even when they get another one. That is better during the start of the application than during its first
 * warning. Nothing is connected here.
 */
function prepareTls(): void {
  process.getBuiltinModule('node:https');
  const { createSecureContext, TLSSocket } = process.getBuiltinModule('node:tls');
  const { Socket } = process.getBuiltinModule('node:net');
  try {
    new TLSSocket(new Socket(), { secureContext: createSecureContext() }).destroy();
  } catch {
    // The first request fails in the same way, and reports it.
  }
}

/** The token in the header of a request. */
export function tokenOf({ headers }: RequestOptions): string | undefined {
  const entries = Object.entries(headers ?? {}).filter(([name]) => name.toLowerCase() === 'authorization');
  return /^Bearer (\S+)/i.exec(String(entries[0]?.[1] ?? ''))?.[1];
}

function readAnswer(
  incoming: IncomingMessage,
  token: string | undefined,
  resolve: (answer: Answer) => void,
  fail: (error: Error) => void,
): void {
  const chunks: Buffer[] = [];
  let size = 0;
  incoming.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > MAX_RESPONSE_BYTES)
      incoming.destroy(new Error(`an answer of more than ${MAX_RESPONSE_BYTES} bytes`));
    else chunks.push(chunk);
  });
  incoming.on('error', fail);
  incoming.on('aborted', () => fail(new Error('the connection ended in the middle of an answer')));
  incoming.on('end', () => {
    const status = incoming.statusCode ?? 0;
    const said = Buffer.concat(chunks).toString();
    // A proxy may quote the request, and the token must not get into a diagnostic. A successful answer is data, and is not
    // changed.
    const text = token === undefined ? said : said.replaceAll(token, '***');
    const body = parseObject(status >= 200 && status < 300 ? said : text);
    resolve({ status, retryAfterMs: readRetryAfter(incoming.headers['retry-after']), body, text });
  });
}

/** Seconds, as the API server sends it. The API server does not use the form with a date. */
function readRetryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header);
  if (header === undefined || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
}

/** An answer that is not JSON becomes an empty object. It comes from a proxy, or is a 429 of priority and fairness. */
function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
