import type { Clock } from '../clock.ts';
import type { Problem } from '../correlator/problem.ts';
import type { Destination } from '../delivery/pump.ts';
import { eventName, type RecordedEvent, type Reporter, toRecordedEvent } from '../delivery/recorded-event.ts';
import type { Need, Verdict } from '../delivery/verdict.ts';
import type { Report } from '../diagnostics.ts';
import type { Address } from '../object/reference.ts';
import { detailOf } from '../text/thrown.ts';
import { codeOfError, interpret } from './answers.ts';
import type { Answer, Api } from './client.ts';
import type { EventApi } from './event-api.ts';
import { ObjectFinder } from './object-finder.ts';
import { type Expectation, Protocol, type Request } from './protocol.ts';

/** What is remembered about the Event of a problem. */
interface Entry {
  readonly address: Address;
  /** The name of the Event, computed once. */
  readonly name: string;
  readonly protocol: Protocol;
}

interface Means {
  reporter: Reporter;
  clock: Clock;
  report: Report;
  lookupTimeoutMs?: number | undefined;
}

/**
 * The first attempt gets three seconds, further ones four. So a request that hangs can be repeated within the default flush
 * timeout of five seconds.
 */
const FIRST_TIMEOUT_MS = 3_000;
const LAST_TIMEOUT_MS = 4_000;

/** Writes Events to the API server. The counts of all processes add up, whatever happens to an answer. */
export class EventWriter implements Destination {
  readonly #api: Api;
  readonly #finder: ObjectFinder;
  readonly #events: EventApi;
  readonly #apiGroup: string;
  readonly #means: Means;
  readonly #entries = new WeakMap<Problem, Entry>();
  readonly #expectation: Expectation = { areThere: false };

  /** @param group the API group of the Events, as in RBAC rules */
  constructor(api: Api, { events, group }: { events: EventApi; group: string }, means: Means) {
    this.#api = api;
    this.#finder = new ObjectFinder(api, means.clock, means.report, means.lookupTimeoutMs);
    this.#events = events;
    this.#apiGroup = group;
    this.#means = means;
  }

  need(problem: Problem): Need {
    const entry = this.#entries.get(problem);
    const namespace = entry?.address.namespace ?? problem.branch.regarding.eventNamespace;
    const isUnseen = entry === undefined || entry.protocol.isUnseen;
    return { verb: isUnseen ? 'create' : verbOf(entry.protocol.next), namespace };
  }

  async write(problem: Problem): Promise<Verdict> {
    let entry: Entry;
    try {
      entry = await this.#entryOf(problem);
    } catch (cause) {
      return {
        is: 'retry',
        code: codeOfError(cause, false),
        detail: detailOf(cause),
        isInDoubt: false,
        cause,
      };
    }
    const { address, name, protocol } = entry;
    const event = toRecordedEvent(problem, address, name, this.#means.reporter);
    // Further occurrences may be counted while the request is open. The answer confirms only what was sent.
    const request = protocol.request(problem.total);
    const need = { verb: verbOf(request.is), namespace: event.namespace };
    const { clock } = this.#means;
    const sentAt = clock.uptime();
    const answer = await this.#send(request, event, timeoutMsOf(problem));
    const meaning = interpret(answer, { ...need, apiGroup: this.#apiGroup });
    const stored = 'error' in answer ? undefined : this.#events.read(answer.body, event);
    const verdict = protocol.accept(meaning, stored, clock.uptime() - sentAt);
    // The next record about it is then counted from one.
    if (verdict.is === 'drop') this.#entries.delete(problem);
    const isRefused = meaning.is === 'retry' || meaning.is === 'forbidden';
    const { count } = protocol;
    const { namespace, regarding } = address;
    return {
      ...verdict,
      isRequested: 'status' in answer || answer.isSent,
      ...(!isRefused && { allowed: need }),
      ...(count !== undefined && { event: { namespace, name, count, regarding } }),
    };
  }

  /** The entry of a problem. Its address may turn out to be different from what was known before. */
  async #entryOf(problem: Problem): Promise<Entry> {
    const known = this.#entries.get(problem);
    if (known?.protocol.isAtRest === false) return known;
    const address = await this.#finder.find(problem.branch.regarding);
    if (known?.address === address) return known;
    const { reporter } = this.#means;
    const name = eventName(problem, address, reporter.api);
    const protocol = known?.name === name ? known.protocol : this.#protocolOf(problem);
    const entry = { address, name, protocol };
    this.#entries.set(problem, entry);
    return entry;
  }

  /** Counts that are written stay in the old Event. An Event at a new address counts only later occurrences. */
  #protocolOf({ written: start }: Problem): Protocol {
    const instance = this.#events.instanceOf({ reportingInstance: this.#means.reporter.instance });
    return new Protocol({ expectation: this.#expectation, instance, start });
  }

  #send(request: Request, event: RecordedEvent, timeoutMs: number): Promise<Answer> {
    const path = this.#events.path(event.namespace);
    if (request.is === 'create') {
      const body = this.#events.create({ event, ...request });
      return this.#api.request({ method: 'POST', path, body, timeoutMs });
    }
    const body = request.is === 'read' ? {} : this.#events.patch({ event, ...request }, request.stored);
    return this.#api.request({ method: 'PATCH', path: `${path}/${event.name}`, body, timeoutMs });
  }
}

function verbOf(request: Request['is']): Need['verb'] {
  return request === 'create' ? 'create' : 'patch';
}

function timeoutMsOf({ activity }: Problem): number {
  const failures = activity.is === 'writing' ? activity.failures : 0;
  return Math.min(FIRST_TIMEOUT_MS * 2 ** failures, LAST_TIMEOUT_MS);
}
