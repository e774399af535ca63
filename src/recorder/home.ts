import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { Connection } from '../cluster/client.ts';
import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import { InClusterConnection, missingVariables, SERVICE_ACCOUNT_DIR } from '../cluster/service-account.ts';
import type { Reporter } from '../delivery/recorded-event.ts';
import type { KubernetesEventsError, Report } from '../diagnostics.ts';
import type { ObjectReference } from '../object/reference.ts';
import { chooseDestination, type DestinationChoice } from './destination-choice.ts';
import type { EventRecorderOptions } from './options.ts';

/** Where the Events of a recorder go, and what is known about the process that they come from. */
export interface Home {
  choice: DestinationChoice;
  /** The API server of the cluster that this process is in, if that is the choice. */
  connection: Connection | undefined;
  /** The pod of this process. Outside a pod, an object that stands for it. */
  pod: ObjectReference;
  ownNamespace: string;
  reporter: Reporter;
}

/** Finds the destination that the options and the environment choose; undefined: Events go nowhere. */
export function findHome(
  options: EventRecorderOptions,
  env: NodeJS.ProcessEnv,
  report: Report,
): Home | undefined {
  const choice = chooseDestination(options, env, (detail) => report('KEVT_SETTING', detail));
  if (choice === undefined) reportNearlyPod(options, env, report);
  if (choice === undefined || choice === 'silent') return undefined;
  const { component, labels, serviceAccountDir = SERVICE_ACCOUNT_DIR } = options;
  let connection: Connection | undefined;
  try {
    if (choice === 'cluster') connection = new InClusterConnection(env, serviceAccountDir);
  } catch (error) {
    // The programmer of the application cannot fix the environment. So the operator is told, and the application goes on.
    const { code, message } = error as KubernetesEventsError;
    report(code, message, { cause: error });
    return undefined;
  }
  let isTold = choice !== 'cluster';
  const identity = detectPodIdentity({
    env,
    serviceAccountDir,
    ...(component !== undefined && { known: { component } }),
    onProblem(code, detail) {
      if (choice === 'cluster') report(code, detail);
      isTold = true;
    },
  });
  if (!isTold && identity.sources.name === 'host name') reportUnknownPod(identity, report);
  return {
    choice,
    connection,
    pod: podOf(identity),
    ownNamespace: identity.namespace ?? 'default',
    reporter: {
      component: identity.component,
      instance: identity.name ?? hostname(),
      host: identity.nodeName,
      labels,
      api: options.api ?? 'v1',
    },
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
