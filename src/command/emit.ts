import type { ApiClient } from '../cluster/client.ts';
import type { WrittenEvent } from '../cluster/event-writer.ts';
import { detectPodIdentity, type PodIdentity } from '../cluster/identity.ts';
import type { DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import { isClusterScoped } from '../object/kinds.ts';
import { isMetadataKey } from '../object/names.ts';
import type { ObjectReference } from '../object/reference.ts';
import { EventRecorder } from '../recorder/event-recorder.ts';
import { isReason, toReason } from '../text/reason.ts';
import { ACCESS_OPTIONS, type Access, mutedBy, openAccess, serviceAccountDirOf } from './access.ts';
import {
  type Arguments,
  type CommandSpec,
  checkNamespace,
  choiceOf,
  millisecondsOf,
  optionOf,
  quote,
} from './arguments.ts';
import { NAME } from './help.ts';
import { CommandError, type Io, UsageError } from './io.ts';
import { readObject } from './object.ts';
import { rbacCommand, type Subject, subjectOf } from './rbac.ts';

export const EMIT: CommandSpec = {
  name: 'emit',
  usage: '--regarding TYPE/NAME --reason R [--type Warning|Normal] [OPTION…] MESSAGE',
  summary: 'write one Event and print its name',
  positional: 'MESSAGE',
  notes: [
    'MESSAGE is read from standard input when it is - or left out. At most 1024 bytes of it are kept, and credentials in it are masked.',
    'The same problem again is the same Event with a higher count, from whichever process: messages that differ only in ids, times and long numbers are the same problem.',
    'For shell scripts: ./backup.sh || npx winston-kubernetes-events emit --regarding cronjob/backup --reason BackupFailed "backup failed with status $?"',
  ],
  options: {
    regarding: {
      value: 'TYPE/NAME',
      help: 'the object: deployment/web, deploy/web, rollout.argoproj.io/web; default in a pod: that pod',
    },
    namespace: {
      short: 'n',
      value: 'N',
      help: 'the namespace of the object; default: that of the pod or of the kubeconfig',
    },
    reason: { value: 'R', help: 'why, in one UpperCamelCase word, such as BackupFailed' },
    type: { value: 'TYPE', help: 'Warning (default) or Normal' },
    action: { value: 'A', help: 'what was done or tried, in one UpperCamelCase word; default: Logged' },
    related: { value: 'TYPE/NAME', help: 'a second object' },
    component: {
      value: 'C',
      help: 'what reports: shown as From by kubectl; default: from the identity of the pod',
    },
    'event-key': {
      value: 'K',
      help: 'Events with the same key are the same problem, whatever their messages say',
    },
    annotation: { value: 'KEY=VALUE', isMultiple: true, help: 'an annotation of the Event' },
    api: { value: 'API', help: 'v1 (default) or events.k8s.io/v1' },
    'flush-timeout': { value: 'MS', help: 'how long to try, in milliseconds; default: 5000' },
    json: { help: 'print name, namespace and count as JSON' },
    ...ACCESS_OPTIONS,
  },
};

const DOCTOR_SAYS = `npx ${NAME} doctor says what is wrong`;

/**
 * Writes one Event with the recorder of the library, and prints its name.
 * @throws CommandError when it is not delivered
 */
export async function emit(args: Arguments, io: Io): Promise<number> {
  const fields = readFields(args);
  const options = readOptions(args);
  const { env } = io;
  const muted = mutedBy(args, env);
  if (muted !== undefined) {
    throw new CommandError(
      `KUBERNETES_EVENTS=${muted} keeps Events from the API server: unset it, or set it to cluster or kubeconfig`,
    );
  }
  const message = await readMessage(args, io);
  const access = await openAccess(args, env);
  const identity = detectPodIdentity({ env, serviceAccountDir: serviceAccountDirOf(args) });
  const regarding = await readRegarding(args, access, identity);
  const related = await readRelated(args, access.client);
  let written: WrittenEvent | undefined;
  const recorder = new EventRecorder(
    {
      ...options,
      ...(access.kubeConfig !== undefined && { kubeConfig: access.kubeConfig }),
      serviceAccountDir: serviceAccountDirOf(args),
    },
    { env: { ...env, KUBERNETES_EVENTS: access.kind }, onWritten: (event) => (written = event) },
  );
  let failure: KubernetesEventsError | undefined;
  recorder.on('warn', (error) => {
    // It only says that the time is over; the failure before it says why.
    if (error.code !== 'KEVT_UNDELIVERED') failure = error;
  });
  recorder.record({ ...fields, regarding, related, message });
  const isDelivered = await recorder.close();
  if (!isDelivered || written === undefined) throw undelivered(failure, subjectOf(identity));
  const { name, namespace, count } = written as WrittenEvent;
  io.print(args.flags.has('json') ? `${JSON.stringify({ name, namespace, count })}\n` : `${name}\n`);
  return 0;
}

function readFields(args: Arguments) {
  const reason = optionOf(args, 'reason');
  if (reason === undefined)
    throw new UsageError('which reason? add --reason R, such as --reason BackupFailed');
  const action = optionOf(args, 'action');
  return {
    reason: checkReason('--reason', reason),
    action: action === undefined ? undefined : checkReason('--action', action),
    type: choiceOf(args, 'type', ['Warning', 'Normal'] as const) ?? ('Warning' as const),
    eventKey: optionOf(args, 'event-key'),
    annotations: readAnnotations(args),
  };
}

function checkReason(option: string, text: string): string {
  if (isReason(text)) return text;
  const better = toReason(text);
  throw new UsageError(
    `${option}: expected an UpperCamelCase word of letters and digits, at most 128, got ${quote(text)}` +
      (better === undefined ? '' : `, did you mean ${better}?`),
  );
}

function readAnnotations({ values }: Arguments): Record<string, string> | undefined {
  const pairs = (values.get('annotation') ?? []).map((text): [string, string] => {
    const [key = '', ...rest] = text.split('=');
    if (rest.length > 0 && isMetadataKey(key)) return [key, rest.join('=')];
    throw new UsageError(
      `--annotation: expected KEY=VALUE with a key such as example.com/run, got ${quote(text)}`,
    );
  });
  return pairs.length === 0 ? undefined : Object.fromEntries(pairs);
}

function readOptions(args: Arguments) {
  const namespace = optionOf(args, 'namespace');
  const component = optionOf(args, 'component');
  const api = choiceOf(args, 'api', ['v1', 'events.k8s.io/v1'] as const);
  const flushTimeout = millisecondsOf(args, 'flush-timeout');
  if (component === '') throw new UsageError('--component: expected a name, got ""');
  return {
    ...(namespace !== undefined && { namespace: checkNamespace('--namespace', namespace) }),
    ...(component !== undefined && { component }),
    ...(api !== undefined && { api }),
    ...(flushTimeout !== undefined && { flushTimeout }),
  };
}

async function readMessage({ positionals }: Arguments, io: Io): Promise<string> {
  const [given = '-'] = positionals;
  const text = given === '-' ? await io.readInput() : given;
  if (text !== undefined && text.trim() !== '') return text.trimEnd();
  throw new UsageError(
    given === '-'
      ? 'which message? add MESSAGE, or write it to standard input'
      : 'MESSAGE is empty: say what happened',
  );
}

async function readRegarding(
  args: Arguments,
  access: Access,
  identity: PodIdentity,
): Promise<ObjectReference | 'pod'> {
  const text = optionOf(args, 'regarding');
  if (text !== undefined) return readObject('--regarding', text, access.client);
  if (access.kind === 'cluster' || identity.sources.name !== 'host name') return 'pod';
  throw new UsageError('which object? add --regarding TYPE/NAME, such as deployment/web: this is not a pod');
}

/** Without a namespace of its own it is taken to be in that of the first object. */
async function readRelated(args: Arguments, client: ApiClient): Promise<ObjectReference | undefined> {
  const text = optionOf(args, 'related');
  if (text === undefined) return undefined;
  const reference = await readObject('--related', text, client);
  const namespace = optionOf(args, 'namespace');
  return namespace === undefined || isClusterScoped(reference) ? reference : { ...reference, namespace };
}

/** The last failure, with advice for a command that ends: that counts are kept is of no use to it. */
function undelivered(failure: KubernetesEventsError | undefined, subject: Subject | undefined): CommandError {
  if (failure === undefined) return new CommandError('the API server did not answer in time', DOCTOR_SAYS);
  const { code, what, detail, fix, namespace = '' } = failure;
  const advice: Partial<Record<DiagnosticCode, string>> = {
    KEVT_FORBIDDEN: `allow it: ${rbacCommand({ subject, namespace, isForWorkload: false })}`,
    KEVT_CERTIFICATE: DOCTOR_SAYS,
    KEVT_UNREACHABLE: DOCTOR_SAYS,
    KEVT_TIMEOUT: DOCTOR_SAYS,
    KEVT_SERVER_ERROR: DOCTOR_SAYS,
    KEVT_UNAUTHORIZED: DOCTOR_SAYS,
    KEVT_NO_CREDENTIALS: `mount the service account token into the pod, or add --service-account-dir DIR; ${DOCTOR_SAYS}`,
    KEVT_REJECTED: 'change what the API server complains about',
  };
  return new CommandError(`${what}: ${detail}`, advice[code] ?? fix);
}
