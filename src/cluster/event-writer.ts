import type { Clock } from '../clock.ts';
import type { Problem } from '../correlator/problem.ts';
import { type RecordedEvent, type Reporter, toRecordedEvent } from '../delivery/recorded-event.ts';
import type { Destination } from '../delivery/scheduler.ts';
import type { RecorderCounters } from '../delivery/stats.ts';
import type { Verdict, WriteVerb } from '../delivery/verdict.ts';
import { codeOf, type Report } from '../diagnostics.ts';
import type { ResolvedReference } from '../object/reference.ts';
import { textOfThrown } from '../text/thrown.ts';
import { interpret } from './answers.ts';
import type { ApiClient } from './client.ts';
import type { EventApi, StoredEvent, Write } from './event-api.ts';
import { ObjectFinder } from './object-finder.ts';
import { formatWriters } from './writers.ts';

/** What is known of the Event of a problem on the server. */
interface Remote {
  /** Names this process in the Event; its own for each problem, so that a forgotten problem starts anew. */
  readonly writer: string;
  /** The Event's name, worked out once. */
  readonly name: string;
  /** `absent`: to be created; `unread`: it is there, but not as last seen; `known`: as in `stored`. */
  state: 'absent' | 'unread' | 'known';
  stored: StoredEvent | undefined;
  /** How much of our count the Event held when we last wrote or read it. */
  contributed: number;
  /** Competing writers met in a row. */
  conflicts: number;
  /** Others wrote between our last writes: to read first is cheaper than to fail first. */
  isContended: boolean;
}

/** An Event as the API server confirmed it. */
export interface WrittenEvent {
  namespace: string;
  name: string;
  /** Of all writers. */
  count: number;
}

/** Requests get three seconds, then four: one that hangs can be repeated within the usual flush timeout of five. */
const FIRST_TIMEOUT_MS = 3_000;
const LAST_TIMEOUT_MS = 4_000;
/**
 * Writers of one Event spread over so many round trips each: with less they would mostly meet, with more the last
 * one would wait for nothing.
 */
const ROUND_TRIPS_PER_WRITER = 2;
const FEWEST_ROUND_TRIPS = 16;

/** Writes Events to the API server so that the counts of all processes add up, whatever happens to an answer. */
export class EventWriter implements Destination {
  readonly #client: ApiClient;
  readonly #finder: ObjectFinder;
  readonly #api: EventApi;
  readonly #apiGroup: string;
  readonly #reporter: Reporter;
  readonly #clock: Clock;
  readonly #counters: RecorderCounters;
  readonly #onWritten: ((event: WrittenEvent) => void) | undefined;
  /** How long the last answer took. */
  #roundTripMs = 5;

  constructor(
    client: ApiClient,
    api: { events: EventApi; group: string },
    means: {
      reporter: Reporter;
      clock: Clock;
      counters: RecorderCounters;
      report: Report;
      onWritten?: ((event: WrittenEvent) => void) | undefined;
    },
  ) {
    const { reporter, clock, counters, report, onWritten } = means;
    this.#client = client;
    this.#finder = new ObjectFinder(client, clock, report);
    this.#api = api.events;
    this.#apiGroup = api.group;
    this.#reporter = reporter;
    this.#clock = clock;
    this.#counters = counters;
    this.#onWritten = onWritten;
  }

  nextVerb(problem: Problem): WriteVerb {
    const remote = problem.remote as Remote | undefined;
    return remote === undefined || remote.state === 'absent' ? 'create' : 'patch';
  }

