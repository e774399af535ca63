import { LEVEL } from 'triple-beam';
import winston from 'winston';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { MemorySink } from 'winston-kubernetes-events/testing';
import { sight } from '../../src/statement/sighting.ts';
import { topsOf } from '../../src/winston/logger.ts';

/** A transport that sees each record while it is logged, and what it has seen. */
export function openWitness(...more: winston.transport[]) {
  const seen: (readonly string[])[] = [];
  const loggers: object[] = [];
  const transport = new KubernetesEventTransport(
    {
      local: new MemorySink(),
      filter(record: Record<string | symbol, unknown>) {
        seen.push(sight(topsOf(loggers, String(record[LEVEL]))).frames);
        return false;
      },
    },
    { env: {} },
  );
  const attach = (logger: winston.Logger) => {
    loggers.push(logger.add(transport));
    return logger;
  };
  const logger = attach(winston.createLogger({ transports: more }));
  return { logger, transport, attach, seen };
}
