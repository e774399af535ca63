import type { Timeline } from '../../bench/scale/timeline.ts';
import type { Answer, Api, ApiRequest } from '../../src/cluster/client.ts';

interface StoredEvent {
  metadata: Record<string, unknown>;
  count?: number;
  series?: { count: number };
}

const error = (isSent: boolean, isStaleSocket = false) => ({
  error: new Error('lost'),
  isSent,
  isStaleSocket,
});
const reply = (status: number, body = {}, retryAfterMs?: number) => ({
  status,
  body,
  text: '',
  retryAfterMs,
});

/** What can happen to a request: whether it is executed, and what is answered instead of its result. */
const FAULTS: { isDone?: boolean; isLate?: boolean; answer: Answer }[] = [
  { answer: error(false) },
  { answer: error(true) },
  { isDone: true, answer: error(true) },
  { isDone: true, isLate: true, answer: error(true) },
  { answer: error(true, true) },
  { isDone: true, answer: error(true, true) },
  { answer: reply(429) },
  { answer: reply(503, {}, 1_000) },
  { isDone: true, answer: reply(500) },
  { isDone: true, answer: reply(200, { kind: 'Status' }) },
];

/** The parts of an API server that Events need, in memory and on simulated time, with random faults. */
export class FaultyServer implements Api {
  readonly events = new Map<string, StoredEvent>();
  /** The share of requests with a fault. */
  faultRate: number;
  readonly #timeline: Timeline;
  readonly #random: () => number;
  #version = 0;

  constructor(timeline: Timeline, random: () => number, faultRate: number) {
    this.#timeline = timeline;
    this.#random = random;
    this.faultRate = faultRate;
  }

  async namespace(): Promise<undefined> {
    return undefined;
  }

  request(request: ApiRequest): Promise<Answer> {
    const timeline = this.#timeline;
    const random = this.#random;
    const isHit = random() < this.faultRate;
    const fault = isHit ? FAULTS[Math.floor(random() * FAULTS.length)] : undefined;
    const sentAt = timeline.now;
    const latencyMs = random() < 0.9 ? 20 * random() : 2_500 * random();
    return new Promise((resolve) => {
      const doneAt = sentAt + (fault?.isLate ? 20_000 * random() : latencyMs / 2);
      let result: Answer;
      if (fault === undefined || fault.isDone) timeline.at(doneAt, () => (result = this.#handle(request)));
      const answeredAt = sentAt + (fault?.isLate ? request.timeoutMs : latencyMs);
      timeline.at(answeredAt, () => resolve(fault?.answer ?? result));
    });
  }

  /** The sum of all counts. */
  get sum(): number {
    return [...this.events.values()].reduce(
      (sum, { count, series }) => sum + (series?.count ?? count ?? 1),
      0,
    );
  }

  #handle({ method, path, body }: ApiRequest): Answer {
    const { metadata, ...fields } = structuredClone(body) as { metadata?: Record<string, unknown> };
    const key = method === 'POST' ? `${path}/${metadata?.name}` : path;
    const stored = this.events.get(key);
    if (method === 'POST' && stored !== undefined) return reply(409);
    if (method === 'PATCH' && stored === undefined) return reply(404, { kind: 'Status' });
    if (metadata === undefined) return reply(200, structuredClone(stored));
    if (stored !== undefined && metadata.resourceVersion !== stored.metadata.resourceVersion)
      return reply(409);
    const resourceVersion = String(++this.#version);
    const merged = { uid: `uid-${resourceVersion}`, ...stored?.metadata, ...metadata, resourceVersion };
    this.events.set(key, { ...stored, ...fields, metadata: merged });
    return reply(200, structuredClone(this.events.get(key)));
  }
}
