import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Clock, systemClock } from '../clock.ts';
import { ApiClient } from '../cluster/client.ts';
import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import { KubeConfigConnection, type KubeConfigLike, loadKubeConfig } from '../cluster/kube-config.ts';
import { InClusterConnection, missingVariables, SERVICE_ACCOUNT_DIR } from '../cluster/service-account.ts';
import { chooseDestination } from '../recorder/destination-choice.ts';
import { type Arguments, type OptionSpec, optionOf } from './arguments.ts';
import { CommandError } from './io.ts';

/** The API server to use, and how to reach it. It is the one that the library would use, unless an option names another. */
export interface Access {
  kind: 'cluster' | 'kubeconfig';
  client: ApiClient;
  kubeConfig?: KubeConfigLike;
  server: string;
  /** What `doctor` shows. */
  value: string;
  /** The option, variable or file that names the API server. */
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

/** The variables that describe the pod. Outside a pod there are none, whatever is set in the shell. */
export function podEnvironment(): NodeJS.ProcessEnv {
  return process.env['KUBERNETES_SERVICE_HOST'] ? process.env : {};
}

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

/** The value of `KUBERNETES_EVENTS`, if the library writes to no API server because of it, and no option names one. */
export function mutedBy(args: Arguments): string | undefined {
  const choice = chooseDestination(OUTSIDE, process.env);
  const isMuted = !isKubeConfigNamed(args) && (choice === 'silent' || choice === 'console');
  return isMuted ? process.env['KUBERNETES_EVENTS']?.slice(0, 60) : undefined;
}

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
  if (source === '~/.kube/config' && !existsSync(path)) throw noKubeConfig(args);
  if (file !== undefined && !existsSync(file)) {
    throw new CommandError(`--kubeconfig: there is no file ${file}`, 'name the kubeconfig of your cluster');
  }
  const kubeConfig = await loadKubeConfig({ file, context: optionOf(args, 'context') });
  const server = kubeConfig.getCurrentCluster()?.server;
  const context = kubeConfig.getCurrentContext?.() ?? '';
  if (server === undefined) {
    throw new CommandError(
      `the kubeconfig ${path} has no cluster for its current context ${JSON.stringify(context)}`,
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

/** The error names what leads to the kubeconfig, because that may be the mistake. */
function noKubeConfig(args: Arguments): CommandError {
  const fix = 'add --kubeconfig FILE or set KUBECONFIG';
  if (isKubeConfigNamed(args))
    return new CommandError('--context needs a kubeconfig, and there is none', fix);
  if (chooseDestination({}, process.env) === 'kubeconfig') {
    const what = 'KUBERNETES_EVENTS=kubeconfig, and there is no kubeconfig';
    return new CommandError(what, `${fix}, or unset KUBERNETES_EVENTS`);
  }
  return new CommandError(
    `this process is not in a pod (${missingVariables(process.env)}), and there is no kubeconfig`,
    `in a pod, pass both variables on to this process (sudo, cron and env -i drop them); elsewhere ${fix}`,
  );
}

/** Its timers keep the process alive, because the command waits for the answers. */
export const WAITING_CLOCK: Clock = {
  ...systemClock,
  setTimer: (callback, delayMs) => systemClock.setTimer(callback, delayMs, true),
};

/** Whether it is known which pod this is. With a kubeconfig there may be none. */
export function isPodKnown({ sources }: PodIdentity, access: Access | undefined): boolean {
  return access?.kind === 'cluster' || (sources.name !== undefined && sources.name !== 'host name');
}

function isKubeConfigNamed(args: Arguments): boolean {
  return args.values.has('kubeconfig') || args.values.has('context');
}
