import type { Json } from './status.ts';

/** What the hook gets about a request for Events, before it is executed. */
export interface EventRequest {
  method: string;
  path: string;
  namespace: string;
  /** Empty for a POST and a list. */
  name: string;
  /** The body as JSON; undefined if there is none or it cannot be parsed. */
  body: Json;
  /** The number of requests for Events since the hook was set, before this one. */
  index: number;
}

/** A fault in the handling of a request. */
export type Fault =
  /** Answers late. With `applyLate`, the write is late too. It happens even if the client has gone. */
  | { delayMs: number; applyLate?: boolean }
  /** Never answers. With `apply`, the write is executed. */
  | { hang: true; apply?: boolean }
  /** Breaks the connection, before or after the write. */
  | { reset: 'before' | 'after' }
  /** Executes the request twice and returns the second answer, like a proxy that repeats a slow request. */
  | { twice: true }
  /** Answers with this and executes nothing. A body that is a string is sent as text. The default is a Status. */
  | {
      status: number;
      body?: unknown;
      headers?: Record<string, string>;
      retryAfter?: number | string;
      delayMs?: number;
    };

export type FaultHook = (request: EventRequest) => Fault | undefined;

/** The 429 of priority and fairness, from a server that is overloaded. */
export const overloaded: Fault = {
  status: 429,
  retryAfter: 1,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'Too many requests, please try again later.',
};
