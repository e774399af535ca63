import { systemClock } from '../clock.ts';
import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import { KubernetesEventsError } from '../diagnostics.ts';
import { ACCESS_OPTIONS, type Access, mutedBy, openAccess, serviceAccountDirOf } from './access.ts';
import { type Arguments, type CommandSpec, checkNamespace, choiceOf, millisecondsOf } from './arguments.ts';
import { type Asking, checkCredentials, checkServer, checkToken, checkUser } from './check-access.ts';
import { checkIdentity } from './check-identity.ts';
import { checkLookup, checkPermission, checkWrite, type Writing } from './check-writing.ts';
import { type Check, CheckList, toLines } from './checks.ts';
import { CommandError, type Io } from './io.ts';
import { type Subject, subjectOf } from './rbac.ts';

export const DOCTOR: CommandSpec = {
  name: 'doctor',
  usage: '[--namespace N] [--workload] [--json] [OPTION…]',
  summary: 'say whether Events can be written from here, and what to change when not',
  notes: [
    'One line for each check: ✓ is well, ✗ is to be changed, • is a note or was not checked. Nothing is written: the last check is a dry run.',
    'In a pod: kubectl exec deploy/web -- npx winston-kubernetes-events doctor. With a kubeconfig it checks what the user of the kubeconfig may, not what a pod may.',
    'Exit status: 0 when Events can be written, 1 when not.',
  ],
  options: {
    namespace: {
      short: 'n',
      value: 'N',
      isMultiple: true,
      help: 'a namespace to write to beside the own one: that of the objects that Events are about',
    },
    workload: { help: "demand what regarding: 'workload' looks up too" },
    api: { value: 'API', help: 'v1 (default) or events.k8s.io/v1' },
    json: { help: 'print the same as data' },
    timeout: { value: 'MS', help: 'how long to wait for each answer, in milliseconds; default: 5000' },
    ...ACCESS_OPTIONS,
  },
};

/** What `--json` prints. */
export interface DoctorReport {
  /** Events can be written. */
  ok: boolean;
  /** As `detectPodIdentity()` has it. */
  identity: PodIdentity;
  checks: Check[];
}

const DEFAULT_TIMEOUT_MS = 5_000;

/** Prints what works and what does not; 0 when Events can be written. */
export async function doctor(args: Arguments, io: Io): Promise<number> {
  const isJson = args.flags.has('json');
  const report = await examine(args, io.env);
  const { ok, checks } = report;
  if (isJson) io.print(`${toJson(report)}\n`);
  else {
    const count = checks.filter(({ status }) => status === 'failed').length;
    const verdict = ok
      ? 'Events can be written.'
      : `Events cannot be written: ${count} ${count === 1 ? 'check' : 'checks'} failed.`;
    io.print(`${checks.map((check) => toLines(check, io.paint)).join('')}\n${verdict}\n`);
  }
  return ok ? 0 : 1;
}

/** JSON that a terminal shows as it is: what could turn the direction of text is escaped. */
function toJson(report: DoctorReport): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(report, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/g,
    escaped,
  );
}

/** The checks, in the order in which things go wrong. */
async function examine(args: Arguments, env: NodeJS.ProcessEnv): Promise<DoctorReport> {
  const named = (args.values.get('namespace') ?? []).map((name) => checkNamespace('--namespace', name));
  const api = choiceOf(args, 'api', ['v1', 'events.k8s.io/v1'] as const) ?? 'v1';
  const timeoutMs = millisecondsOf(args, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  const directory = serviceAccountDirOf(args);
  const identity = detectPodIdentity({ env, serviceAccountDir: directory });
  const list = new CheckList();

  const access = await checkCluster(list, args, env);
  const credentials = access && (await checkCredentials(list, access, directory));
  if (access === undefined) list.skip('credentials');
  const asking: Asking | undefined = access && { list, access, timeoutMs };
  let user: { name: string | undefined } | undefined;
  if (asking === undefined || credentials === undefined) {
    for (const name of ['token', 'server', 'certificate', 'user'] as const) list.skip(name);
  } else {
    const claims = checkToken(list, credentials, asking.access, systemClock.now());
    if (await checkServer(asking, credentials)) user = await checkUser(asking, claims);
    else list.skip('user');
  }
  const context = credentials && (await access?.client.namespace(timeoutMs).catch(() => undefined));
  const own = checkIdentity(list, identity, access, context);

  const required = [own, ...new Set(named.filter((name) => name !== own))] as const;
  if (asking === undefined || user === undefined) skipWriting(list, required);
  else {
    const subject = bindTo(user.name, identity);
    await checkNamespaces({ ...asking, api, subject }, required, identity, args.flags.has('workload'));
  }
  return { ok: list.isOk, identity, checks: list.checks };
}

function skipWriting(list: CheckList, namespaces: readonly string[]): void {
  for (const namespace of namespaces) list.skip('permission', namespace);
  list.skip('lookup', namespaces[0]);
  for (const namespace of namespaces) list.skip('write', namespace);
}

/** @param namespaces those to write to, the pod's own one first */
async function checkNamespaces(
  means: Omit<Writing, 'isForWorkload'>,
  namespaces: readonly [string, ...string[]],
  identity: PodIdentity,
  isForWorkload: boolean,
): Promise<void> {
  const { list } = means;
  const [own] = namespaces;
  // The owners of the pod are looked up where the pod is.
  const writingTo = (namespace: string): Writing => ({
    ...means,
    isForWorkload: isForWorkload && namespace === own,
  });
  for (const namespace of namespaces) await checkPermission(writingTo(namespace), namespace, true);
  if (!namespaces.includes('default')) await checkPermission(writingTo('default'), 'default', false);
  await checkLookup(writingTo(own), own);
  for (const namespace of namespaces) {
    if (list.hasFailed('permission', namespace)) list.skip('write', namespace);
    else await checkWrite(writingTo(namespace), namespace, identity);
  }
}

async function checkCluster(
  list: CheckList,
  args: Arguments,
  env: NodeJS.ProcessEnv,
): Promise<Access | undefined> {
  try {
    const muted = mutedBy(args, env);
    if (muted !== undefined) {
      list.add(
        'setting',
        'failed',
        `KUBERNETES_EVENTS=${muted}: the library writes no Events to an API server`,
        {
          source: 'environment',
          fix: 'unset KUBERNETES_EVENTS, or set it to cluster',
        },
      );
    }
    const access = await openAccess(args, env);
    list.add('cluster', 'ok', access.value, { source: access.source });
    return access;
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof KubernetesEventsError)) throw error;
    list.add('cluster', 'failed', error.what, error);
    return undefined;
  }
}

/** Whom a Role is to be bound to. */
function bindTo(user: string | undefined, identity: PodIdentity): Subject | undefined {
  if (user === undefined) return subjectOf(identity);
  const [, namespace, serviceAccountName] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user) ?? [];
  if (namespace === undefined || serviceAccountName === undefined) return { kind: 'User', name: user };
  return subjectOf({ namespace, serviceAccountName });
}
