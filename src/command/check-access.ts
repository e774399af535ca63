import type { RequestOptions } from 'node:https';
import { type Claims, readClaims } from '../cluster/claims.ts';
import { type Answer, type JsonObject, tokenOf } from '../cluster/client.ts';
import type { Access } from './access.ts';
import type { CheckList } from './checks.ts';

/** What a check needs: the list for its result, the API server to ask, and how long to wait for each answer. */
export interface Asking {
  list: CheckList;
  access: Access;
  timeoutMs: number;
}

const MOUNT_FIX = `# in the pod template
spec:
  serviceAccountName: web # your service account
  automountServiceAccountToken: true
`;

const LOGIN_FIX = 'see what kubectl auth whoami says, and log in again';

/**
 * Reads the credentials as the library does before each request.
 * @returns undefined when that fails
 */
export async function checkCredentials(
  list: CheckList,
  access: Access,
  directory: string,
): Promise<RequestOptions | undefined> {
  const isPod = access.kind === 'cluster';
  const source = isPod ? directory : access.source;
  try {
    const options = await access.client.connection.requestOptions();
    const value = isPod
      ? 'token and ca.crt can be read'
      : tokenOf(options) !== undefined
        ? 'a token'
        : options.cert || options.pfx
          ? 'a client certificate'
          : 'none that this command knows';
    list.add('credentials', 'ok', value, { source });
    return options;
  } catch (error) {
    const { message, cause } = error as Error;
    list.add(
      'credentials',
      'failed',
      isPod ? 'token or ca.crt cannot be read' : 'the kubeconfig has none that work',
      {
        source,
        detail: cause instanceof Error ? cause.message : message,
        fix: isPod ? MOUNT_FIX : LOGIN_FIX,
      },
    );
    return undefined;
  }
}

/** Checks whose token it is and whether it has expired, by its claims. */
export function checkToken(
  list: CheckList,
  options: RequestOptions,
  access: Access,
  now: number,
): Claims | undefined {
  const token = tokenOf(options);
  const source = 'claims of the token';
  if (token === undefined) {
    list.add('token', 'note', 'the credentials are not a token');
    return undefined;
  }
  const claims = readClaims(token);
  if (claims === undefined) {
    list.add('token', 'note', 'not a JSON Web Token, so it says nothing of its pod and of its end');
    return undefined;
  }
  const { expiresAt, podName } = claims;
  const bound = podName === undefined ? 'not bound to a pod' : `bound to pod ${podName}`;
  if (expiresAt === undefined) {
    list.add('token', 'note', `${bound}, never expires`, { source });
    return claims;
  }
  const leftMs = expiresAt * 1000 - now;
  if (leftMs <= 0) {
    list.add('token', 'failed', `${bound}, expired at ${timeOf(expiresAt)}, ${spanOf(-leftMs)} ago`, {
      source,
      fix:
        access.kind === 'cluster'
          ? 'use the token that the kubelet mounts and renews, not a copy of it; if it is that one, restart the pod'
          : 'log in again, so that the kubeconfig has a new token',
    });
  } else {
    const value = `${bound}, expires at ${timeOf(expiresAt)}, in ${spanOf(leftMs)}`;
    list.add('token', podName === undefined && access.kind === 'cluster' ? 'note' : 'ok', value, { source });
  }
  return claims;
}

/** Whether the API server answers and is the one that its certificate says. */
export async function checkServer(
  { list, access, timeoutMs }: Asking,
  options: RequestOptions,
): Promise<boolean> {
  const answer = await access.client.request({ method: 'GET', path: '/version', timeoutMs });
  const source = access.kind === 'cluster' ? 'ca.crt' : 'kubeconfig';
  if ('error' in answer) {
    const { error } = answer;
    const failure = explain(error, access);
    if (!failure.isCertificate) {
      list.add('server', 'failed', failure.value, { detail: error.message, fix: failure.fix });
      list.skip('certificate');
      return false;
    }
    list.add('server', 'ok', `${access.server} takes connections`);
    list.add('certificate', 'failed', failure.value, { source, detail: error.message, fix: failure.fix });
    return false;
  }
  const { status, body } = answer;
  const version = body['gitVersion'];
  // A server that refuses to tell its version is there all the same.
  if (typeof version !== 'string' && status !== 401 && status !== 403) {
    list.add('server', 'failed', `${access.server} answers, but not as an API server does`, {
      detail: `GET /version: ${status} ${said(answer)}`,
      fix: 'check the address, and what stands between: proxy, load balancer, service mesh',
    });
    list.skip('certificate');
    return false;
  }
  list.add(
    'server',
    'ok',
    `${access.server} answers${typeof version === 'string' ? `, Kubernetes ${version}` : ''}`,
  );
  if (options.rejectUnauthorized === false) {
    list.add('certificate', 'note', 'not verified: the kubeconfig says insecure-skip-tls-verify', { source });
  } else list.add('certificate', 'ok', 'verified', { source });
  return true;
}

