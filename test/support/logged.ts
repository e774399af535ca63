import winston from 'winston';
import {
  type KubernetesEventsError,
  KubernetesEventTransport,
  type KubernetesEventTransportOptions,
  type RecordedEvent,
} from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import TransportStream from 'winston-transport';

export type Logger = winston.Logger & Record<string, winston.LeveledLogMethod>;

/** A logger outside a cluster. Its Events go to memory, and it has a second transport. */
export class Logged {
  readonly transport: KubernetesEventTransport;
  readonly logger: Logger;
  /** The records that the second transport got. */
  readonly records: Record<string | symbol, unknown>[] = [];
  readonly diagnostics: KubernetesEventsError[] = [];
  readonly #sink = new MemorySink();

  constructor(
    options: KubernetesEventTransportOptions = {},
    loggerOptions: winston.LoggerOptions = {},
    createLogger = winston.createLogger,
  ) {
    this.transport = new KubernetesEventTransport({ local: this.#sink, ...options }, { env: {} });
    this.transport.on('warn', (error) => this.diagnostics.push(error));
    const other = new TransportStream({
      log: (record, next) => {
        this.records.push(record);
        next();
      },
    });
    this.logger = createLogger({ ...loggerOptions, transports: [this.transport, other] }) as Logger;
  }

  async events(): Promise<RecordedEvent[]> {
    await this.transport.flush();
    return this.#sink.events;
  }

  /** The only Event, as text with the words that kubectl shows. */
  async event(): Promise<string> {
    const events = await this.events();
    return events.map(({ type, reason, message }) => `${type} ${reason}: ${message}`).join('\n');
  }

  codes(): string[] {
    return this.diagnostics.map(({ code }) => code);
  }
}
