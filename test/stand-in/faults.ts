import type { Json } from './status.ts';

/** What the hook is told of a request about Events, before anything is done with it. */
export interface EventRequest {
  method: string;
  path: string;
  namespace: string;
  /** Empty for a POST and a list. */
  name: string;
  /** The body as JSON, undefined when there is none or it does not parse. */
  body: Json;
  /** How many requests about Events came before this one since the hook was set. */
  index: number;
}

/** What goes wrong with a request. */
export type Fault =
  /** Answer late. With `applyLate` the write is late too, and happens even when the client has gone. */
  | { delayMs: number; applyLate?: boolean }
  /** Never answer; with `apply` after having done the write. */
  | { hang: true; apply?: boolean }
  /** Break the connection, before or after the write. */
  | { reset: 'before' | 'after' }
  /** Do it twice and return the second answer, as a proxy that repeats what took it too long. */
  | { twice: true }
  /** Answer so, without doing anything. A body that is a string is sent as text, the default is a Status. */
  | {
      status: number;
      body?: unknown;
      headers?: Record<string, string>;
      retryAfter?: number | string;
      delayMs?: number;
    };

export type FaultHook = (request: EventRequest) => Fault | undefined;

/** The 429 of priority and fairness: a server with too much to do. */
export const overloaded: Fault = {
  status: 429,
  retryAfter: 1,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Too many requests, please try again later.',
};
