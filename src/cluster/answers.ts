import type { Complaint, Drop, Forbidden, Need } from '../delivery/verdict.ts';
import { type DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import { MAX_READ_CHARACTERS } from '../text/text.ts';
import { detailOf } from '../text/thrown.ts';
import type { Answer, JsonObject, Reply } from './client.ts';

/** What an answer means for the write. After the first four, the protocol goes on. */
export type Meaning =
  | { is: 'stored' }
  /** The Event exists already, or another writer was faster. It must be read. */
  | { is: 'taken' }
  /** The Event has expired or was deleted. It must be created again. */
  | { is: 'gone' }
  /** The server closed an idle connection before it got the request. The request must be sent again. */
  | { is: 'resend' }
  | Trouble
  | Omit<Forbidden, 'isInDoubt'>
  | Drop;

/** A later attempt may succeed. */
export interface Trouble extends Complaint {
  is: 'retry';
  notBeforeMs?: number;
  /** What happened to the request: it was not sent, the server refused it, or it is not known. */
  fate: 'unsent' | 'refused' | 'unknown';
}

interface Attempt extends Need {
  /** `""` or `events.k8s.io`, as in RBAC rules. */
  apiGroup: string;
}

/** The text with which Kubernetes reports a missing permission. Admission refuses with other texts. */
const NOT_PERMITTED = /\bUser ".{1,1000}?" cannot \w+ resource\b/;

/** Decides what each answer means. */
export function interpret(answer: Answer, attempt: Attempt): Meaning {
  if ('error' in answer) {
    if (answer.isStaleSocket) return { is: 'resend' };
    const { error, isSent } = answer;
    // A request that was sent may have been executed, although the answer was lost.
    const fate = isSent ? 'unknown' : 'unsent';
    return { is: 'retry', code: codeOfError(error, isSent), detail: detailOf(error), fate, cause: error };
  }
  const { status, body, retryAfterMs } = answer;
  const detail = `${attempt.verb} events in namespace ${attempt.namespace}: ${status} ${said(answer)}`;
  if (status >= 200 && status < 300) return { is: 'stored' };
  switch (status) {
    case 401:
      // The token is read again for the next attempt. The kubelet replaces a token that has expired.
      return { is: 'retry', code: codeOfStatus(status), detail, fate: 'refused' };
    case 403:
      // A namespace that is being deleted accepts no new objects, and it will not come back.
      if (hasCause(body, 'NamespaceTerminating'))
        return { is: 'drop', reason: 'namespace', code: 'KEVT_NAMESPACE', detail };
      if (!NOT_PERMITTED.test(messageOf(answer))) break;
      return {
        is: 'forbidden',
        verb: attempt.verb,
        namespace: attempt.namespace,
        detail,
        fix: ruleFor(attempt, answer),
      };
    case 404:
      // A proxy that cannot reach the API server knows nothing about the Event.
      if (body['kind'] !== 'Status')
        return { is: 'retry', code: codeOfStatus(status), detail, fate: 'unknown' };
      if (attempt.verb === 'patch') return { is: 'gone' };
      return { is: 'drop', reason: 'namespace', code: 'KEVT_NAMESPACE', detail };
    case 409:
      return { is: 'taken' };
    case 408:
    case 429:
      // 429 is sent before anything is executed. EventRateLimit gives no Retry-After, priority and fairness gives one
      // second.
      return {
        is: 'retry',
        code: codeOfStatus(status),
        detail,
        fate: status === 408 ? 'unknown' : 'refused',
        ...(retryAfterMs !== undefined && { notBeforeMs: retryAfterMs }),
      };
  }
  // The server, a policy or a webhook has refused the Event. It would refuse the same Event again.
  if (status >= 400 && status < 500) return { is: 'drop', reason: 'rejected', code: 'KEVT_REJECTED', detail };
  // After 5xx, nobody knows whether the write was executed. Redirects are not followed, because they would leak the token.
  return {
    is: 'retry',
    code: codeOfStatus(status),
    detail,
    fate: 'unknown',
    ...(retryAfterMs !== undefined && { notBeforeMs: retryAfterMs }),
  };
}

/**
 * The codes of OpenSSL, and of Node's check of names, for the certificate of the server. An alert from the server
 * (`ERR_SSL_…`) is about the certificate of the client.
 */
const CERTIFICATE =
  /^(?!ERR_SSL).*(CERT|SIGNATURE|ISSUER|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME)|^ERR_(OSSL|CRYPTO)/;

/** The code for a request without an answer. The codes tell apart who has to fix it. */
export function codeOfError(error: unknown, isSent: boolean): DiagnosticCode {
  if (error instanceof KubernetesEventsError) return error.code;
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && CERTIFICATE.test(code)) return 'KEVT_CERTIFICATE';
  return isSent && code === 'ETIMEDOUT' ? 'KEVT_TIMEOUT' : 'KEVT_UNREACHABLE';
}

/** The code for an answer after which a later attempt may succeed. */
export function codeOfStatus(status: number): DiagnosticCode {
  if (status === 401) return 'KEVT_UNAUTHORIZED';
  return status === 429 ? 'KEVT_THROTTLED' : 'KEVT_SERVER_ERROR';
}

function said(reply: Reply): string {
  // Without a final full stop, because another sentence follows.
  return messageOf(reply).trim().slice(0, 300).replace(/\.$/, '').toWellFormed();
}

function messageOf({ body, text }: Reply): string {
  return (typeof body['message'] === 'string' ? body['message'] : text).slice(0, MAX_READ_CHARACTERS);
}

function hasCause(body: JsonObject, reason: string): boolean {
  const causes = (body['details'] as JsonObject | undefined)?.['causes'];
  return Array.isArray(causes) && causes.some((cause: JsonObject | null) => cause?.['reason'] === reason);
}

/** How the API server names a service account in a 403. */
const SERVICE_ACCOUNT = /User "system:serviceaccount:([a-z0-9-]+):([a-z0-9][a-z0-9.-]*)"/;

/** The command for a 403, as the end of a sentence; empty if the API server names no service account. */
function commandFor(namespace: string, reply: Reply, flags: string = ''): string {
  const [, home, name] = SERVICE_ACCOUNT.exec(messageOf(reply)) ?? [];
  if (name === undefined) return '';
  const account = home === namespace ? name : `${home}:${name}`;
  return `: npx winston-kubernetes-events rbac --namespace ${namespace} --service-account ${account}${flags} | kubectl apply -f -. If there is a Role ${account}-events, this replaces its rules, so give --workload and --lookup as before`;
}

/** The resources that `rbac --workload` allows to get. */
const WORKLOAD_RESOURCES = ['pods', 'replicasets', 'jobs'];

/** How to allow everything that is looked up on the way to the workload; undefined if it is not known for whom. */
export function fixOfLookup(namespace: string, resource: string, reply: Reply): string | undefined {
  const isUsual = WORKLOAD_RESOURCES.includes(resource);
  const command = commandFor(namespace, reply, ` --workload${isUsual ? '' : ` --lookup ${resource}`}`);
  if (command === '') return undefined;
  return `Allow all that is looked up${command}. Or set regarding to another value. Until then Events are about the pod`;
}

function ruleFor({ namespace, apiGroup }: Attempt, reply: Reply): string {
  return (
    `Allow it with a Role in namespace ${namespace}, bound to the service account of this pod: ` +
    `{apiGroups: ["${apiGroup}"], resources: ["events"], verbs: ["create", "patch"]}${commandFor(namespace, reply)}. ` +
    'Counts wait in memory as long as the process runs. ' +
    'The API server gives the same answer for a namespace that does not exist'
  );
}
