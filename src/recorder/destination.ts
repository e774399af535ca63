import type { Clock } from '../clock.ts';
import { type Api, ApiClient } from '../cluster/client.ts';
import { EVENT_APIS } from '../cluster/event-api.ts';
import { EventWriter } from '../cluster/event-writer.ts';
import { KubeConfigConnection } from '../cluster/kube-config.ts';
import { Budget } from '../delivery/budget.ts';
import { ConsoleSink } from '../delivery/console-sink.ts';
import { SinkDestination } from '../delivery/event-sink.ts';
import type { Destination } from '../delivery/pump.ts';
import type { Report } from '../diagnostics.ts';
import type { Home } from './home.ts';
import type { EventRecorderOptions } from './options.ts';

export interface Means {
  clock: Clock;
  env: NodeJS.ProcessEnv;
  report: Report;
  /** Replaces the API server of the connection. */
  api?: Api | undefined;
  lookupTimeoutMs?: number | undefined;
}

interface Opened {
  destination: Destination;
  /** Undefined for a sink, which needs no protection. */
  budget?: Budget;
}

/** Opens the destination of a process. */
export function openDestination(
  { choice, connection: ownCluster, reporter }: Home,
  { kubeConfig }: Pick<EventRecorderOptions, 'kubeConfig'>,
  means: Means,
): Opened {
  const connection = choice === 'kubeconfig' ? new KubeConfigConnection(kubeConfig) : ownCluster;
  if (connection === undefined) {
    const sink = typeof choice === 'object' ? choice : new ConsoleSink(process.stdout, means.env);
    return { destination: new SinkDestination(sink, reporter) };
  }
  const server = means.api ?? new ApiClient(connection, means.clock);
  const group = reporter.api === 'v1' ? '' : 'events.k8s.io';
  return {
    budget: processBudget(means.clock),
    destination: new EventWriter(server, { events: EVENT_APIS[reporter.api], group }, { ...means, reporter }),
  };
}

/** All recorders of a process that write to an API server share one budget, because it protects the API server. */
const budgets = new WeakMap<Clock, Budget>();

function processBudget(clock: Clock): Budget {
  const budget = budgets.get(clock) ?? new Budget(clock.uptime());
  budgets.set(clock, budget);
  return budget;
}
