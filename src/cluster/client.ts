import type { IncomingMessage } from 'node:http';
import type { Agent, RequestOptions } from 'node:https';
import type { Clock } from '../clock.ts';
import { KubernetesEventsError } from '../diagnostics.ts';
import { detailOf } from '../text/thrown.ts';
import { VERSION } from '../version.ts';
import { checkServerIdentity } from './server-identity.ts';

/** Where the API server is and how to be let in. */
export interface Connection {
  /**
   * Host, port, trust and credentials for the next request. It is asked before each one, so that rotated tokens
   * and certificates are taken up; it may throw.
   */
  requestOptions(): RequestOptions | Promise<RequestOptions>;
  /** The namespace that credentials from outside a cluster are meant for; it may throw. */
  namespace?(): Promise<string | undefined>;
}

export interface ApiRequest {
  method: 'GET' | 'POST' | 'PATCH';
  path: string;
  body?: unknown;
  timeoutMs: number;
}

/** What the API server said, or that it said nothing usable. */
export type Answer = Reply | NoReply;

export interface Reply {
  status: number;
  retryAfterMs: number | undefined;
  body: JsonObject;
  text: string;
}

export interface NoReply {
  error: Error;
  /** The request may have reached the server. */
  isSent: boolean;
  /** A kept connection turned out to be closed. */
  isStaleSocket: boolean;
}

export type JsonObject = { readonly [field: string]: unknown };

const CONTENT_TYPE = { GET: '', POST: 'application/json', PATCH: 'application/merge-patch+json' };
/** Answers about one Event are a few kilobytes; more than a mebibyte is not an answer of an API server. */
const MAX_RESPONSE_BYTES = 1024 * 1024;
/** The API server asks for seconds; a day would be a mistake, and the counts would wait for it. */
const MAX_RETRY_AFTER_MS = 10 * 60_000;
/** As many requests at a time as the recorder sends. */
export const MAX_SOCKETS = 4;
/** Less than the idle limits of load balancers (60 s and more), so that a kept socket is seldom a dead one. */
const IDLE_SOCKET_MS = 45_000;

/** What the library needs of an API server. */
export interface Api {
  /** Sends one request; what goes wrong is an answer too, so it never rejects. */
  request(request: ApiRequest): Promise<Answer>;
  /** The namespace of the credentials, where they have one. It may reject. */
  namespace(timeoutMs: number): Promise<string | undefined>;
}

/** A small HTTPS client for the Kubernetes API on the platform's own `node:https`. */
export class ApiClient implements Api {
  readonly connection: Connection;
  readonly #clock: Clock;
  #agent: { agent: Agent; trust: string } | undefined;
  /** The sockets that have carried a request. */
  readonly #used = new WeakSet<object>();

  constructor(connection: Connection, clock: Clock) {
    this.connection = connection;
    this.#clock = clock;
    clock.setTimer(prepareTls, 0);
  }

  /** Sends one request; what goes wrong is an answer too, so it never rejects. */
  async request(request: ApiRequest): Promise<Answer> {
    let options: RequestOptions;
    try {
      options = await this.#inTime(this.connection.requestOptions(), request.timeoutMs);
    } catch (error) {
      return { error: error as Error, isSent: false, isStaleSocket: false };
    }
    return new Promise((resolve) => this.#send(request, options, resolve));
  }

  /** The namespace of the credentials, where they have one. It may throw. */
  async namespace(timeoutMs: number): Promise<string | undefined> {
    return this.#inTime(this.connection.namespace?.(), timeoutMs);
  }

  /** Credentials that have to be waited for are those of a kubeconfig; the programs that they come from may hang. */
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
      resolve({ error, isSent, isStaleSocket: isReused && isReset });
    };
    try {
      const agent = options.agent ?? this.#agentFor(https, options);
      const outgoing = https.request({ ...toOptions(request, options, payload?.length), agent });
      // Whatever happens, an open connection is no reason for a process to stay.
      outgoing.on('socket', (socket) => {
        socket.unref();
        // Not `reusedSocket`: it is not set for a request that has waited for a socket of another one.
        isReused = this.#used.has(socket);
        this.#used.add(socket);
        // What an agent of a proxy hands over is connected, and may or may not be secured by now.
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

  /** One agent as long as what it trusts stays the same: connections are kept and reused. */
  #agentFor(https: typeof import('node:https'), { host, port, ca, cert, key, pfx }: RequestOptions): Agent {
    const trust = [host, port, ca, cert, key, pfx].join('\0');
    if (this.#agent?.trust !== trust) {
      this.#agent?.agent.destroy();
      const agent = new https.Agent({
        keepAlive: true,
        maxSockets: MAX_SOCKETS,
        timeout: IDLE_SOCKET_MS,
        // Set here and not for each request, or Node would not reuse the connection.
        checkServerIdentity,
      });
      this.#agent = { agent, trust };
    }
    return this.#agent.agent;
  }
}

/** Reads. When a kept connection turns out to be closed it asks again: reading twice does no harm. */
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
  // Verification is said here, so that NODE_TLS_REJECT_UNAUTHORIZED does not decide it.
  return { rejectUnauthorized: true, ...options, method, path: `${options.path ?? ''}${path}`, headers };
}

/**
 * The first TLS connection of a process blocks it for 30 ms, most of it for Node's own list of CAs: better while the
 * application starts than in the turn of its first warning.
 */
function prepareTls(): void {
  process.getBuiltinModule('node:https');
  process.getBuiltinModule('node:tls').createSecureContext();
}

/** The credentials that a request carries in its header. */
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
    // A proxy may quote the request: its token must not get into a diagnostic. A success is data, and stays as it is.
    const text = token === undefined ? said : said.replaceAll(token, '***');
    const body = parseObject(status >= 200 && status < 300 ? said : text);
    resolve({ status, retryAfterMs: readRetryAfter(incoming.headers['retry-after']), body, text });
  });
}

/** Seconds, as the API server writes it; the form with a date is not in use there. */
function readRetryAfter(header: string | undefined): number | undefined {
  const seconds = Number(header);
  if (header === undefined || !Number.isFinite(seconds) || seconds < 0) return undefined;
  return Math.min(seconds * 1000, MAX_RETRY_AFTER_MS);
}

/** An answer that is not JSON has no fields: that of a proxy, or a 429 of priority and fairness. */
function parseObject(text: string): JsonObject {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as JsonObject) : {};
  } catch {
    return {};
  }
}
