import {
  checkTransportOptions,
  EventRecorder,
  KubernetesEventTransport,
  RECORDER_RULES,
} from '../library.ts';
import type { KubernetesEventTransportOptions } from '../winston/options.ts';
import type { LoggerClass, WinstonLogger } from './winston-module.ts';

/** Shared by all loggers, so that they have one memory and one budget. */
let recorder: EventRecorder | undefined;

/**
 * Adds a transport to every logger of a class, unless the logger has one. If the application removes the transport, it is
 * added again.
 * @throws KubernetesEventsError (`KEVT_OPTIONS`) that lists every option that is unknown or has a wrong value
 */
export function giveTransports({ prototype }: LoggerClass, options: KubernetesEventTransportOptions): void {
  checkTransportOptions(options);
  const { ofTransport, ofRecorder } = split(options);
  recorder ??= new EventRecorder(ofRecorder);
  const given = new WeakMap<WinstonLogger, KubernetesEventTransport>();
  /** Loggers on which one of the methods below is running. */
  const busy = new WeakSet<WinstonLogger>();

  const settle = (logger: WinstonLogger) => {
    const own = given.get(logger);
    const isOurs = ({ name }: { readonly name?: string }) => name === 'kubernetes-events';
    const others = logger.transports.filter((transport) => isOurs(transport) && transport !== own);
    const hasOwn = own !== undefined && logger.transports.some((transport) => transport === own);
    if (others.length > 0) {
      if (hasOwn) remove.call(logger, own);
    } else if (!hasOwn) {
      const transport = own ?? new KubernetesEventTransport({ ...ofTransport, recorder });
      given.set(logger, transport);
      add.call(logger, transport);
    }
  };
  const { add, remove } = prototype;
  for (const name of ['configure', 'add', 'remove', 'clear', 'close'] as const) {
    const original = prototype[name];
    prototype[name] = function changed(this: WinstonLogger, ...args: unknown[]) {
      // These methods call each other. Only the result of the outermost call counts.
      if (busy.has(this)) return original.apply(this, args);
      busy.add(this);
      try {
        return original.apply(this, args);
      } finally {
        busy.delete(this);
        if (name !== 'close') settle(this);
      }
    };
  }
}

function split(options: KubernetesEventTransportOptions) {
  const isOfRecorder = ([name]: [string, unknown]) =>
    name !== 'regarding' && Object.hasOwn(RECORDER_RULES, name);
  const entries = Object.entries(options);
  return {
    ofRecorder: Object.fromEntries(entries.filter(isOfRecorder)),
    ofTransport: Object.fromEntries(entries.filter((entry) => !isOfRecorder(entry))),
  };
}
