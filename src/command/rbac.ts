import type { PodIdentity } from '../cluster/identity.ts';
import { isDnsLabel, isDnsSubdomain } from '../object/names.ts';
import { identityOf, SERVICE_ACCOUNT_DIR_OPTION } from './access.ts';
import { type Arguments, type CommandSpec, checkName, optionOf } from './arguments.ts';
import { NAME, print, quote, UsageError } from './io.ts';
import { distinct, LOOKUP_OPTION, type Lookup, lookupsOf, typeOf, WORKLOAD_LOOKUPS } from './lookups.ts';

export const RBAC: CommandSpec = {
  name: 'rbac',
  run: rbac,
  usage: '--namespace N --service-account S [--workload] [--lookup TYPES] [--cluster] [--name NAME]',
  summary: 'print the Role and RoleBinding that a service account needs',
  notes: [
    'Apply the manifests with: npx winston-kubernetes-events rbac --namespace shop --service-account web | kubectl apply -f -',
    'In a pod, the defaults are the namespace and the service account of the pod.',
  ],
  options: {
    namespace: {
      short: 'n',
      value: 'N',
      help: 'the namespace of the objects that Events are about, and of the service account',
    },
    'service-account': {
      value: 'S',
      help: 'the service account that writes the Events; NAMESPACE:NAME if it is in another namespace',
    },
    workload: { help: "also allow get on pods, replicasets and jobs, which regarding: 'workload' needs" },
    lookup: LOOKUP_OPTION,
    cluster: {
      help: 'print a ClusterRole and a ClusterRoleBinding, for objects of all namespaces and for cluster-scoped objects; N is the namespace of the service account',
    },
    name: { value: 'NAME', help: 'the name of both manifests; default: S-events, with --cluster N:S-events' },
    'service-account-dir': SERVICE_ACCOUNT_DIR_OPTION,
  },
};

export type Subject =
  | { kind: 'ServiceAccount'; namespace: string; name: string }
  | { kind: 'User'; name: string };

export interface Grant {
  /** The namespace of the Role; undefined for a ClusterRole. */
  namespace: string | undefined;
  subject: Subject;
  lookups: readonly Lookup[];
  /** The name of both manifests. @default made from the subject */
  name?: string | undefined;
}

async function rbac(args: Arguments): Promise<undefined> {
  const identity = identityOf(args);
  // Only the token of a pod names a service account. Without it, the namespace is not reliable.
  const isPod = identity.serviceAccountName !== undefined;
  const isForCluster = args.flags.has('cluster');
  const given = optionOf(args, 'service-account');
  const named = given === undefined ? undefined : readServiceAccount(given);
  const namespace =
    optionOf(args, 'namespace') ??
    (isPod ? identity.namespace : undefined) ??
    (isForCluster ? named?.namespace : undefined);
  if (namespace === undefined && named === undefined)
    throw new UsageError(
      'which namespace and which service account? add --namespace N and --service-account S',
    );
  if (namespace === undefined) throw new UsageError('which namespace? add --namespace N');
  checkName('--namespace', 'namespace', namespace);
  const name = optionOf(args, 'name');
  if (name !== undefined) checkName('--name', 'Role', name);
  const lookups = lookupsOf(args);
  const ofCluster = lookups.find(({ isOfCluster }) => isOfCluster);
  if (ofCluster !== undefined && !isForCluster) {
    throw new UsageError(
      `--lookup: ${ofCluster.resource} are in no namespace, so a Role cannot allow get on them; add --cluster`,
    );
  }
  if (args.flags.has('workload')) lookups.unshift(...WORKLOAD_LOOKUPS);
  const subject: Subject | undefined = named
    ? { kind: 'ServiceAccount', namespace, ...named }
    : subjectOf(identity);
  if (subject === undefined) throw new UsageError('which service account? add --service-account S');
  print(manifests({ namespace: isForCluster ? undefined : namespace, subject, lookups, name }));
}

/** The service account, if it is known and valid. */
export function subjectOf({
  serviceAccountName: name,
  namespace,
}: Pick<PodIdentity, 'serviceAccountName' | 'namespace'>): Subject | undefined {
  if (name === undefined || namespace === undefined) return undefined;
  return isDnsLabel(namespace) && isDnsSubdomain(name)
    ? { kind: 'ServiceAccount', namespace, name }
    : undefined;
}

