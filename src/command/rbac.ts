import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import { isDnsLabel, isDnsSubdomain } from '../object/names.ts';
import { SERVICE_ACCOUNT_DIR_OPTION, serviceAccountDirOf } from './access.ts';
import { type Arguments, type CommandSpec, checkName, checkNamespace, optionOf, quote } from './arguments.ts';
import { NAME } from './help.ts';
import { type Io, UsageError } from './io.ts';

export const RBAC: CommandSpec = {
  name: 'rbac',
  usage: '--namespace N --service-account S [--workload] [--name NAME]',
  summary: 'print the Role and RoleBinding that a service account needs',
  notes: [
    'Apply it with: npx winston-kubernetes-events rbac --namespace shop --service-account web | kubectl apply -f -',
    'In a pod both names are known: the defaults are its own namespace and service account.',
  ],
  options: {
    namespace: {
      short: 'n',
      value: 'N',
      help: 'the namespace of the objects that Events are about, and of the service account',
    },
    'service-account': {
      value: 'S',
      help: 'who writes the Events; NAMESPACE:NAME for a service account of another namespace',
    },
    workload: { help: "allow what regarding: 'workload' looks up too: get on pods, replicasets and jobs" },
    name: { value: 'NAME', help: 'the name of Role and RoleBinding; default: S-events' },
    'service-account-dir': SERVICE_ACCOUNT_DIR_OPTION,
  },
};

/** Who is allowed to write. */
export type Subject =
  | { kind: 'ServiceAccount'; namespace: string; name: string }
  | { kind: 'User'; name: string };

/** What a Role and its RoleBinding are to allow. */
export interface Grant {
  /** The namespace of both, and of the objects that Events are about. */
  namespace: string;
  subject: Subject;
  /** Allow what `regarding: 'workload'` looks up too. */
  isForWorkload: boolean;
  /**
   * The name of both.
   * @default made from the subject, so that each has its own
   */
  name?: string | undefined;
}

/** Prints the manifests. */
export function rbac(args: Arguments, io: Io): number {
  const identity = detectPodIdentity({ env: io.env, serviceAccountDir: serviceAccountDirOf(args) });
  // Only the token of a pod names a service account. Without it, the namespace may come from anywhere.
  const isPod = identity.serviceAccountName !== undefined;
  const namespace = optionOf(args, 'namespace') ?? (isPod ? identity.namespace : undefined);
  if (namespace === undefined) throw new UsageError('which namespace? add --namespace N');
  checkNamespace('--namespace', namespace);
  const name = optionOf(args, 'name');
  if (name !== undefined) checkName('--name', 'Role', name);
  const isForWorkload = args.flags.has('workload');
  const subject = readServiceAccount(optionOf(args, 'service-account'), namespace) ?? subjectOf(identity);
  if (subject === undefined) throw new UsageError('which service account? add --service-account S');
  io.print(manifests({ namespace, subject, isForWorkload, name }));
  return 0;
}

/** The service account of this pod, where its token says so. */
export function subjectOf({
  serviceAccountName: name,
  namespace,
}: Pick<PodIdentity, 'serviceAccountName' | 'namespace'>): Subject | undefined {
  if (name === undefined || namespace === undefined) return undefined;
  return isDnsLabel(namespace) && isDnsSubdomain(name)
    ? { kind: 'ServiceAccount', namespace, name }
    : undefined;
}

function readServiceAccount(text: string | undefined, namespace: string): Subject | undefined {
  if (text === undefined) return undefined;
  const [name = '', own] = text.split(':', 2).reverse() as [string, string?];
  if (text.split(':').length > 2)
    throw new UsageError(`--service-account: expected NAME or NAMESPACE:NAME, got ${quote(text)}`);
  checkName('--service-account', 'service account', name);
  return {
    kind: 'ServiceAccount',
    namespace: own === undefined ? namespace : checkNamespace('--service-account', own),
    name,
  };
}

const WORKLOAD_RULES = `  # get, for regarding: 'workload': from the pod to the ReplicaSet or Job that owns it, and from there to its owner
  - apiGroups: [""]
    resources: ["pods"]
    verbs: ["get"]
  - apiGroups: ["apps"]
    resources: ["replicasets"]
    verbs: ["get"]
  - apiGroups: ["batch"]
    resources: ["jobs"]
    verbs: ["get"]
`;

/** A Role and a RoleBinding as YAML, ready for `kubectl apply -f -`. */
export function manifests({
  namespace,
  subject,
  isForWorkload,
  name = nameOf(subject, namespace),
}: Grant): string {
  const metadata = `metadata:
  name: ${scalar(name)}
  namespace: ${scalar(namespace)}
`;
  const isAccount = subject.kind === 'ServiceAccount';
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
${metadata}rules:
  - apiGroups: ["", "events.k8s.io"] # "" for api: 'v1', the default; events.k8s.io for api: 'events.k8s.io/v1'
    resources: ["events"]
    verbs: ["create", "patch"]
${isForWorkload ? WORKLOAD_RULES : ''}---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
${metadata}roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: ${scalar(name)}
subjects:
  - kind: ${subject.kind}
    name: ${scalar(subject.name)}
${isAccount ? `    namespace: ${scalar(subject.namespace)}` : '    apiGroup: rbac.authorization.k8s.io'}
`;
}

/** The command that applies these manifests, with a placeholder for what is not known. */
export function rbacCommand(grant: {
  namespace: string;
  subject: Subject | undefined;
  isForWorkload: boolean;
}): string {
  const { namespace, subject, isForWorkload } = grant;
  const isAccount = subject?.kind === 'ServiceAccount';
  const isOwn = isAccount && subject.namespace === namespace;
  const account = isAccount
    ? isOwn
      ? subject.name
      : `${subject.namespace}:${subject.name}`
    : 'NAMESPACE:NAME';
  const where = isDnsLabel(namespace) ? namespace : 'N';
  const flags = `--namespace ${where} --service-account ${account}${isForWorkload ? ' --workload' : ''}`;
  return `npx ${NAME} rbac ${flags} | kubectl apply -f -`;
}

/** Different for each subject: with one name for two, the second `kubectl apply` would replace the first. */
function nameOf(subject: Subject, namespace: string): string {
  const { name } = subject;
  if (subject.kind === 'User') return `${name.replace(/[^A-Za-z0-9@.:-]+/g, '-').slice(0, 200)}-events`;
  // No name of a service account has a colon, so no other subject gets this name.
  return subject.namespace === namespace ? `${name}-events` : `${subject.namespace}:${name}-events`;
}

/** Words that are not text in one version of YAML or another. */
const NOT_TEXT = /^(true|false|yes|no|on|off|y|n|null)$/i;

function scalar(text: string): string {
  return /^[a-z][a-z0-9.:-]*[a-z0-9]$|^[a-z]$/.test(text) && !NOT_TEXT.test(text)
    ? text
    : JSON.stringify(text);
}