  async write(problem: Problem): Promise<Verdict> {
    if (problem.remote === undefined) {
      const failure = await this.#completeReference(problem.group.subject.reference);
      if (failure !== undefined) return failure;
    }
    const event = toRecordedEvent(problem, this.#reporter);
    const remote = (problem.remote as Remote | undefined) ?? this.#newRemote(event.name);
    problem.remote = remote;
    // More may be counted while the request is on its way: what is confirmed later is what was sent.
    const total = problem.total;
    const write = prepare(event, remote, total);
    const answer = await this.#send(problem, remote, event, write);
    const verb = this.nextVerb(problem);
    const meaning = interpret(answer, { verb, namespace: event.namespace, apiGroup: this.#apiGroup });
    switch (meaning.is) {
      case 'stored':
        return this.#announce(
          remote,
          event,
          this.#accept(problem, remote, total, 'error' in answer ? undefined : this.#api.read(answer.body)),
        );
      case 'taken':
        remote.isContended = verb === 'patch';
        remote.state = 'unread';
        remote.conflicts++;
        return { is: 'continue', spreadMs: this.#spreadMs(remote) };
      case 'gone':
        remote.state = 'absent';
        return { is: 'continue', spreadMs: 0 };
      case 'resend':
        // Mostly it was not seen at all, but nobody can be sure.
        problem.inDoubt = true;
        return { is: 'continue', spreadMs: 0 };
      case 'retry':
        // The write may be in the Event, or another writer's: read before writing again.
        if (remote.state === 'known' && meaning.inDoubt) remote.state = 'unread';
        return meaning;
      default:
        return meaning;
    }
  }

  /** Finds what the reference leaves open: afterwards the Event has its name for good. */
  async #completeReference(reference: ResolvedReference): Promise<Verdict | undefined> {
    try {
      await this.#finder.complete(reference);
      return undefined;
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : textOfThrown(cause);
      return { is: 'retry', code: codeOf(cause), detail, inDoubt: false, cause };
    }
  }

  async #send(problem: Problem, remote: Remote, event: RecordedEvent, write: Write) {
    const path = this.#api.path(event.namespace);
    const timeoutMs = Math.min(FIRST_TIMEOUT_MS * 2 ** problem.failures, LAST_TIMEOUT_MS);
    this.#counters.requests++;
    const sentAt = this.#clock.uptime();
    const answer =
      remote.state === 'absent'
        ? await this.#client.request({ method: 'POST', path, body: this.#api.create(write), timeoutMs })
        : await this.#client.request({
            method: 'PATCH',
            path: `${path}/${remote.name}`,
            // An empty patch reads: the whole Event comes back and `patch` is all the permission it takes.
            body:
              remote.stored !== undefined && remote.state === 'known'
                ? this.#api.patch(write, remote.stored)
                : {},
            timeoutMs,
          });
    this.#roundTripMs = this.#clock.uptime() - sentAt;
    return answer;
  }

  #accept(problem: Problem, remote: Remote, total: number, stored: StoredEvent | undefined): Verdict {
    const { state } = remote;
    if (stored === undefined) {
      if (state === 'known') remote.state = 'unread';
      return { is: 'retry', code: 'KEVT_UNREACHABLE', detail: 'the answer is not an Event', inDoubt: true };
    }
    // Made anew by a process that may not know of our part: only the Event itself says what is in it.
    if (remote.stored?.uid !== stored.uid) remote.contributed = 0;
    remote.stored = stored;
    if (state === 'unread') {
      remote.state = 'known';
      // Others may push our entry out of the list before the next answer: what was in it counts all the same.
      remote.contributed = contributionOf(remote, stored);
      const isComplete = remote.contributed >= problem.total;
      return isComplete ? { is: 'written', written: problem.total } : { is: 'continue', spreadMs: 0 };
    }
    if (state === 'absent') this.#counters.created++;
    else this.#counters.updated++;
    remote.contributed = total;
    remote.state = remote.isContended ? 'unread' : 'known';
    remote.isContended = false;
    remote.conflicts = 0;
    return { is: 'written', written: total };
  }

  #announce({ name, stored }: Remote, { namespace }: RecordedEvent, verdict: Verdict): Verdict {
    if (verdict.is === 'written' && stored !== undefined) {
      const { count } = stored;
      this.#onWritten?.({ namespace, name, count });
    }
    return verdict;
  }

  /** Writers that met come back at different times; the more there are and the slower the server, the later. */
  #spreadMs({ conflicts, stored }: Remote): number {
    const roundTrips = Math.max(FEWEST_ROUND_TRIPS, ROUND_TRIPS_PER_WRITER * (stored?.writers.size ?? 0));
    return this.#roundTripMs * roundTrips * 2 ** (conflicts - 1);
  }

  #newRemote(name: string): Remote {
    const writer = this.#clock.random().toString(36).slice(2, 10).padEnd(8, '0');
    return {
      writer,
      name,
      state: 'absent',
      stored: undefined,
      contributed: 0,
      conflicts: 0,
      isContended: false,
    };
  }
}

/** How much of our count an Event holds. Ours may have fallen out of a long list of writers: then as when it was last seen. */
function contributionOf({ writer, contributed }: Remote, stored: StoredEvent): number {
  return stored.writers.get(writer) ?? contributed;
}

function prepare(event: RecordedEvent, remote: Remote, total: number): Write {
  const { stored, writer } = remote;
  if (stored === undefined) return { event, count: total, writers: formatWriters(new Map(), writer, total) };
  const count = stored.count + total - contributionOf(remote, stored);
  return { event, count, writers: formatWriters(stored.writers, writer, total) };
}
