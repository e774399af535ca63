import { systemClock } from '../clock.ts';
import { ApiClient } from '../cluster/client.ts';
import type { PodIdentity } from '../cluster/identity.ts';
import type { Verdict, WrittenEvent } from '../delivery/verdict.ts';
import { DIAGNOSTICS, type DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import { isClusterScoped } from '../object/kinds.ts';
import { isMetadataKey } from '../object/names.ts';
import type { ObjectReference } from '../object/reference.ts';
import type { EventInput } from '../recorder/event-input.ts';
import { DEFAULT_FLUSH_TIMEOUT_MS, EventRecorder } from '../recorder/event-recorder.ts';
import type { EventRecorderOptions } from '../recorder/options.ts';
import { isReason, toReason } from '../text/reason.ts';
import {
  ACCESS_OPTIONS,
  type Access,
  identityOf,
  isPodKnown,
  mutedBy,
  openAccess,
  podEnvironment,
  serviceAccountDirOf,
} from './access.ts';
import {
  API_OPTION,
  type Arguments,
  apiOf,
  type CommandSpec,
  checkName,
  choiceOf,
  millisecondsOf,
  optionOf,
} from './arguments.ts';
import { whyNotDescribed, whyNotWorkload } from './hints.ts';
import { CommandError, NAME, print, quote, UsageError, warn } from './io.ts';
import { observe } from './lookups.ts';
import { readObject } from './object.ts';
import { rbacCommand, subjectOf } from './rbac.ts';

export const EMIT: CommandSpec = {
  name: 'emit',
  run: emit,
  usage: '--regarding TYPE/NAME --reason R [--type Warning|Normal] [OPTION…] MESSAGE',
  summary: 'write one Event and print its name',
  positional: 'MESSAGE',
  notes: [
    'MESSAGE is read from standard input when it is - or left out. At most 1024 bytes of the message are kept, and credentials in it are masked.',
    'When the same problem occurs again, the count of the same Event goes up, whichever process reports it. Messages that differ only in ids, times and long numbers are the same problem.',
    'kubectl describe shows an Event only when the Event has the uid of its object. The uid is looked up if the service account may get the object; rbac --lookup cronjobs allows this. If the uid is not found, a line on standard error says why.',
    'For shell scripts: ./backup.sh || { s=$?; npx winston-kubernetes-events emit --regarding cronjob/backup --reason BackupFailed "backup failed with status $s"; exit $s; }',
  ],
  options: {
    regarding: {
      value: 'TYPE/NAME',
      help: 'the object: deployment/web, deploy/web, rollout.argoproj.io/web. In a pod also pod (the default), and workload for the object that owns the pod',
    },
    namespace: {
      short: 'n',
      value: 'N',
      help: 'the namespace of the object; default: the namespace of the pod or of the kubeconfig',
    },
    reason: { value: 'R', help: 'why, in one UpperCamelCase word, such as BackupFailed' },
    type: { value: 'TYPE', help: 'Warning (default) or Normal' },
    action: { value: 'A', help: 'what was done or tried, in one UpperCamelCase word; default: Logged' },
    related: { value: 'TYPE/NAME', help: 'a second object' },
    component: {
      value: 'C',
      help: 'the component that reports, which kubectl shows as From; default: from the identity of the pod',
    },
    'event-key': {
      value: 'K',
      help: 'Events with the same key are the same problem, whatever their messages say',
    },
    annotation: { value: 'KEY=VALUE', isMultiple: true, help: 'an annotation of the Event' },
    api: API_OPTION,
    'flush-timeout': { value: 'MS', help: 'how long to try, in milliseconds; default: 5000' },
    json: { help: 'print name, namespace and count as JSON' },
    ...ACCESS_OPTIONS,
  },
};

const DOCTOR_SAYS = `npx ${NAME} doctor says what is wrong`;
const ADVICE: Partial<Record<DiagnosticCode, string>> = {
  KEVT_NO_CREDENTIALS: `mount the service account token into the pod, or add --service-account-dir DIR; ${DOCTOR_SAYS}`,
  KEVT_REJECTED: 'change what the API server complains about',
  KEVT_NAMESPACE: 'name another namespace with --namespace, or wait until it exists: kubectl get namespaces',
};

/** Writes one Event with the recorder of the library, and prints its name. */
async function emit(args: Arguments): Promise<undefined> {
  const fields = readFields(args);
  const options = readOptions(args);
  const muted = mutedBy(args);
  if (muted !== undefined) {
    throw new CommandError(
      `KUBERNETES_EVENTS=${muted} keeps Events from the API server: unset it, or set it to cluster or kubeconfig`,
    );
  }
  const message = await readMessage(args);
  const access = await openAccess(args);
  const identity = identityOf(args);
  const regarding = await readRegarding(args, access, identity);
  const related = await readRelated(args, access.client);
  const { verdict, asked, isWorkloadHidden } = await write(
    { ...fields, regarding, related, message },
    options,
    access,
  );
  const subject = subjectOf(identity);
  const event = deliveredBy(verdict, identity);
  const { name, namespace, count } = event;
  print(args.flags.has('json') ? `${JSON.stringify({ name, namespace, count })}\n` : `${name}\n`);
  const hints = [
    isWorkloadHidden ? whyNotWorkload({ event, asked, subject }, identity.name ?? '') : undefined,
    whyNotDescribed({ event, asked, subject }),
  ];
  for (const hint of hints) if (hint !== undefined) warn(`${NAME} emit: ${hint}`);
}

async function write(input: EventInput, options: EventRecorderOptions, { client, kind, kubeConfig }: Access) {
  // A client whose timers do not keep the process alive, so that the process ends when the flush does.
  const api = observe(new ApiClient(client.connection, systemClock));
  let verdict: Verdict | undefined;
  let isWorkloadHidden = false;
  const recorder = new EventRecorder(
    { ...options, kubeConfig },
    {
      api,
      env: { ...podEnvironment(), KUBERNETES_EVENTS: kind },
      // Whoever runs a command waits for its Event anyway.
      lookupTimeoutMs: (options.flushTimeout ?? DEFAULT_FLUSH_TIMEOUT_MS) / 2,
      onVerdict: (latest) => (verdict = latest),
    },
  );
  recorder.on('warn', ({ code }) => (isWorkloadHidden ||= code === 'KEVT_LOOKUP_FORBIDDEN'));
  recorder.record(input);
  await recorder.close();
  return { verdict: verdict as Verdict | undefined, asked: api.asked, isWorkloadHidden };
}

function readFields(args: Arguments) {
  const reason = readWord(args, 'reason');
  if (reason === undefined)
    throw new UsageError('which reason? add --reason R, such as --reason BackupFailed');
  return {
    reason,
    action: readWord(args, 'action'),
    type: choiceOf(args, 'type', ['Warning', 'Normal']) ?? 'Warning',
    eventKey: optionOf(args, 'event-key'),
    annotations: readAnnotations(args),
  };
}

function readWord(args: Arguments, option: 'reason' | 'action'): string | undefined {
  const text = optionOf(args, option);
  if (text === undefined || isReason(text)) return text;
  const better = toReason(text);
  throw new UsageError(
    `--${option}: expected an UpperCamelCase word of letters and digits, at most 128, got ${quote(text)}` +
      (better === undefined ? '' : `, did you mean ${better}?`),
  );
}

function readAnnotations({ values }: Arguments): Record<string, string> {
  const pairs = (values.get('annotation') ?? []).map((text): [string, string] => {
    const [key = '', ...rest] = text.split('=');
    if (rest.length > 0 && isMetadataKey(key)) return [key, rest.join('=')];
    throw new UsageError(
      `--annotation: expected KEY=VALUE with a key such as example.com/run, got ${quote(text)}`,
    );
  });
  return Object.fromEntries(pairs);
}

function readOptions(args: Arguments): EventRecorderOptions {
  const namespace = optionOf(args, 'namespace');
  const component = optionOf(args, 'component');
  if (component === '') throw new UsageError('--component: expected a name, got ""');
  if (namespace !== undefined) checkName('--namespace', 'namespace', namespace);
  return {
    namespace,
    component,
    api: apiOf(args),
    flushTimeout: millisecondsOf(args, 'flush-timeout'),
    serviceAccountDir: serviceAccountDirOf(args),
  };
}

async function readMessage({ positional = '-' }: Arguments): Promise<string> {
  const text = positional === '-' ? await readInput() : positional;
  if (text.trim() !== '') return text.trimEnd();
  throw new UsageError(
    positional === '-'
      ? 'which message? add MESSAGE, or write it to standard input'
      : 'MESSAGE is empty: say what happened',
  );
}

/** Far more characters than an Event holds. */
const MAX_INPUT_LENGTH = 64 * 1024;

async function readInput(): Promise<string> {
  let text = '';
  if (process.stdin.isTTY) return text;
  // The rest is read too, or the program that writes it would fail with a broken pipe.
  for await (const chunk of process.stdin.setEncoding('utf8'))
    if (text.length < MAX_INPUT_LENGTH) text += chunk;
  return text;
}

async function readRegarding(
  args: Arguments,
  access: Access,
  identity: PodIdentity,
): Promise<ObjectReference | 'pod' | 'workload'> {
  const text = optionOf(args, 'regarding') ?? 'pod';
  if (text !== 'pod' && text !== 'workload') return readObject('--regarding', text, access.client);
  if (!isPodKnown(identity, access))
    throw new UsageError(
      'which object? add --regarding TYPE/NAME, such as deployment/web, because this process is not in a pod',
    );
  const { namespace: own = 'default' } = identity;
  const namespace = optionOf(args, 'namespace') ?? own;
  if (namespace === own) return text;
  throw new UsageError(
    `--namespace: expected ${own}, the namespace of this pod, got ${quote(namespace)}; name an object there with --regarding TYPE/NAME`,
  );
}

/** The second object is in the namespace of the first one. */
async function readRelated(args: Arguments, client: ApiClient): Promise<ObjectReference | undefined> {
  const text = optionOf(args, 'related');
  if (text === undefined) return undefined;
  const reference = await readObject('--related', text, client);
  const namespace = optionOf(args, 'namespace');
  return namespace === undefined || isClusterScoped(reference) ? reference : { ...reference, namespace };
}

/**
 * The Event that was written.
 * @throws CommandError with advice for a command. The fix texts of the library are for a process that goes on
 */
function deliveredBy(verdict: Verdict | undefined, identity: PodIdentity): WrittenEvent {
  if (verdict?.is === 'written' && verdict.event !== undefined) return verdict.event;
  if (verdict === undefined || !('detail' in verdict))
    throw new CommandError('the API server did not answer in time', DOCTOR_SAYS);
  if (verdict.is === 'forbidden') {
    const { namespace, detail } = verdict;
    const command = rbacCommand(namespace, subjectOf(identity));
    const fix = `allow it. If rbac has made a Role before, this replaces its rules, so give --workload and --lookup as before: ${command}`;
    const doubt =
      namespace === identity.namespace
        ? ''
        : ` (it says the same when namespace ${namespace} does not exist)`;
    throw new CommandError(`${DIAGNOSTICS.KEVT_FORBIDDEN.what}: ${detail}${doubt}`, fix);
  }
  const { code, detail, cause } = verdict;
  const { detail: said, fix = DIAGNOSTICS[code].fix } =
    cause instanceof KubernetesEventsError ? cause : { detail };
  const advice = fix === DIAGNOSTICS[code].fix ? (ADVICE[code] ?? DOCTOR_SAYS) : fix;
  throw new CommandError(`${DIAGNOSTICS[code].what}: ${said}`, advice);
}
