import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../clock.ts';
import { type Api, ApiClient, type Connection } from '../cluster/client.ts';
import { EVENT_APIS } from '../cluster/event-api.ts';
import { EventWriter } from '../cluster/event-writer.ts';
import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import { KubeConfigConnection } from '../cluster/kube-config.ts';
import { InClusterConnection, missingVariables, SERVICE_ACCOUNT_DIR } from '../cluster/service-account.ts';
import { Budget } from '../delivery/budget.ts';
import { ConsoleSink } from '../delivery/console-sink.ts';
import { SinkDestination } from '../delivery/event-sink.ts';
import type { Destination } from '../delivery/pump.ts';
import type { Reporter } from '../delivery/recorded-event.ts';
import type { KubernetesEventsError, Report } from '../diagnostics.ts';
import type { ObjectReference } from '../object/reference.ts';
import { chooseDestination } from './destination-choice.ts';
import type { EventRecorderOptions } from './options.ts';

/** Where the Events of a recorder go, and what is known about the process that they come from. */
export interface Home {
  destination: Destination;
  /** Whether the destination is an API server. */
  isServer: boolean;
  /** The pod of this process. Outside a pod, an object that stands for it. */
  pod: ObjectReference;
  ownNamespace: string;
  /** Undefined for a sink, which needs no protection. */
  budget?: Budget;
}

interface Means {
  clock: Clock;
  report: Report;
  /** Replaces the API server of the connection. */
  api?: Api | undefined;
}

/** Opens the destination that the options and the environment choose; undefined: Events go nowhere. */
export function openDestination(
  options: EventRecorderOptions,
  env: NodeJS.ProcessEnv,
  means: Means,
): Home | undefined {
  const choice = chooseDestination(options, env, (detail) => means.report('KEVT_SETTING', detail));
  if (choice === undefined) reportNearlyPod(options, env, means.report);
  if (choice === undefined || choice === 'silent') return undefined;
  const { component, labels, serviceAccountDir = SERVICE_ACCOUNT_DIR } = options;
  let connection: Connection | undefined;
  try {
    if (choice === 'cluster') connection = new InClusterConnection(env, serviceAccountDir);
    else if (choice === 'kubeconfig') connection = new KubeConfigConnection(options.kubeConfig);
  } catch (error) {
    // The programmer of the application cannot fix the environment. So the operator is told, and the application goes on.
    const { code, message } = error as KubernetesEventsError;
    means.report(code, message, { cause: error });
    return undefined;
  }
  let isTold = choice !== 'cluster';
  const identity = detectPodIdentity({
    env,
    serviceAccountDir,
    ...(component !== undefined && { known: { component } }),
    onProblem(code, detail) {
      if (choice === 'cluster') means.report(code, detail);
      isTold = true;
    },
  });
  if (!isTold && identity.sources.name === 'host name') reportUnknownPod(identity, means.report);
  const api = options.api ?? 'v1';
  const instance = identity.name ?? hostname();
  const reporter: Reporter = {
    component: identity.component,
    instance,
    host: identity.nodeName,
    labels,
    api,
  };
  const home = {
    pod: podOf(identity),
    ownNamespace: identity.namespace ?? 'default',
  };
  if (connection === undefined) {
    const sink = typeof choice === 'object' ? choice : new ConsoleSink(process.stdout, env);
    return { ...home, isServer: false, destination: new SinkDestination(sink, reporter) };
  }
  const server = means.api ?? new ApiClient(connection, means.clock);
  const group = api === 'v1' ? '' : 'events.k8s.io';
  return {
    ...home,
    isServer: true,
    budget: processBudget(means.clock),
    destination: new EventWriter(server, { events: EVENT_APIS[api], group }, { ...means, reporter }),
  };
}

/** Reports when Events go nowhere although nobody asked for that, and although this looks like a pod. */
function reportNearlyPod(
  { serviceAccountDir }: EventRecorderOptions,
  env: NodeJS.ProcessEnv,
  report: Report,
): void {
  const set = ['KUBERNETES_SERVICE_HOST', 'KUBERNETES_SERVICE_PORT'].find((name) => env[name]);
  let sign: string | undefined;
  if (set !== undefined) sign = `${set} is set`;
  else if (serviceAccountDir !== undefined) sign = `serviceAccountDir is ${serviceAccountDir}`;
  else if (existsSync(join(SERVICE_ACCOUNT_DIR, 'token')))
    sign = `there is a token in ${SERVICE_ACCOUNT_DIR}`;
  if (sign === undefined) return;
  report('KEVT_NOT_IN_CLUSTER', `${sign}, but ${missingVariables(env)}, so Events go nowhere`, {
    fix: "Pass both on to this process (sudo, cron and env -i drop them), or set local: 'silent' if no Events are wanted",
  });
}

/** The name of the host is the name of the pod, except for pods in the network of their node. */
function reportUnknownPod({ name, namespace = 'default' }: PodIdentity, report: Report): void {
  const about = `Pod ${name} in namespace ${namespace}`;
  report(
    'KEVT_UNKNOWN_POD',
    `neither the environment nor the token names the pod. Events are about ${about}, because that is the name of this host. In the network of the node, it is the name of the node`,
  );
}

/** All recorders of a process that write to an API server share one budget, because it protects the API server. */
const budgets = new WeakMap<Clock, Budget>();

function processBudget(clock: Clock): Budget {
  const budget = budgets.get(clock) ?? new Budget(clock.uptime());
  budgets.set(clock, budget);
  return budget;
}

/** Outside a pod, this is a Pod with the name of the host, so that a developer sees Events too. */
function podOf({ name = hostname(), namespace, uid }: PodIdentity): ObjectReference {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    name,
    ...(namespace !== undefined && { namespace }),
    ...(uid !== undefined && { uid }),
  };
}
