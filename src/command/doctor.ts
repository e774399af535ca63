import { type PodIdentity, variableOf } from '../cluster/identity.ts';
import { paintFor } from '../text/terminal.ts';
import {
  ACCESS_OPTIONS,
  type Access,
  identityOf,
  isPodKnown,
  mutedBy,
  serviceAccountDirOf,
} from './access.ts';
import {
  API_OPTION,
  type Arguments,
  apiOf,
  type CommandSpec,
  checkName,
  millisecondsOf,
} from './arguments.ts';
import { Way } from './check-access.ts';
import { DOWNWARD_FIX, Writing } from './check-writing.ts';
import { type Check, CheckList, type Finding, failed, toLines } from './checks.ts';
import { print } from './io.ts';
import { LOOKUP_OPTION, lookupsOf, WORKLOAD_LOOKUPS } from './lookups.ts';
import { addSettings } from './settings.ts';

export const DOCTOR: CommandSpec = {
  name: 'doctor',
  run: doctor,
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
    api: API_OPTION,
    json: { help: 'print the result as JSON' },
    timeout: { value: 'MS', help: 'how long to wait for each answer, in milliseconds; default: 5000' },
    ...ACCESS_OPTIONS,
  },
};

const DEFAULT_TIMEOUT_MS = 5_000;

/** Returns 0 if Events can be written. */
async function doctor(args: Arguments): Promise<number> {
  const list = new CheckList();
  await list.run('options', () => addSettings(args));
  const identity = identityOf(args);
  const checks = await examine(list, args, identity);
  const count = checks.filter(({ status }) => status === 'failed').length;
  const ok = count === 0;
  if (args.flags.has('json')) print(`${toJson({ ok, identity, checks })}\n`);
  else {
    const paint = paintFor(process.stdout, process.env);
    const verdict = ok
      ? 'Events can be written.'
      : `Events cannot be written: ${count} ${count === 1 ? 'check' : 'checks'} failed.`;
    print(`${checks.map((check) => toLines(check, paint)).join('')}\n${verdict}\n`);
  }
  return ok ? 0 : 1;
}

/** JSON that is safe for a terminal. Control characters and those that change the direction of text are escaped. */
function toJson(report: object): string {
  const escaped = (character: string) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(report, null, 2).replace(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u206f\ufff9-\ufffb]/g,
    escaped,
  );
}

async function examine(list: CheckList, args: Arguments, identity: PodIdentity): Promise<Check[]> {
  const named = (args.values.get('namespace') ?? []).map((name) =>
    checkName('--namespace', 'namespace', name),
  );
  const api = apiOf(args) ?? 'v1';
  const timeoutMs = millisecondsOf(args, 'timeout') ?? DEFAULT_TIMEOUT_MS;
  const lookups = lookupsOf(args);
  const way = new Way(serviceAccountDirOf(args), timeoutMs);
  await list.run('setting', () => checkSetting(args));
  await way.check(list, args);

  const access: Access | undefined = way.access;
  const isPod = isPodKnown(identity, access);
  const namespace = ownNamespace({
    // As with kubectl, --namespace replaces the namespace of the kubeconfig.
    '--namespace': isPod ? undefined : named[0],
    kubeconfig: await access?.client.namespace(timeoutMs).catch(() => undefined),
    [identity.sources.namespace ?? '']: identity.namespace,
  });
  const own = namespace.value;
  const isForWorkload = args.flags.has('workload') && isPod;
  // Without a pod there are no owners to look up, but the permissions are the same.
  if (args.flags.has('workload') && !isPod) lookups.unshift(...WORKLOAD_LOOKUPS);
  const writing = new Writing(way, { api, identity, own, lookups, isForWorkload });
  await checkIdentity(list, identity, namespace, way, () => writing.uid());

  const after = way.failed;
  const namespaces = [...new Set([own, ...named])];
  const denied = new Map<string, string | undefined>();
  for (const each of namespaces)
    denied.set(each, await list.run('permission', () => writing.permission(each), after, each));
  if (isForWorkload) await list.run('workload', () => writing.workload(), after, own);
  if (lookups.length > 0)
    for (const each of namespaces) await list.run('lookup', () => writing.lookup(each), after, each);
  for (const each of namespaces) await list.run('write', () => writing.write(each), denied.get(each), each);
  return list.checks;
}

async function checkIdentity(
  list: CheckList,
  identity: PodIdentity,
  own: Finding,
  way: Way,
  findUid: () => Promise<Finding>,
): Promise<void> {
  const { name, namespace, uid, nodeName, component, sources } = identity;
  const { podName, namespace: boundTo } = way.claims ?? {};
  const other = contradiction('POD_NAME', [name, sources.name], podName);
  await list.run('pod', () => other ?? checkPod(name, sources.name, way.isInPod));
  // A token that is bound to no pod may be of another namespace.
  const place = podName === undefined ? undefined : boundTo;
  await list.run(
    'namespace',
    () => contradiction('POD_NAMESPACE', [namespace, sources.namespace], place) ?? own,
  );
  if (uid !== undefined) await list.run('uid', () => ({ value: uid, source: sources.uid }));
  else if (way.isInPod)
    await list.run(
      'uid',
      async () => ({ ...(await findUid()), ...(other && { fix: undefined }) }),
      way.failed,
    );
  if (nodeName !== undefined) await list.run('node', () => ({ value: nodeName, source: sources.nodeName }));
  await list.run('component', () => ({ value: component, source: sources.component }));
}

/** A variable that does not say the same as the token, which is bound to the pod. */
function contradiction(
  variable: string,
  [value, source]: [string | undefined, string | undefined],
  bound: string | undefined,
): Finding | undefined {
  if (source !== 'environment' || bound === undefined || value === bound) return undefined;
  const name = variableOf(process.env, variable);
  return failed(`${name} says ${value}, the token says ${bound}`, `correct or remove ${name}`, { source });
}

function checkPod(name: string | undefined, source: string | undefined, isInPod: boolean): Finding {
  if (name === undefined) return { status: 'note', value: 'not known' };
  if (source !== 'host name') return { value: name, source };
  if (!isInPod) {
    const value = `this process is not in a pod; the name of this host is used: ${name}`;
    return { status: 'note', value, source };
  }
  const detail =
    'the token does not name the pod, so the host name is used; on the host network it is the name of the node';
  return { status: 'note', value: name, source, detail, fix: DOWNWARD_FIX };
}

/** The first namespace that is known, and its source. */
function ownNamespace(known: Record<string, string | undefined>): { value: string; source: string } {
  const [source, value] = Object.entries(known).find(([, name]) => name !== undefined) ?? [];
  return { value: value ?? 'default', source: source ?? 'the default' };
}

function checkSetting(args: Arguments): Finding | undefined {
  const muted = mutedBy(args);
  if (muted === undefined) return undefined;
  const what = `KUBERNETES_EVENTS=${muted}: the library writes no Events to an API server`;
  return failed(what, 'unset KUBERNETES_EVENTS, or set it to cluster', { source: 'environment' });
}
