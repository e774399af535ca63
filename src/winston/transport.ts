import { SPLAT } from 'triple-beam';

// A default import would make applications in CommonJS set `esModuleInterop`.
import TransportStream = require('winston-transport');

import { afterWarnings } from '../clock.ts';
import type { RecorderStats } from '../delivery/stats.ts';
import type { DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import { EventRecorder, type Runtime } from '../recorder/event-recorder.ts';
import { isError } from '../text/message.ts';
import { suggest } from '../text/suggest.ts';
import { textOfThrown } from '../text/thrown.ts';
import { isFatal, isObject, type LogRecord, ORIGINAL_ERROR } from './fields.ts';
import { isAtLeast, isWarning, type Levels, levelOf, WARNING_LEVELS, warningOf } from './levels.ts';
import { hasEnded, type Logger, topsOf } from './logger.ts';
import { checkTransportOptions, type KubernetesEventTransportOptions } from './options.ts';
import { RecordTranslator } from './translator.ts';

type OnWarn = (error: KubernetesEventsError) => void;
// biome-ignore lint/suspicious/noExplicitAny: as Node declares the listeners of its streams
type OnAny = (...args: any[]) => void;

/** Methods of every stream, declared here for the type of the `'warn'` listeners. */
export interface KubernetesEventTransport {
  on(event: 'warn', listener: OnWarn): this;
  on(event: string | symbol, listener: OnAny): this;
  once(event: 'warn', listener: OnWarn): this;
  once(event: string | symbol, listener: OnAny): this;
}

/** winston ends the process three seconds after an exception, whatever happens. Delivery must end before that. */
const EXCEPTION_TIMEOUT_MS = 2_500;
/**
 * A winston transport that turns records into Kubernetes Events. An Event is about the object that the record names, or
 * about the pod itself. After construction it never throws, never emits `'error'`, never waits, and calls back at once.
 * Diagnostics are `'warn'` events with a {@link KubernetesEventsError}, which winston forwards to the logger.
 */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: nothing of the interface is to be initialized
export class KubernetesEventTransport extends TransportStream {
  /** The name under which winston's own tools list the transport. */
  readonly name = 'kubernetes-events';
  readonly #options: KubernetesEventTransportOptions;
  readonly #recorder: EventRecorder;
  /** Undefined before the first record, as the recording of the recorder. */
  #translator: RecordTranslator | undefined;
  readonly #loggers = new Set<Logger>();
  /** Whether somebody has listened to `'logged'`. */
  #isLoggedAwaited = false;
  /** The level of the record that is being logged. */
  #level = '';
  readonly #callersOf = () => topsOf(this.#loggers, this.#level);
  /** The exceptions and rejections that are already counted. */
  readonly #fatal = new WeakSet<object>();
  /** The number of calls of `end` whose records are not delivered yet. */
  #endings = 0;
  readonly #forward = (error: KubernetesEventsError) => this.emit('warn', error);

  declare parent: Logger | null | undefined;
  declare levels: Levels | undefined;
  /** Set by winston when it handles an exception and waits for `'finish'`. */
  _ending = false;

  /**
   * @param options see {@link KubernetesEventTransportOptions}
   * @param runtime for tests: a clock and an environment of their own
   * @throws KubernetesEventsError (`KEVT_OPTIONS`) that lists every option that is unknown or has a wrong value
   */
  constructor(options: KubernetesEventTransportOptions = {}, runtime: Partial<Runtime> = {}) {
    checkTransportOptions(options);
    const {
      level,
      silent,
      format,
      handleExceptions,
      handleRejections,
      filter: _filter,
      reason: _reason,
      annotations: _annotations,
      groupBy: _groupBy,
      regarding: _regarding,
      recorder,
      ...forRecorder
    } = options;
    super(definedOnly({ level: level ?? 'warn', silent, format, handleExceptions, handleRejections }));
    this.#options = { ...options };
    this.#recorder = recorder ?? new EventRecorder(forRecorder, runtime);
    // A shared recorder may outlive this transport. So the transport listens to it only while it serves a logger.
    if (recorder === undefined) this.#recorder.on('warn', this.#forward);
    // One transport may serve many loggers. Each adds its own listeners.
    this.setMaxListeners(0);
    this.on('newListener', (event) => {
      if (event === 'logged') this.#isLoggedAwaited = true;
    });
    this.on('pipe', (logger: Logger) => this.#attach(logger));
    this.on('unpipe', (logger: Logger) => this.#detach(logger));
  }

  /** The statistics so far. */
  get stats(): RecorderStats {
    return this.#recorder.stats;
  }

  /**
   * Writes all pending counts.
   * @returns whether all of them were delivered within `flushTimeout`. It never rejects
   */
  flush(): Promise<boolean> {
    return this.#recorder.flush();
  }

  /** Counts one record. winston calls this method. The callback is called before the method returns. */
  override log(record: unknown, callback?: () => void): void {
    try {
      if (!this.#recorder.isSilent && !this.#recorder.isReporting) this.#record(record);
    } catch (error) {
      this.#warn('KEVT_BAD_RECORD', textOfThrown(error));
    }
    try {
      if (this.#isLoggedAwaited) this.emit('logged', record);
    } catch {
      // A listener of the application threw. That must not stop the logger.
    }
    if (this._ending) this.#endProcessAfter(record);
    callback?.();
  }

  /** Starts to write what is pending and returns at once. The transport can still be used. */
  override close(): void {
    void this.#recorder.flushOnce();
  }

  /** Takes a record at once. Nothing here has to wait, so the queue of the stream would only cost time. */
  override write(record: unknown, encoding?: unknown, callback?: unknown): boolean {
    this.#take(record as LogRecord);
    const done = typeof encoding === 'function' ? encoding : callback;
    if (typeof done === 'function') process.nextTick(done, null);
    return true;
  }

  override _write(record: LogRecord, _encoding: BufferEncoding, callback: (error?: null) => void): void {
    this.#take(record);
    callback(null);
  }

  /**
   * Makes `logger.end()` wait: `'finish'` is emitted when everything is delivered, or after the flush timeout. The stream
   * itself stays open, because another logger may share it or get it later.
   */
  override end(...args: unknown[]): this {
    const callback = args.find((value) => typeof value === 'function') as (() => void) | undefined;
    if (callback !== undefined) this.once('finish', callback);
    if (typeof args[0] === 'object' && args[0] !== null) this.write(args[0]);
    this.#endings++;
    void this.#recorder.flush().then(() => {
      if (--this.#endings === 0) this.#finish();
    });
    return this;
  }

  #take(record: LogRecord): void {
    try {
      const formatted = !this.silent && this.#accepts(record) && this.#format(record);
      if (formatted) this.log(formatted);
      else if (this._ending) this.#endProcessAfter(record);
    } catch (error) {
      this.#warn('KEVT_BAD_RECORD', textOfThrown(error));
    }
  }

  #accepts(record: LogRecord): boolean {
    // `false` stands for a record that a format of the logger has dropped.
    if (!record) return false;
    if (record['exception'] === true) return this.handleExceptions === true;
    return isAtLeast(record, this.level as string, this.levels);
  }

  /** Applies the transport's own format to a copy. A copy of an Error stays an Error. */
  #format(record: LogRecord): LogRecord | false {
    if (this.format === undefined) return record;
    try {
      const copy: LogRecord = Object.assign({}, record);
      const { message } = record;
      if (isError(record)) Object.assign(copy, { message, stack: record.stack });
      const error = [record, message].find(isError);
      if (error !== undefined) copy[ORIGINAL_ERROR] = error;
      // `splat()` removes values from this array, which all transports share.
      if (Array.isArray(copy[SPLAT])) copy[SPLAT] = copy[SPLAT].slice();
      return (this.format as { transform(info: unknown, options: unknown): unknown }).transform(
        copy,
        (this.format as { options?: unknown }).options,
      ) as LogRecord | false;
    } catch (error) {
      this.#warn('KEVT_FUNCTION', `format threw ${textOfThrown(error)}`);
      return record;
    }
  }

  #record(given: unknown): void {
    const record: LogRecord = isObject(given) ? given : { message: given };
    if (isFatal(record) && this.#isRepeated(record)) return;
    const level = levelOf(record);
    this.#translator ??= new RecordTranslator(this.#options, (code, detail) => this.#warn(code, detail));
    const said = this.#translator.translate(
      record,
      level,
      isWarning(level, this.levels) ? 'Warning' : 'Normal',
    );
    const { regarding } = this.#options;
    if (said === undefined) return;
    this.#level = level;
    this.#recorder.count(said, this.#callersOf, typeof regarding === 'function' ? undefined : regarding);
  }

  /**
   * True if winston brings an exception a second time, because the transport is in `transports` and in `exceptionHandlers`.
   */
  #isRepeated(record: LogRecord): boolean {
    // A copy that a format made still has the array that winston created for this exception.
    const { trace } = record;
    if (!Array.isArray(trace)) return false;
    if (this.#fatal.has(trace)) return true;
    this.#fatal.add(trace);
    return false;
  }

  #willExit(record: LogRecord): boolean {
    const exitOnError = this.parent?.exitOnError ?? true;
    if (typeof exitOnError !== 'function') return exitOnError;
    try {
      return exitOnError(record['error']);
    } catch (error) {
      this.#warn('KEVT_FUNCTION', `exitOnError threw ${textOfThrown(error)}`);
      return true;
    }
  }

  /** After a fatal record, winston ends the process as soon as `'finish'` is emitted. So it is emitted after delivery. */
  #endProcessAfter(record: unknown): void {
    if (!isObject(record) || !isFatal(record) || !this.#willExit(record)) return;
    const timeoutMs = Math.min(EXCEPTION_TIMEOUT_MS, this.#recorder.flushTimeoutMs);
    void this.#recorder.flush(timeoutMs).then(() => this.#finish());
  }

  /** A stream that has finished is released by every logger. Loggers that go on get it back before they miss a record. */
  #finish(): void {
    const released: Logger[] = [];
    const onUnpipe = (logger: Logger) => released.push(logger);
    // Listeners end the process. A warning waits for the next tick, so it must be shown before.
    afterWarnings(() => {
      this.on('unpipe', onUnpipe);
      this.emit('finish');
      this.off('unpipe', onUnpipe);
      for (const logger of released) if (logger.writable === true && !hasEnded(logger)) logger.pipe(this);
    });
  }

  #attach(logger: Logger): void {
    if (this.#options.recorder !== undefined && this.#loggers.size === 0)
      this.#recorder.on('warn', this.#forward);
    this.#loggers.add(logger);
    this.parent = logger;
    this.levels = logger.levels;
    if (logger.levels !== undefined) this.#settleLevel(logger.levels, this.level as string);
  }

  #settleLevel(levels: Levels, level: string): void {
    if (levels[level] !== undefined) return;
    this.level = warningOf(levels);
    // `warn` and `warning` name the same level. The logger only calls it by the other name.
    if (WARNING_LEVELS.includes(level)) return;
    const got = JSON.stringify(level.slice(0, 60));
    this.#warn('KEVT_LEVEL', `there is no level ${got}${suggest(level, Object.keys(levels))}`);
  }

  #detach(logger: Logger): void {
    if (!this.#loggers.delete(logger)) {
      // close() of a child logger releases the transports of its parent, but in its own name. The parent would go on
      // writing.
      for (const one of this.#loggers)
        if (Object.prototype.isPrototypeOf.call(one, logger)) this.emit('unpipe', one, { hasUnpiped: false });
    }
    const [another = null] = this.#loggers;
    this.parent = another;
    if (this.#options.recorder !== undefined && another === null) this.#recorder.off('warn', this.#forward);
    this.close();
  }

  #warn(code: DiagnosticCode, detail: string): void {
    this.#recorder.report(code, detail, { subject: detail.slice(0, 40) });
  }
}

function definedOnly<T extends object>(options: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as never;
}
