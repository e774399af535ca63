import { EventEmitter } from 'node:events';
import { type Clock, soon, systemClock } from '../clock.ts';
import type { Api } from '../cluster/client.ts';
import { createCounters, type RecorderCounters, type RecorderStats } from '../delivery/stats.ts';
import type { Verdict } from '../delivery/verdict.ts';
import { createReport, type KubernetesEventsError, type Report } from '../diagnostics.ts';
import { type Regarding, readReference, resolveReference } from '../object/reference.ts';
import { textOfThrown } from '../text/thrown.ts';
import type { EventDetails, EventInput, Said } from './event-input.ts';
import { findHome, type Home } from './home.ts';
import { flushAtNaturalEnd, isFlushed } from './natural-end.ts';
import { checkRecorderOptions, type EventRecorderOptions } from './options.ts';
import { Recording } from './recording.ts';
import { ReferenceCache } from './reference-cache.ts';
import { rehearse } from './rehearsal.ts';

/** Where the recorder gets the time and the environment from. Tests replace them. */
export interface Runtime {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  /** Replaces the API server. @internal */
  api?: Api | undefined;
  /** How long an Event waits for the uid of its object. @internal */
  lookupTimeoutMs?: number | undefined;
  /** Called with the result of each write. @internal */
  onVerdict?: ((verdict: Verdict) => void) | undefined;
}

export const DEFAULT_FLUSH_TIMEOUT_MS: number = 5_000;

/**
 * Records occurrences as Kubernetes Events. The first occurrence is written at once. Repeats raise the count of the same
 * Event. Needs `create` and `patch` on events. Nothing throws after construction. Diagnostics are `'warn'` events with a
 * {@link KubernetesEventsError}.
 */
export class EventRecorder extends EventEmitter<{ warn: [KubernetesEventsError] }> {
  readonly #clock: Clock;
  readonly #options: EventRecorderOptions;
  readonly #flushTimeoutMs: number;
  readonly #counters: RecorderCounters = createCounters();
  readonly #report: Report;
  /** Undefined if Events go nowhere. Nothing is then done for them. */
  readonly #home: Home | undefined;
  readonly #runtime: Partial<Runtime> & Pick<Runtime, 'clock' | 'env'>;
  /** Undefined before the first record, see {@link Recording}. */
  #recording: Recording | undefined;
  /** The number of records when a flush last gave up. */
  #givenUpRecords: number | undefined;
  readonly #references = new ReferenceCache();
  readonly #callers = () => [this.warning, this.normal, this.record];
  #isReporting = false;

