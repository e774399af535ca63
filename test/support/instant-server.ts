import type { Answer, Api, ApiRequest } from '../../src/cluster/client.ts';

interface StoredEvent {
  metadata: { name: string; uid: string; resourceVersion: string };
  reason: string;
  count: number;
}

/** The parts of an API server that Events need, in memory. It answers at once. */
export class InstantServer implements Api {
  /** The requested writes, also while it is down. */
  readonly writes: { at: number; name: string; reason: string; count: number }[] = [];
  isDown = false;
  readonly #now: () => number;
  readonly #events = new Map<string, StoredEvent>();

  constructor(now: () => number) {
    this.#now = now;
  }

  get events(): StoredEvent[] {
    return [...this.#events.values()];
  }

  async namespace(): Promise<undefined> {
    return undefined;
  }

  async request({ method, path, body }: ApiRequest): Promise<Answer> {
    if (method === 'GET') return { status: 404, retryAfterMs: undefined, body: { kind: 'Status' }, text: '' };
    const { metadata, ...fields } = body as Partial<StoredEvent>;
    const name = path.split('/events/')[1] ?? metadata?.name ?? '';
    const stored = this.#events.get(name);
    const event = { ...stored, ...fields } as StoredEvent;
    this.writes.push({ at: this.#now(), name, reason: event.reason, count: event.count });
    if (this.isDown) return { error: new Error('down'), isSent: false, isStaleSocket: false };
    const version = `${this.writes.length}`;
    event.metadata = { uid: version, ...stored?.metadata, ...metadata, name, resourceVersion: version };
    this.#events.set(name, event);
    return { status: 200, retryAfterMs: undefined, body: JSON.parse(JSON.stringify(event)), text: '' };
  }
}
