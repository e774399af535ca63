import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { ApiClient } from '../cluster/client.ts';
import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import { KubeConfigConnection, type KubeConfigLike, loadKubeConfig } from '../cluster/kube-config.ts';
import { InClusterConnection, SERVICE_ACCOUNT_DIR } from '../cluster/service-account.ts';
import { chooseDestination } from '../recorder/destination-choice.ts';
import { type Arguments, type OptionSpec, optionOf } from './arguments.ts';
import { CommandError } from './io.ts';

/** The way to the API server: the one that the library would take, unless the command line says otherwise. */
export interface Access {
  kind: 'cluster' | 'kubeconfig';
  client: ApiClient;
  kubeConfig?: KubeConfigLike;
  /** The URL of the API server. */
  server: string;
  /** The same in words, for `doctor`. */
  value: string;
  /** The option, variable or file that names this API server. */
  source: string;
}

export const SERVICE_ACCOUNT_DIR_OPTION: OptionSpec = {
  value: 'DIR',
  help: `the folder where token, ca.crt and namespace are mounted; default: ${SERVICE_ACCOUNT_DIR}`,
};

/** The options of the commands that talk to an API server. */
export const ACCESS_OPTIONS: Record<string, OptionSpec> = {
  kubeconfig: {
    value: 'FILE',
    help: 'use the cluster of this kubeconfig, which needs @kubernetes/client-node. Outside a pod the default is KUBECONFIG or ~/.kube/config',
  },
  context: { value: 'NAME', help: 'the context of the kubeconfig; default: its current context' },
  'service-account-dir': SERVICE_ACCOUNT_DIR_OPTION,
};

const OUTSIDE = { local: 'kubeconfig' } as const;

/** What the environment says of a pod: outside of one, the variables of a shell say nothing. */
export function podEnvironment(): NodeJS.ProcessEnv {
  return process.env['KUBERNETES_SERVICE_HOST'] ? process.env : {};
}

/** Who this process is. */
export function identityOf(args: Arguments): PodIdentity {
  const component = optionOf(args, 'component');
  return detectPodIdentity({
    env: podEnvironment(),
    serviceAccountDir: serviceAccountDirOf(args),
    known: { ...(component !== undefined && { component }) },
  });
}

export function serviceAccountDirOf(args: Arguments): string {
  return optionOf(args, 'service-account-dir') ?? SERVICE_ACCOUNT_DIR;
}

/** The value of `KUBERNETES_EVENTS`, if it keeps the library from writing to an API server and no option names one. */
export function mutedBy(args: Arguments): string | undefined {
  const choice = chooseDestination(OUTSIDE, process.env);
  const isMuted = !isKubeConfigNamed(args) && (choice === 'silent' || choice === 'console');
  return isMuted ? process.env['KUBERNETES_EVENTS']?.slice(0, 60) : undefined;
}

/** @throws CommandError or KubernetesEventsError that says what is missing */
export async function openAccess(args: Arguments): Promise<Access> {
  const { env } = process;
  const setting = mutedBy(args) === undefined ? env['KUBERNETES_EVENTS'] : undefined;
  const choice = chooseDestination(OUTSIDE, { ...env, KUBERNETES_EVENTS: setting });
  if (choice === 'kubeconfig' || isKubeConfigNamed(args)) return openKubeConfig(args);
  const connection = new InClusterConnection(env, serviceAccountDirOf(args));
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port } = env;
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  return {
    kind: 'cluster',
    client: new ApiClient(connection, WAITING_CLOCK),
    server,
    value: `the cluster of this pod, ${server}`,
    source: 'KUBERNETES_SERVICE_HOST',
  };
}

async function openKubeConfig(args: Arguments): Promise<Access> {
  const { HOME = homedir(), KUBECONFIG } = process.env;
  const file = optionOf(args, 'kubeconfig');
  const path = file ?? (KUBECONFIG || join(HOME, '.kube', 'config'));
  const source = file !== undefined ? '--kubeconfig' : KUBECONFIG ? 'KUBECONFIG' : '~/.kube/config';
  if (source === '~/.kube/config' && !existsSync(path)) {
    throw new CommandError(
      'this process is not in a pod (KUBERNETES_SERVICE_HOST is not set), and there is no kubeconfig',
      'run it in a pod, or add --kubeconfig FILE or set KUBECONFIG',
    );
  }
  if (file !== undefined && !existsSync(file)) {
    throw new CommandError(`--kubeconfig: there is no file ${file}`, 'name the kubeconfig of your cluster');
  }
  const kubeConfig = await loadKubeConfig({ file, context: optionOf(args, 'context') });
  const server = kubeConfig.getCurrentCluster()?.server;
  const context = kubeConfig.getCurrentContext?.() ?? '';
  if (server === undefined) {
    throw new CommandError(
      `the kubeconfig (${source}) has no cluster for its current context ${JSON.stringify(context)}`,
      'choose one with --context NAME, or with kubectl config use-context',
    );
  }
  return {
    kind: 'kubeconfig',
    client: new ApiClient(new KubeConfigConnection(kubeConfig), WAITING_CLOCK),
    kubeConfig,
    server,
    value: `kubeconfig ${path}, context ${context}, ${server}`,
    source,
  };
}

/** Timers that keep the process alive: a command has nothing else to do than to wait for an answer. */
export const WAITING_CLOCK: Clock = {
  ...systemClock,
  setTimer: (callback, delayMs) => systemClock.setTimer(callback, delayMs, true),
};

/** Whether it is known which pod this is: with a kubeconfig it may be none. */
export function isPodKnown({ sources }: PodIdentity, access: Access | undefined): boolean {
  return access?.kind === 'cluster' || (sources.name !== undefined && sources.name !== 'host name');
}

function isKubeConfigNamed(args: Arguments): boolean {
  return args.values.has('kubeconfig') || args.values.has('context');
}
