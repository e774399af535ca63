import type { PodIdentity } from '../cluster/identity.ts';
import { ACCESS_OPTIONS, identityOf, isPodKnown, mutedBy, serviceAccountDirOf } from './access.ts';
import { type Arguments, type CommandSpec, checkNamespace, choiceOf, millisecondsOf } from './arguments.ts';
import { accessChecks, Way } from './check-access.ts';
import { identityChecks } from './check-identity.ts';
import { Writing } from './check-writing.ts';
import { type Check, CheckList, toLines } from './checks.ts';
import { CommandError, type Io } from './io.ts';
import { LOOKUP_OPTION, lookupsOf, WORKLOAD_LOOKUPS } from './lookups.ts';

export const DOCTOR: CommandSpec = {
  name: 'doctor',
  usage: '[--namespace N] [--workload] [--lookup TYPES] [--json] [OPTION…]',
  summary: 'check whether Events can be written, and say what to change if not',
  notes: [
    'There is one line for each check: ✓ means passed, ✗ means that something must be changed, • is a note or was not checked. Nothing is written, because the last check is a dry run.',
    'In a pod: kubectl exec deploy/web -- npx winston-kubernetes-events doctor. With a kubeconfig, doctor checks the permissions of the user of the kubeconfig, not those of a pod.',
    'Exit status: 0 when Events can be written with these options, 1 when they cannot. So doctor can be a step of a pipeline.',
  ],
  options: {
    namespace: {
      short: 'n',
      value: 'N',
      isMultiple: true,
      help: 'a namespace to write to: the namespace of the objects that Events are about. In a pod it is checked in addition to the namespace of the pod. Elsewhere it replaces the namespace of the kubeconfig',
    },
    workload: { help: "require the permissions that regarding: 'workload' needs, and show the workload" },
    lookup: LOOKUP_OPTION,
    api: { value: 'API', help: 'v1 (default) or events.k8s.io/v1' },
    json: { help: 'print the result as JSON' },
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

/** Prints what works and what does not. Returns 0 when Events can be written. */
export async function doctor(args: Arguments, io: Io): Promise<number> {
  const report = await examine(args, io.env);
  const { ok, checks } = report;
  if (args.flags.has('json')) io.print(`${toJson(report)}\n`);
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

async function examine(args: Arguments, env: NodeJS.ProcessEnv): Promise<DoctorReport> {
  const named = (args.values.get('namespace') ?? []).map((name) => checkNamespace('--namespace', name));
  const api = choiceOf(args, 'api', ['v1', 'events.k8s.io/v1'] as const) ?? 'v1';
  const timeoutMs = millisecondsOf(args, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  const lookups = lookupsOf(args);
  const identity = identityOf(args, env);
  const way = new Way(args, env, timeoutMs);
  const list = new CheckList();
  await list.run({ setting: () => checkSetting(args, env), ...accessChecks(way, serviceAccountDirOf(args)) });

  const access = await way.access().catch(() => undefined);
  const isPod = isPodKnown(identity, access);
  const namespace = ownNamespace({
    // As with kubectl, one that is named takes the place of that of the kubeconfig.
    '--namespace': isPod ? undefined : named[0],
    kubeconfig: await access?.client.namespace(timeoutMs).catch(() => undefined),
    [identity.sources.namespace ?? '']: identity.namespace,
  });
  const { value: own } = namespace;
  const isForWorkload = args.flags.has('workload') && isPod;
  // Without a pod there are no owners to climb to, but the same rights.
  if (args.flags.has('workload') && !isPod) lookups.unshift(...WORKLOAD_LOOKUPS);
  const writing = new Writing(way, { api, identity, own, lookups, isForWorkload });
  await list.run(identityChecks(identity, namespace, access, () => writing.uid()));

  const namespaces = new Set([own, ...named]);
  for (const each of namespaces) await list.run({ permission: () => writing.permission(each) }, each);
  if (isForWorkload) await list.run({ workload: () => writing.workload() }, own);
  if (lookups.length > 0)
    for (const each of namespaces) await list.run({ lookup: () => writing.lookup(each) }, each);
  for (const each of namespaces) await list.run({ write: () => writing.write(each) }, each);
  return { ok: list.checks.every(({ status }) => status !== 'failed'), identity, checks: list.checks };
}

/** The first that is known, and its source. */
function ownNamespace(known: Record<string, string | undefined>): { value: string; source: string } {
  const [source, value] = Object.entries(known).find(([, name]) => name !== undefined) ?? [];
  return { value: value ?? 'default', source: source ?? 'the default' };
}

function checkSetting(args: Arguments, env: NodeJS.ProcessEnv): undefined {
  const muted = mutedBy(args, env);
  if (muted === undefined) return;
  const what = `KUBERNETES_EVENTS=${muted}: the library writes no Events to an API server`;
  throw new CommandError(what, 'unset KUBERNETES_EVENTS, or set it to cluster', { source: 'environment' });
}
