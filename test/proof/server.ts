import type { Answer } from '../../src/cluster/client.ts';
import type { StoredEvent } from '../../src/cluster/evidence.ts';
import type { Request } from '../../src/cluster/protocol.ts';

/** An open request and its sender. */
export interface Sent {
  /** The Event's name. */
  readonly name: string;
  readonly request: Request;
  /** The name of the process that sends it. */
  readonly instance: string;
  /** Who counts: one problem in one process, while the process remembers it. */
  readonly owner: string;
  /** The number of occurrences that the owner has counted. */
  readonly total: number;
}

export interface ServerEvent extends StoredEvent {
  /** The true contribution of each owner to the count. No process sees it. */
  readonly truth: ReadonlyMap<string, number>;
}

/** A model of an API server for the counts of Events. */
export class Server {
  readonly events = new Map<string, ServerEvent>();
  /** True while admission removes the annotation from every write. */
  isStripping = false;
  /** What is wrong with the last write; undefined if nothing is. */
  fault: string | undefined;
  /** True if a write has brought less than it should. */
  isShort = false;
  /** True if the parts of some writers were added up. */
  hasFolded = false;
  private version = 0;

  /** Executes a request, and returns what a real server would answer. */
  handle(sent: Sent): { answer: Answer; event: StoredEvent | undefined } {
    const { name, request, instance } = sent;
    const stored = this.events.get(name);
    if (request.is === 'create') {
      if (stored !== undefined) return { answer: reply(409), event: undefined };
      const uid = `uid${++this.version}`;
      return this.store(sent, { uid, instance, truth: new Map() }, 0);
    }
    if (stored === undefined) return { answer: reply(404), event: undefined };
    if (request.is === 'read') return { answer: reply(200), event: stored };
    if (request.stored.resourceVersion !== stored.resourceVersion)
      return { answer: reply(409), event: undefined };
    return this.store(sent, stored, stored.count);
  }

  /** Creates an Event in which some writers have counted one occurrence each, and returns its count. */
  fill(name: string, writers: number): number {
    const names = Array.from({ length: writers }, (_, i) => `before${i}`);
    this.events.set(name, {
      uid: 'uid0',
      resourceVersion: 'rv0',
      instance: '',
      count: writers,
      account: names.map((writer) => `${writer}=1`).join(','),
      lastAt: 0,
      truth: new Map(names.map((writer) => [writer, 1])),
    });
    return writers;
  }

  /** Removes an Event, because it expired or somebody deleted it. */
  remove(name: string): void {
    this.events.delete(name);
  }

  /** Removes the annotation, as a person might. */
  removeAccount(name: string): void {
    const event = this.events.get(name);
    if (event !== undefined)
      this.events.set(name, { ...event, account: '', resourceVersion: `rv${++this.version}` });
  }

  get sum(): number {
    return [...this.events.values()].reduce((sum, { count }) => sum + count, 0);
  }

  private store(
    { name, request, owner, total }: Sent,
    { uid, instance, truth }: Pick<ServerEvent, 'uid' | 'instance' | 'truth'>,
    before: number,
  ) {
    if (request.is === 'read') throw new Error('a read is no write');
    const brought = request.count - before;
    const missing = total - (truth.get(owner) ?? 0);
    if (brought > missing)
      this.fault = `a write brings ${brought} to ${name}, where ${missing} of ${owner} are missing`;
    if (brought < missing) this.isShort = true;
    const event: ServerEvent = {
      uid,
      instance,
      count: request.count,
      account: this.isStripping ? '' : request.account,
      resourceVersion: `rv${++this.version}`,
      lastAt: 0,
      truth: new Map([...truth, [owner, (truth.get(owner) ?? 0) + brought]]),
    };
    this.events.set(name, event);
    this.hasFolded ||= event.account.includes('others=');
    return { answer: reply(request.is === 'create' ? 201 : 200), event };
  }
}

export function reply(status: number, message = ''): Answer {
  return { status, body: { kind: 'Status', message }, text: '', retryAfterMs: undefined };
}
