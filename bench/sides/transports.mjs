// The transports that are compared, by name, and how to wait for their delivery. Each is imported only when it is needed.

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import winston from 'winston';
import TransportStream from 'winston-transport';

const { SERVICE_ACCOUNT_DIR, SERVICE_ACCOUNT_PREFIX, POD_NAMESPACE, COLLECTOR_PORT, FILE } = process.env;
const nothingToWaitFor = async () => {};

/**
 * `keepUp` waits until the logged records are delivered, for sides where they must not pile up. `finish` delivers
 * everything.
 */
const SIDES = {
  nothing({ level }) {
    const transport = new TransportStream({ level, log: (_record, next) => next() });
    return { transport, keepUp: nothingToWaitFor, finish: nothingToWaitFor };
  },

  async ours({ level }) {
    const { KubernetesEventTransport } = await import('winston-kubernetes-events');
    const transport = new KubernetesEventTransport({ level, serviceAccountDir: SERVICE_ACCOUNT_DIR });
    const finish = async () => {
      if (!(await transport.flush())) throw new Error(`not delivered: ${transport.stats.lastError}`);
    };
    return { transport, keepUp: nothingToWaitFor, finish };
  },

  /** As outside a pod, although the environment of this process is that of a pod. */
  async silent({ level }) {
    const { KubernetesEventTransport } = await import('winston-kubernetes-events');
    const transport = new KubernetesEventTransport({ level }, { env: {} });
    return { transport, keepUp: nothingToWaitFor, finish: nothingToWaitFor };
  },

  file({ level }) {
    const transport = new winston.transports.File({ level, filename: FILE });
    const finish = async (logger) => {
      logger.end();
      await once(transport, 'finish');
    };
    return { transport, keepUp: nothingToWaitFor, finish };
  },

  stream({ level }) {
    const stream = createWriteStream(FILE);
    const transport = new winston.transports.Stream({ level, stream });
    const finish = async () => {
      stream.end();
      await once(stream, 'finish');
    };
    return { transport, keepUp: nothingToWaitFor, finish };
  },

  http({ level }) {
    const transport = new winston.transports.Http({
      level,
      host: '127.0.0.1',
      port: Number(COLLECTOR_PORT),
      path: '/http',
    });
    return { transport, ...untilAnswered(transport) };
  },

  async loki({ level }) {
    const { default: LokiTransport } = await import('winston-loki');
    const transport = new LokiTransport({
      level,
      host: `http://127.0.0.1:${COLLECTOR_PORT}`,
      labels: { app: 'web' },
      // Its exit handler would keep the process alive.
      gracefulShutdown: false,
    });
    return { transport, keepUp: nothingToWaitFor, finish: () => transport.close() };
  },

  async otel({ level, records }) {
    const { logs } = await import('@opentelemetry/api-logs');
    const { LoggerProvider, BatchLogRecordProcessor } = await import('@opentelemetry/sdk-logs');
    const { OTLPLogExporter } = await import('@opentelemetry/exporter-logs-otlp-http');
    const { OpenTelemetryTransportV3 } = await import('@opentelemetry/winston-transport');
    const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${COLLECTOR_PORT}/v1/logs` });
    // Room for all records. The default queue of 2,048 drops some in a storm.
    const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: records });
    const provider = new LoggerProvider({ processors: [processor] });
    logs.setGlobalLoggerProvider(provider);
    const transport = new OpenTelemetryTransportV3({ level });
    return { transport, keepUp: nothingToWaitFor, finish: () => provider.forceFlush() };
  },

  /** What one would write without a library: a request for each record. */
  async clientNode({ level }) {
    const { createEvent } = await openClientNode();
    const transport = new TransportStream({
      level,
      log(record, next) {
        createEvent('LoggedError', record.message).then(
          () => transport.emit('logged'),
          (error) => {
            throw error;
          },
        );
        next();
      },
    });
    return { transport, ...untilAnswered(transport) };
  },
};

function untilAnswered(transport) {
  let answered = 0;
  let wake = () => {};
  transport.on('logged', () => {
    answered++;
    wake();
  });
  const keepUp = async (_logger, logged) => {
    while (answered < logged) await new Promise((resolve) => (wake = resolve));
  };
  return { keepUp, finish: keepUp };
}

/** The API of `@kubernetes/client-node` in this pod. */
export async function openClientNode() {
  const { KubeConfig, CoreV1Api } = await import('@kubernetes/client-node');
  const config = new KubeConfig();
  config.loadFromCluster(SERVICE_ACCOUNT_PREFIX);
  const api = config.makeApiClient(CoreV1Api);
  const namespace = POD_NAMESPACE;
  const createEvent = (reason, message) => {
    const now = new Date();
    const involvedObject = { apiVersion: 'v1', kind: 'Pod', name: 'web', namespace };
    const body = {
      metadata: { generateName: 'web-', namespace },
      ...{ involvedObject, type: 'Warning', reason, message, count: 1 },
      ...{ firstTimestamp: now, lastTimestamp: now, source: { component: 'web' } },
    };
    return api.createNamespacedEvent({ namespace, body });
  };
  return { createEvent };
}

/**
 * A logger from `winston.createLogger` with one transport.
 * @param options `side`, the `level` of the transport, and the number of `records` to come
 */
export async function openSide({ side, level = 'warn', records }) {
  const { transport, keepUp, finish } = await SIDES[side]({ level, records });
  transport.on('warn', (error) => {
    throw error;
  });
  const logger = winston.createLogger({ transports: [transport] });
  /** Waits until the transport has received everything that was logged. */
  const drain = async () => {
    do await new Promise((resolve) => setImmediate(resolve));
    while (logger.writableLength + logger.readableLength + transport.writableLength > 0);
  };
  return {
    logger,
    transport,
    /** One turn of the event loop, or as many as the side needs. */
    async turn(logged) {
      await drain();
      await keepUp(logger, logged);
    },
    async finish(logged) {
      await drain();
      await finish(logger, logged);
    },
  };
}