function readServiceAccount(text: string): { name: string; namespace?: string } {
  const [name = '', namespace, ...more] = text.split(':').reverse();
  if (more.length > 0)
    throw new UsageError(`--service-account: expected NAME or NAMESPACE:NAME, got ${quote(text)}`);
  checkName('--service-account', 'service account', name);
  return namespace === undefined
    ? { name }
    : { name, namespace: checkName('--service-account', 'namespace', namespace) };
}

/** A Role and a RoleBinding as YAML, or the same for the cluster. */
export function manifests({ namespace, subject, lookups, name = nameOf(subject, namespace) }: Grant): string {
  const kind = namespace === undefined ? 'ClusterRole' : 'Role';
  const metadata = `metadata:
  name: ${scalar(name)}
${namespace === undefined ? '' : `  namespace: ${scalar(namespace)}\n`}`;
  const isAccount = subject.kind === 'ServiceAccount';
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}
${metadata}rules:
  - apiGroups: ["", "events.k8s.io"] # "" for api: 'v1', the default; events.k8s.io for api: 'events.k8s.io/v1'
    resources: ["events"]
    verbs: ["create", "patch"]
${lookupRules(lookups)}---
apiVersion: rbac.authorization.k8s.io/v1
kind: ${kind}Binding
${metadata}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ${kind}
  name: ${scalar(name)}
subjects:
  - kind: ${subject.kind}
    name: ${scalar(subject.name)}
${isAccount ? `    namespace: ${scalar(subject.namespace)}` : '    apiGroup: rbac.authorization.k8s.io'}
`;
}

function lookupRules(lookups: readonly Lookup[]): string {
  if (lookups.length === 0) return '';
  const byGroup = new Map<string, string[]>();
  for (const { group, resource } of distinct(lookups))
    byGroup.set(group, [...(byGroup.get(group) ?? []), resource]);
  const rules = [...byGroup].map(([group, resources]) => ruleOf(group, resources));
  return `  # get: an object is looked up by its name, for its uid and its owner\n${rules.join('')}`;
}

function ruleOf(group: string, resources: readonly string[]): string {
  return `  - apiGroups: [${JSON.stringify(group)}]
    resources: [${resources.map((resource) => JSON.stringify(resource)).join(', ')}]
    verbs: ["get"]
`;
}

/** The command that applies the manifests, with placeholders for what is not known. */
export function rbacCommand(
  namespace: string,
  subject: Subject | undefined,
  lookups: readonly Lookup[] = [],
): string {
  const account = subject?.kind === 'ServiceAccount' ? subject : undefined;
  const isForCluster = lookups.some(({ isOfCluster }) => isOfCluster);
  const isOwn = account?.namespace === namespace && !isForCluster;
  const flags = [
    isForCluster ? '' : ` --namespace ${isDnsLabel(namespace) ? namespace : 'N'}`,
    ` --service-account ${isOwn ? '' : `${account?.namespace ?? 'NAMESPACE'}:`}${account?.name ?? 'NAME'}`,
    lookups.length === 0 ? '' : ` --lookup ${distinct(lookups).map(typeOf).join(',')}`,
    isForCluster ? ' --cluster' : '',
  ];
  return `npx ${NAME} rbac${flags.join('')} | kubectl apply -f -`;
}

/** Each subject has a name of its own. Otherwise the second `kubectl apply` would replace the Role of the first. */
function nameOf(subject: Subject, namespace: string | undefined): string {
  const { name } = subject;
  if (subject.kind === 'User') return `${name.replace(/[^A-Za-z0-9@.:-]+/g, '-').slice(0, 200)}-events`;
  // The name of a service account has no colon, so no other subject gets this name.
  return subject.namespace === namespace ? `${name}-events` : `${subject.namespace}:${name}-events`;
}

/** Words that are not text in some version of YAML. */
const NOT_TEXT = /^(true|false|yes|no|on|off|y|n|null)$/i;

function scalar(text: string): string {
  return /^[a-z][a-z0-9.:-]*[a-z0-9]$|^[a-z]$/.test(text) && !NOT_TEXT.test(text)
    ? text
    : JSON.stringify(text);
}
