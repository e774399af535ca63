import type { Answer, Api, ApiRequest, JsonObject } from '../../src/cluster/client.ts';
import { PerSecond } from './per-second.ts';
import type { Timeline } from './timeline.ts';

/** How the server behaves. All times are those of the timeline. */
export interface ServerTraits {
  /**
   * Connections are refused from the first time to the second. Requests that are open at the first time lose their answers.
   */
  outage?: { from: number; to: number };
  /** Requests admitted per second, with a burst of the same number. Others get 429 with `Retry-After: 1`. */
  admittedPerSecond?: number;
  /** The share of answers that are lost after the request was executed. */
  lostAnswers?: number;
}

type Metadata = { annotations?: Record<string, string>; resourceVersion?: string; [field: string]: unknown };
export type StoredObject = {
  metadata: Metadata;
  involvedObject: { name: string };
  count: number;
  [field: string]: unknown;
};

/** Median and spread of the time that a request takes. It is log-normal, so one in a hundred takes five times as long. */
const MEDIAN_LATENCY_MS = 5;
const LATENCY_SIGMA = 0.7;

/** What the server notes about who changed which fields. It is as large as on a real server for these Events. */
const MANAGED_FIELDS = [
  {
    manager: 'winston-kubernetes-events',
    operation: 'Update',
    apiVersion: 'v1',
    time: '2026-01-01T00:00:00Z',
    fieldsType: 'FieldsV1',
    fieldsV1: {
      'f:action': {},
      'f:count': {},
      'f:firstTimestamp': {},
      'f:involvedObject': {},
      'f:lastTimestamp': {},
      'f:message': {},
      'f:metadata': { 'f:annotations': { '.': {}, 'f:winston-kubernetes-events/writers': {} } },
      'f:reason': {},
      'f:reportingComponent': {},
      'f:reportingInstance': {},
      'f:source': { 'f:component': {}, 'f:host': {} },
      'f:type': {},
    },
  },
];

/**
 * A model of an API server for core Events, in memory, with names, resourceVersions, conflicts and merge patches. Each
 * request is executed halfway through its latency. The model is as fast for ten thousand clients as for one, because only
 * what is asked of it is measured.
 */
export class ApiServer implements Api {
  readonly events = new Map<string, StoredObject>();
  /** Writes into etcd. */
  readonly writes = new PerSecond();
  /** Requests that arrived, whatever the answer. Requests during an outage do not count. */
  readonly requests = new PerSecond();
  /** The number of answers of each kind: status codes, `refused` and `lost`. */
  readonly answers: Record<string, number> = {};
  /** The JSON bytes of all objects that were written, and of the largest one. */
  writtenBytes = 0;
  largestBytes = 0;
  readonly #timeline: Timeline;
  readonly #random: () => number;
  readonly #traits: ServerTraits;
  readonly #startedAt: number;
  #version = 1000;
  #tokens: number;
  #refilledAt: number;

  constructor(timeline: Timeline, random: () => number, traits: ServerTraits) {
    this.#timeline = timeline;
    this.#random = random;
    this.#traits = traits;
    this.#startedAt = timeline.now;
    this.#tokens = traits.admittedPerSecond ?? 0;
    this.#refilledAt = timeline.now;
  }

  async namespace(): Promise<undefined> {
    return undefined;
  }

  request(request: ApiRequest): Promise<Answer> {
    const timeline = this.#timeline;
    const halfMs = this.#latencyMs() / 2;
    return new Promise((resolve) => {
      const end = (kind: string | number, answer: Answer) => {
        this.answers[kind] = (this.answers[kind] ?? 0) + 1;
        resolve(answer);
      };
      const fail = (kind: 'refused' | 'lost') =>
        end(kind, { error: new Error(kind), isSent: kind === 'lost', isStaleSocket: false });
      if (this.#isDown()) {
        timeline.at(timeline.now + 1, () => fail('refused'));
        return;
      }
      timeline.at(timeline.now + halfMs, () => {
        if (this.#isDown()) return fail('lost');
        this.requests.add(timeline.now - this.#startedAt);
        const [status, body] = this.#isAdmitted() ? this.#handle(request) : [429, {}];
        const retryAfterMs = status === 429 ? 1000 : undefined;
        const isLost = this.#random() < (this.#traits.lostAnswers ?? 0);
        timeline.at(timeline.now + halfMs, () => {
          if (isLost || this.#isDown()) fail('lost');
          else end(status, { status, retryAfterMs, body, text: '' });
        });
      });
    });
  }

  #handle({ method, path, body }: ApiRequest): [status: number, body: JsonObject] {
    if (method === 'POST') {
      const object = body as StoredObject;
      const key = `${path}/${object.metadata['name']}`;
      if (this.events.has(key)) return [409, {}];
      const metadata = {
        ...object.metadata,
        uid: `00000000-0000-4000-8000-${String(this.#version).padStart(12, '0')}`,
        creationTimestamp: new Date(this.#timeline.now).toISOString(),
        managedFields: MANAGED_FIELDS,
      };
      return [201, this.#store(key, { ...object, metadata })];
    }
    const stored = this.events.get(path);
    if (stored === undefined) return [404, { kind: 'Status' }];
    const { metadata, ...fields } = body as Partial<StoredObject>;
    // The patch changes nothing, so nothing is written.
    if (metadata === undefined) return [200, stored];
    const { resourceVersion, annotations } = metadata;
    if (resourceVersion !== stored.metadata.resourceVersion) return [409, {}];
    const merged = { ...stored.metadata, annotations: { ...stored.metadata.annotations, ...annotations } };
    return [200, this.#store(path, { ...stored, ...fields, metadata: merged })];
  }

  #store(key: string, object: StoredObject): StoredObject {
    object.metadata.resourceVersion = String(++this.#version);
    this.events.set(key, object);
    const bytes = jsonBytes(object);
    this.writtenBytes += bytes;
    this.largestBytes = Math.max(this.largestBytes, bytes);
    this.writes.add(this.#timeline.now - this.#startedAt);
    return object;
  }

  #isAdmitted(): boolean {
    const { admittedPerSecond } = this.#traits;
    if (admittedPerSecond === undefined) return true;
    const { now } = this.#timeline;
    const refill = ((now - this.#refilledAt) * admittedPerSecond) / 1000;
    this.#tokens = Math.min(admittedPerSecond, this.#tokens + refill);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  #isDown(): boolean {
    const { outage } = this.#traits;
    const { now } = this.#timeline;
    return outage !== undefined && now >= outage.from && now < outage.to;
  }

  #latencyMs(): number {
    // Box-Muller: a normally distributed number from two uniform ones.
    const normal = Math.sqrt(-2 * Math.log(1 - this.#random())) * Math.cos(2 * Math.PI * this.#random());
    return MEDIAN_LATENCY_MS * Math.exp(LATENCY_SIGMA * normal);
  }
}

/** The bytes of an object as JSON. etcd stores protobuf, which is smaller because it has no field names. */
export function jsonBytes(object: object): number {
  return Buffer.byteLength(JSON.stringify(object));
}