/**
 * Which user the API server sees in the credentials.
 * @returns undefined when it does not accept them; a name that is undefined when it does not say
 */
export async function checkUser(
  asking: Asking,
  claims: Claims | undefined,
): Promise<{ name: string | undefined } | undefined> {
  const { list, timeoutMs, access } = asking;
  const source = 'SelfSubjectReview';
  const answer = await access.client.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: source },
    timeoutMs,
  });
  if ('error' in answer) {
    list.add('user', 'failed', 'the API server gave no answer', {
      source,
      detail: answer.error.message,
      fix: 'try again',
    });
    return undefined;
  }
  const { status, body } = answer;
  const info = (body['status'] as JsonObject | undefined)?.['userInfo'] as JsonObject | undefined;
  const name = info?.['username'];
  if (status === 201 && typeof name === 'string') {
    list.add('user', 'ok', name, { source });
    list.excuse('token', 'the API server accepts it all the same: the clock of this machine is wrong');
    return { name };
  }
  const detail = `${status} ${said(answer)}`;
  const isAnonymous = status === 403 && said(answer).includes('system:anonymous');
  if (status !== 401 && !isAnonymous) {
    list.add('user', 'note', 'the API server does not say', { source, detail });
    return { name: undefined };
  }
  const fix = access.kind === 'cluster' ? tokenFix(claims) : LOGIN_FIX;
  list.add('user', 'failed', 'the API server does not accept the credentials', { source, detail, fix });
  return undefined;
}

function tokenFix(claims: Claims | undefined): string {
  const check = 'check that the token is of this cluster, that its pod and service account still exist';
  if (claims?.audience === undefined) return check;
  return `${check}, and that its audience ${JSON.stringify(claims.audience)} is that of this API server`;
}

/** What an answer says that is not the expected one, or why there is none. */
export function said(answer: Answer): string {
  if ('error' in answer) return answer.error.message;
  const { body, text } = answer;
  return (typeof body['message'] === 'string' ? body['message'] : text).trim().slice(0, 300);
}

/** What failed on the way to the API server, and how to mend it. */
function explain(error: Error, access: Access): { value: string; fix: string; isCertificate: boolean } {
  const { server, kind } = access;
  const { code = '' } = error as NodeJS.ErrnoException;
  const { hostname, port } = new URL(server);
  const where = `${hostname}:${port || 443}`;
  if (/^(ENOTFOUND|EAI_)/.test(code)) {
    const fix = `check the name in ${access.source}, and the DNS of this ${kind === 'cluster' ? 'pod' : 'machine'}`;
    return { value: `${hostname} is not a name that DNS knows`, fix, isCertificate: false };
  }
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const fix = `use a host name or an address that is in the certificate, or add ${hostname} to it`;
    return { value: `the certificate is not for ${hostname}`, fix, isCertificate: true };
  }
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') {
    const fix = 'renew the certificate of the API server, or set the clock of this machine';
    return { value: 'the certificate is not valid at this time', fix, isCertificate: true };
  }
  if (/CERT|SIGNATURE|ISSUER|^ERR_(OSSL|CRYPTO)/.test(code)) {
    return {
      value: 'the certificate is not from the CA that is trusted here',
      fix:
        kind === 'cluster'
          ? "put this cluster's CA into ca.crt: kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' prints it"
          : "put the cluster's CA into certificate-authority-data of the kubeconfig, or ask whose proxy stands between",
      isCertificate: true,
    };
  }
  if (code === 'EPROTO' || /^ERR_SSL/.test(code)) {
    const fix = `check host and port: what answers at ${where} is not an API server`;
    return { value: `${where} does not speak TLS`, fix, isCertificate: false };
  }
  const fix =
    kind === 'cluster'
      ? `allow egress to ${where}: look at the NetworkPolicies of this namespace, and at sidecars that start later`
      : `check the address, the network, VPN or proxy: curl -k ${server}/version`;
  return { value: `no connection to ${where}`, fix, isCertificate: false };
}

/** A time in seconds since the epoch, as people read it. */
function timeOf(seconds: number): string {
  const time = new Date(seconds * 1000);
  return Number.isNaN(time.getTime()) ? String(seconds) : time.toISOString().replace('.000', '');
}

function spanOf(ms: number): string {
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 1) return `${Math.floor(ms / 1000)} s`;
  if (minutes < 120) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}
