import { EventEmitter } from 'node:events';
import { type Clock, soon, systemClock } from '../clock.ts';
import type { Api } from '../cluster/client.ts';
import { ProblemTable } from '../correlator/problem-table.ts';
import { Pump } from '../delivery/pump.ts';
import { Schedule } from '../delivery/schedule.ts';
import { createCounters, type RecorderCounters, type RecorderStats } from '../delivery/stats.ts';
import type { Verdict } from '../delivery/verdict.ts';
import { createReport, type KubernetesEventsError, type Report } from '../diagnostics.ts';
import { type Regarding, readReference, resolveReference } from '../object/reference.ts';
import { prepareLook } from '../statement/look.ts';
import { Statements } from '../statement/statements.ts';
import { prepareRedact } from '../text/redact.ts';
import { textOfThrown } from '../text/thrown.ts';
import { type Home, openDestination } from './destination.ts';
import type { EventDetails, EventInput, Said } from './event-input.ts';
import { Intake } from './intake.ts';
import { flushAtNaturalEnd, isFlushed } from './natural-end.ts';
import { checkRecorderOptions, type EventRecorderOptions } from './options.ts';
import { ReferenceCache } from './reference-cache.ts';
import { Tally } from './tally.ts';

/** Where the recorder gets the time and the environment from. Tests replace them. */
export interface Runtime {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  /** Replaces the API server. @internal */
  api?: Api | undefined;
  /** Called with the result of each write. @internal */
  onVerdict?: ((verdict: Verdict) => void) | undefined;
}

const DEFAULT_FLUSH_TIMEOUT_MS = 5_000;

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
  readonly #table: ProblemTable | undefined;
  readonly #tally: Tally | undefined;
  readonly #report: Report;
  /** Undefined if Events go nowhere. Nothing is then done for them. */
  readonly #pump: Pump | undefined;
  /** The number of records when a flush last gave up. */
  #givenUpRecords: number | undefined;
  readonly #references = new ReferenceCache();
  readonly #callers = () => [this.warning, this.normal, this.record];
  readonly #home: Home | undefined;
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
    this.#options = options;
    this.#flushTimeoutMs = options.flushTimeout ?? DEFAULT_FLUSH_TIMEOUT_MS;
    // Deferred, so that a listener can still be added after construction, and so that log() never calls a listener.
    const emit = (error: KubernetesEventsError) => soon(() => this.#emitWarn(error));
    this.#report = createReport(emit, () => this.#clock.now());
    const { api, onVerdict } = runtime;
    const means = { clock: this.#clock, report: this.#report, api };
    const home = openDestination(options, runtime.env ?? process.env, means);
    if (home === undefined) return;
    this.#home = home;
    if (typeof options.redact !== 'function' && options.redact !== false)
      this.#clock.setTimer(prepareRedact, 0);
    this.#clock.setTimer(prepareLook, 0);
    this.#table = this.#createTable(home);
    const intake = new Intake(options.redact, this.#report);
    this.#tally = new Tally(this.#table, intake, new Statements(this.#clock));
    this.#pump = this.#createPump(home, this.#table, onVerdict);
  }

  #createTable({ pod, ownNamespace }: Home): ProblemTable {
    const regarding = resolveReference(pod, this.#options.namespace, ownNamespace);
    const onUse = () =>
      this.#report(
        'KEVT_OVERFLOW',
        `all ${this.#table?.size} places are taken by problems that wait to be written`,
      );
    return new ProblemTable({ regarding, onUse });
  }

  #createPump({ destination, budget }: Home, table: ProblemTable, onVerdict: Runtime['onVerdict']): Pump {
    const need = destination.need.bind(destination);
    const schedule = new Schedule(table, { counters: this.#counters, budget, need });
    const onRest = () => isFlushed(this);
    const pending = () => table.pending;
    return new Pump(schedule, {
      clock: this.#clock,
      report: this.#report,
      destination,
      pending,
      onRest,
      onVerdict,
    });
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
    const pump = this.#pump;
    const tally = this.#tally;
    if (pump === undefined || tally === undefined) return;
    try {
      const regarding = this.#regardingOf(said.regarding, standard);
      if (regarding === undefined) return;
      const problem = tally.count(said, regarding, this.#clock.now(), callersOf);
      this.#counters.records++;
      if (pump.counted(problem)) flushAtNaturalEnd(this);
    } catch (error) {
      this.#report('KEVT_BAD_RECORD', textOfThrown(error), { cause: error });
    }
  }

  /**
   * Writes all pending counts.
   * @returns whether all of them were delivered within the flush timeout. It never rejects
   */
  async flush(timeoutMs: number = this.#flushTimeoutMs): Promise<boolean> {
    if (this.#pump === undefined) return true;
    const isDelivered = await this.#pump.flush(timeoutMs);
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
    const { pending = 0, oldestPendingAt, size = 0 } = this.#table ?? {};
    return {
      ...this.#counters,
      dropped: { ...this.#counters.dropped },
      pending,
      oldestPendingAt,
      lastWrittenAt: this.#pump?.lastWrittenAt,
      remembered: size,
    };
  }

  /** Reports what is lost if the process ends now. Not for sinks, where it would only be noise in tests. @internal */
  reportLoss(): void {
    if (this.#home?.isServer !== true) return;
    const reason = this.#pump?.reason;
    const lost = `the process ends; pending occurrences: ${this.#table?.pending}`;
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
    return this.#pump === undefined;
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