  /**
   * @param options see {@link EventRecorderOptions}
   * @param runtime for tests: a clock and an environment of their own
   * @throws KubernetesEventsError (`KEVT_OPTIONS`) that lists every option that is unknown or has a wrong value
   */
  constructor(options: EventRecorderOptions = {}, runtime: Partial<Runtime> = {}) {
    super();
    checkRecorderOptions(options);
    // Each transport that shares this recorder adds a listener.
    this.setMaxListeners(0);
    this.#clock = runtime.clock ?? systemClock;
    this.#options = { ...options };
    this.#flushTimeoutMs = options.flushTimeout ?? DEFAULT_FLUSH_TIMEOUT_MS;
    // Deferred, so that a listener can still be added after construction, and so that log() never calls a listener.
    const emit = (error: KubernetesEventsError) => soon(() => this.#emitWarn(error));
    this.#report = createReport(emit, () => this.#clock.now());
    const { env = process.env } = runtime;
    this.#runtime = { ...runtime, env, clock: this.#clock };
    const home = findHome(options, env, this.#report);
    this.#home = home;
    if (home !== undefined) this.#clock.setTimer(() => this.#prepare(home), 0);
  }

  #open(home: Home): Recording {
    this.#recording ??= new Recording(home, this.#options, {
      ...this.#runtime,
      report: this.#report,
      counters: this.#counters,
      onRest: () => isFlushed(this),
    });
    return this.#recording;
  }

  /** Does in advance what the first record would have to do. */
  #prepare(home: Home): void {
    try {
      this.#open(home);
      rehearse(home, this.#options.redact);
    } catch {
      // The first record fails in the same way, and reports it.
    }
  }

  /** Counts a Warning about an object. */
  warning(
    regarding: EventInput['regarding'],
    reason: string,
    message: string,
    more: EventDetails = {},
  ): void {
    this.#recordWith(more, { type: 'Warning', regarding, reason, message });
  }

  /** Counts a Normal Event about an object. */
  normal(regarding: EventInput['regarding'], reason: string, message: string, more: EventDetails = {}): void {
    this.#recordWith(more, { type: 'Normal', regarding, reason, message });
  }

  #recordWith(more: EventDetails, input: EventInput): void {
    try {
      // Field by field, so that other fields of the object are not copied.
      const { action, related, annotations, eventKey } = more;
      this.record({ ...input, action, related, annotations, eventKey });
    } catch (error) {
      this.#report('KEVT_BAD_RECORD', textOfThrown(error), { cause: error });
      this.record(input);
    }
  }

  /** Counts one occurrence. It does no I/O and never throws. A fault in the input is reported as a diagnostic. */
  record(input: EventInput): void {
    this.count(input, this.#callers);
  }

  /**
   * Counts an occurrence.
   * @param callersOf returns the functions that may have logged it, see `sight`
   * @param standard the object if `regarding` is left out or malformed, instead of the default of the recorder
   * @internal
   */
  count(
    said: Said,
    callersOf: () => readonly unknown[],
    standard: EventRecorderOptions['regarding'] = this.#options.regarding,
  ): void {
    if (this.#home === undefined) return;
    try {
      const recording = this.#recording ?? this.#open(this.#home);
      const regarding = this.#regardingOf(said.regarding, standard);
      if (regarding === undefined) return;
      const problem = recording.tally.count(said, regarding, this.#clock.now(), callersOf);
      this.#counters.records++;
      if (recording.pump.counted(problem)) flushAtNaturalEnd(this);
    } catch (error) {
      this.#report('KEVT_BAD_RECORD', textOfThrown(error), { cause: error });
    }
  }

  /**
   * Writes all pending counts.
   * @returns whether all of them were delivered within the flush timeout. It never rejects
   */
  async flush(timeoutMs: number = this.#flushTimeoutMs): Promise<boolean> {
    if (this.#recording === undefined) return true;
    const isDelivered = await this.#recording.pump.flush(timeoutMs);
    if (!isDelivered) this.#givenUpRecords = this.#counters.records;
    return isDelivered;
  }

  /**
   * A flush that nobody asked for, when the process ends or a logger releases its transport. If the last flush gave up, and
   * nothing was recorded since, it does not wait again. Otherwise the API server could hold up the process for several
   * timeouts.
   * @internal
   */
  flushOnce(): Promise<boolean> {
    return this.#givenUpRecords === this.#counters.records ? Promise.resolve(false) : this.flush();
  }

  /** The same as {@link flush}. There is nothing else to close, because nothing keeps the process alive. */
  close(): Promise<boolean> {
    return this.flush();
  }

  /** The statistics so far. Each call returns a new object. */
  get stats(): RecorderStats {
    const { pending = 0, oldestPendingAt, size = 0 } = this.#recording?.table ?? {};
    return {
      ...this.#counters,
      dropped: { ...this.#counters.dropped },
      pending,
      oldestPendingAt,
      lastWrittenAt: this.#recording?.pump.lastWrittenAt,
      remembered: size,
    };
  }

  /** Reports what is lost if the process ends now. Not for a sink, where it would only be noise in tests. @internal */
  reportLoss(): void {
    if (typeof this.#home?.choice !== 'string') return;
    const reason = this.#recording?.pump.reason;
    const lost = `the process ends; pending occurrences: ${this.#recording?.table.pending}`;
    const detail = reason === undefined ? lost : `${lost}; ${reason.text}`;
    const fix =
      reason?.fix ??
      'Await flush() before process.exit(), and set handleExceptions for errors that nobody catches';
    this.#report('KEVT_UNDELIVERED', detail, { fix, isLast: true });
  }

  /** Reports a diagnostic to the listeners of `'warn'`. @internal */
  get report(): Report {
    return this.#report;
  }

  /** The option, or its default. @internal */
  get flushTimeoutMs(): number {
    return this.#flushTimeoutMs;
  }

  /**
   * True while listeners of `'warn'` are called. Their records make no Events, or one failure would cause the next.
   * @internal
   */
  get isReporting(): boolean {
    return this.#isReporting;
  }

  /** True when Events go nowhere, as outside a cluster by default. */
  get isSilent(): boolean {
    return this.#home === undefined;
  }

  #emitWarn(error: KubernetesEventsError): void {
    this.#isReporting = true;
    try {
      this.emit('warn', error);
    } catch {
      // A listener of the application threw. Nobody can catch that here, and a diagnostic must not end the process.
    } finally {
      this.#isReporting = false;
    }
  }

  /** The object of a record, else the default object; undefined: no Event. */
  #regardingOf(regarding: unknown, standard: EventRecorderOptions['regarding']): Regarding | undefined {
    const otherwise = standard === undefined ? 'pod' : standard;
    const given = regarding === undefined ? otherwise : regarding;
    if (given === null || this.#home === undefined) return undefined;
    const known = this.#references.get(given);
    if (known !== undefined) return known;
    const { pod, ownNamespace } = this.#home;
    const isWorkload = given === 'workload';
    const isOwn = given === 'pod' || isWorkload;
    const reading = isOwn ? { reference: pod, isOfCluster: false } : readReference(given);
    if ('reference' in reading) {
      const { namespace } = this.#options;
      const { reference, isOfCluster } = reading;
      const resolved = resolveReference(reference, namespace, ownNamespace, { isWorkload, isOfCluster });
      this.#references.set(given, resolved);
      return resolved;
    }
    this.#report('KEVT_BAD_OBJECT', `regarding: ${reading.problem}`, { subject: 'regarding' });
    // The record has an object, although a malformed one. So it gets an Event even if records without an object get none.
    return this.#regardingOf(given === standard ? 'pod' : (standard ?? 'pod'), undefined);
  }
}
