import type { Complaint, Drop, Forbidden, Need } from '../delivery/verdict.ts';
import { type DiagnosticCode, KubernetesEventsError } from '../diagnostics.ts';
import { MAX_READ_CHARACTERS } from '../text/text.ts';
import { detailOf } from '../text/thrown.ts';
import type { Answer, JsonObject, Reply } from './client.ts';

/** What an answer means for the write that it answers; the first four carry the protocol on. */
export type Meaning =
  | { is: 'stored' }
  /** The Event is there already, or another writer was faster: read it. */
  | { is: 'taken' }
  /** The Event is gone, expired or deleted: create it anew. */
  | { is: 'gone' }
  /** The server closed a kept connection before it saw the request: send it again. */
  | { is: 'resend' }
  | Trouble
  | Omit<Forbidden, 'isInDoubt'>
  | Drop;

/** The server may be better off later. */
export interface Trouble extends Complaint {
  is: 'retry';
  notBeforeMs?: number;
  /** What became of the request: it was not sent, the server has said no, or nobody knows. */
  fate: 'unsent' | 'refused' | 'unknown';
}

interface Attempt extends Need {
  /** `""` or `events.k8s.io`. */
  apiGroup: string;
}

/** A missing permission, in the words in which Kubernetes tells it; admission says no in other ones. */
const NOT_PERMITTED = /\bUser ".{1,1000}?" cannot \w+ resource\b/;

/** The one right answer to each failure, with its reason. */
export function interpret(answer: Answer, attempt: Attempt): Meaning {
  if ('error' in answer) {
    if (answer.isStaleSocket) return { is: 'resend' };
    const { error, isSent } = answer;
    // A request that was sent may have been applied although the answer was lost.
    const fate = isSent ? 'unknown' : 'unsent';
    return { is: 'retry', code: codeOfError(error, isSent), detail: detailOf(error), fate, cause: error };
  }
  const { status, body, retryAfterMs } = answer;
  const detail = `${attempt.verb} events in namespace ${attempt.namespace}: ${status} ${said(answer)}`;
  if (status >= 200 && status < 300) return { is: 'stored' };
  switch (status) {
    case 401:
      // The token is read again for the next attempt; an expired one is replaced by the kubelet.
      return { is: 'retry', code: codeOfStatus(status), detail, fate: 'refused' };
    case 403:
      // Nothing new is taken in a namespace that is on its way out, and it will not come back.
      if (hasCause(body, 'NamespaceTerminating'))
        return { is: 'drop', reason: 'namespace', code: 'KEVT_NAMESPACE', detail };
      if (!NOT_PERMITTED.test(messageOf(answer))) break;
      return {
        is: 'forbidden',
        verb: attempt.verb,
        namespace: attempt.namespace,
        detail,
        fix: ruleFor(attempt, messageOf(answer)),
      };
    case 404:
      // A proxy that has lost its server knows nothing of the Event.
      if (body['kind'] !== 'Status')
        return { is: 'retry', code: codeOfStatus(status), detail, fate: 'unknown' };
      if (attempt.verb === 'patch') return { is: 'gone' };
      return { is: 'drop', reason: 'namespace', code: 'KEVT_NAMESPACE', detail };
    case 409:
      return { is: 'taken' };
    case 408:
    case 429:
      // 429 is refused before anything is done: EventRateLimit says no time, priority and fairness says one second.
      return {
        is: 'retry',
        code: codeOfStatus(status),
        detail,
        fate: status === 408 ? 'unknown' : 'refused',
        ...(retryAfterMs !== undefined && { notBeforeMs: retryAfterMs }),
      };
  }
  // The server, a policy or a webhook understood and refused: the same Event again would be refused again.
  if (status >= 400 && status < 500) return { is: 'drop', reason: 'rejected', code: 'KEVT_REJECTED', detail };
  // 5xx says nothing about whether the write was applied; redirects are not followed, as a token would go with them.
  return {
    is: 'retry',
    code: codeOfStatus(status),
    detail,
    fate: 'unknown',
    ...(retryAfterMs !== undefined && { notBeforeMs: retryAfterMs }),
  };
}

/** What OpenSSL, and Node's check of names, say of a certificate; an alert of the server (`ERR_SSL_…`) is about ours. */
const CERTIFICATE =
  /^(?!ERR_SSL).*(CERT|SIGNATURE|ISSUER|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME)|^ERR_(OSSL|CRYPTO)/;

/** Which failure it is that there was no answer: each is for somebody else to mend. */
export function codeOfError(error: unknown, isSent: boolean): DiagnosticCode {
  if (error instanceof KubernetesEventsError) return error.code;
  const { code } = Object(error) as { code?: unknown };
  if (typeof code === 'string' && CERTIFICATE.test(code)) return 'KEVT_CERTIFICATE';
  return isSent && code === 'ETIMEDOUT' ? 'KEVT_TIMEOUT' : 'KEVT_UNREACHABLE';
}

/** The same for an answer that is no use and may be better later. */
export function codeOfStatus(status: number): DiagnosticCode {
  if (status === 401) return 'KEVT_UNAUTHORIZED';
  return status === 429 ? 'KEVT_THROTTLED' : 'KEVT_SERVER_ERROR';
}

function said(reply: Reply): string {
  // Another sentence follows.
  return messageOf(reply).trim().slice(0, 300).replace(/\.$/, '').toWellFormed();
}

function messageOf({ body, text }: Reply): string {
  return (typeof body['message'] === 'string' ? body['message'] : text).slice(0, MAX_READ_CHARACTERS);
}

function hasCause(body: JsonObject, reason: string): boolean {
  const causes = (body['details'] as JsonObject | undefined)?.['causes'];
  return Array.isArray(causes) && causes.some((cause: JsonObject | null) => cause?.['reason'] === reason);
}

/** As the API server names a service account in the answer 403. */
const SERVICE_ACCOUNT = /User "system:serviceaccount:([a-z0-9-]+):([a-z0-9][a-z0-9.-]*)"/;

function ruleFor({ namespace, apiGroup }: Attempt, message: string): string {
  const [, home, name] = SERVICE_ACCOUNT.exec(message) ?? [];
  const account = home === namespace ? name : `${home}:${name}`;
  const command =
    name === undefined
      ? ''
      : `: npx winston-kubernetes-events rbac --namespace ${namespace} --service-account ${account} | kubectl apply -f -`;
  return (
    `Allow it with a Role in namespace ${namespace}, bound to the service account of this pod: ` +
    `{apiGroups: ["${apiGroup}"], resources: ["events"], verbs: ["create", "patch"]}${command}. ` +
    'Until then the counts wait in the memory of this process. ' +
    'The API server gives the same answer for a namespace that does not exist'
  );
}
