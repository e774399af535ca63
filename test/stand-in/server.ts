import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Api, Reply } from './api.ts';
import type { Fault, FaultHook } from './faults.ts';
import { RefusingPort } from './refusing-port.ts';
import { type Json, StatusError } from './status.ts';

export interface LoggedRequest {
  method: string;
  path: string;
  /** 0 until there is an answer. */
  status: number;
  at: number;
  /** The user name; empty if the token was refused. */
  subject: string;
  body: Json;
}

export interface ServerOptions {
  cert: string;
  key: string;
  host: string;
  port: number;
  recordBodies: boolean;
  maxRequests: number;
}

const eventPath = /^\/(?:api\/v1|apis\/events\.k8s\.io\/v1)(?:\/namespaces\/([^/]+))?\/events(?:\/([^/]+))?$/;

/** Serves the API on a socket, with faults and a log of the requests for Events. */
export class ApiServer {
  requests: LoggedRequest[] = [];
  /** The number of POST and PATCH requests for Events that were answered. */
  answeredWrites = 0;
  readonly #server: Server;
  readonly #api: Api;
  readonly #options: ServerOptions;
  /** The raw sockets below TLS, including those that are still in their handshake. */
  readonly #sockets = new Set<Duplex>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #port: number;
  #refusing: RefusingPort | undefined;
  #fault: FaultHook | undefined;
  #seen = 0;

  constructor(api: Api, options: ServerOptions) {
    this.#api = api;
    this.#options = options;
    this.#port = options.port;
    const { cert, key } = options;
    this.#server = createServer({ cert, key, keepAliveTimeout: 90_000 }, (request, response) => {
      this.#serve(request, response).catch((error) => {
        // A client may break off in the middle of its body. Anything else is a bug here.
        if (request.complete) throw error;
      });
    });
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  get url(): string {
    const { host } = this.#options;
    return `https://${host.includes(':') ? `[${host}]` : host}:${this.#port}`;
  }

  setFault(hook: FaultHook | undefined): void {
    this.#fault = hook;
    this.#seen = 0;
  }

  async listen(): Promise<void> {
    this.#refusing ??= await RefusingPort.open(this.#options.host);
    this.#refusing.release();
    this.#server.listen(this.#port, this.#options.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Refuses connections and breaks the open ones. Late writes are still executed. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = this.#shut();
    await this.#refusing?.hold(this.#port);
    await closed;
  }

  async close(): Promise<void> {
    for (const timer of this.#timers) clearTimeout(timer);
    if (this.#server.listening) await this.#shut();
    this.#refusing?.close();
  }

  async #shut(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const { method = '', url: path = '', headers } = request;
    const body = Buffer.concat(chunks).toString();
    const { authorization, 'content-type': contentType } = headers;
    const apply = () => this.#api.handle({ method, path, authorization, contentType, body });

    const about = eventPath.exec(path.split('?', 1)[0] ?? '');
    if (!about) {
      answer(response, path === '/metrics' ? this.#metrics() : apply());
      return;
    }

    const { fault, logged } = this.#log(request, body, about);
    const answered = (reply: Reply) => {
      logged.status = reply.status;
      if (method === 'POST' || method === 'PATCH') this.answeredWrites++;
      answer(response, reply);
    };
    if (!fault) answered(apply());
    else if ('status' in fault) this.#after(fault.delayMs ?? 0, () => answered(failure(fault)));
    else if ('twice' in fault) {
      apply();
      answered(apply());
    } else if ('hang' in fault) {
      if (fault.apply) apply();
    } else if ('reset' in fault) {
      if (fault.reset === 'after') apply();
      request.socket.destroy();
    } else if (fault.applyLate) this.#after(fault.delayMs, () => answered(apply()));
    else {
      const reply = apply();
      this.#after(fault.delayMs, () => answered(reply));
    }
  }

  #log({ method = '', url: path = '', headers }: IncomingMessage, body: string, about: RegExpExecArray) {
    const { recordBodies, maxRequests } = this.#options;
    const json = this.#fault || recordBodies ? parse(body) : undefined;
    const logged: LoggedRequest = {
      ...{ method, path, status: 0, at: this.#api.now(), subject: this.#subject(headers.authorization) },
      body: recordBodies ? json : undefined,
    };
    if (this.requests.length < maxRequests) this.requests.push(logged);
    const [namespace = '', name = ''] = about.slice(1).map((part) => decodeURIComponent(part ?? ''));
    const fault = this.#fault?.({ method, path, namespace, name, body: json, index: this.#seen++ });
    return { fault, logged };
  }

  #metrics(): Reply {
    const body = `apiserver_request_total{resource="events",verb="POST"} ${this.answeredWrites}\n`;
    return { status: 200, headers: { 'content-type': 'text/plain' }, body };
  }

  #subject(authorization: string | undefined): string {
    try {
      return this.#api.auth.authenticate(authorization).username;
    } catch {
      return '';
    }
  }

  #after(delayMs: number, action: () => void): void {
    if (delayMs <= 0) {
      action();
      return;
    }
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      action();
    }, delayMs);
    this.#timers.add(timer);
  }
}

function parse(body: string): Json {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

function failure(fault: Extract<Fault, { status: number }>): Reply {
  const { status, retryAfter, headers } = fault;
  return {
    status,
    headers: {
      'content-type': typeof fault.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json',
      ...(retryAfter !== undefined && { 'retry-after': String(retryAfter) }),
      ...headers,
    },
    body: fault.body ?? new StatusError(status, undefined, 'a fault of the test').body,
  };
}

function answer(response: ServerResponse, { status, headers, body, watch }: Reply): void {
  if (response.destroyed) return;
  if (watch) {
    response.writeHead(status, headers).flushHeaders();
    response.once(
      'close',
      watch((event) => response.write(`${JSON.stringify(event)}\n`)),
    );
    return;
  }
  const text = typeof body === 'string' ? body : `${JSON.stringify(body)}\n`;
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(text) });
  response.end(text);
}
