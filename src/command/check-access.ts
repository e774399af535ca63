import type { RequestOptions } from 'node:https';
import { systemClock } from '../clock.ts';
import { codeOfError, codeOfStatus } from '../cluster/answers.ts';
import { type Claims, readClaims } from '../cluster/claims.ts';
import { type Answer, type ApiRequest, type JsonObject, type NoReply, tokenOf } from '../cluster/client.ts';
import { CA_FIX } from '../cluster/service-account.ts';
import { DIAGNOSTICS, KubernetesEventsError } from '../diagnostics.ts';
import { type Access, openAccess } from './access.ts';
import type { Arguments } from './arguments.ts';
import { type CheckList, type Finding, failed } from './checks.ts';

const REVIEW = 'SelfSubjectReview';
const LOGIN_FIX = 'see what kubectl auth whoami says, and log in again';
const MOUNT_FIX = `# in the pod template
spec:
  serviceAccountName: web # your service account
  automountServiceAccountToken: true
`;

/** The checks on the way to the API server. Each stores what later checks need. */
export class Way {
  /** The name of the check that failed, if any. Then nothing else can be asked of the API server. */
  failed: string | undefined;
  access!: Access;
  credentials!: RequestOptions;
  /** The user that the API server sees in the credentials; undefined if it does not say. */
  user: string | undefined;
  /** What the token says that the kubelet has mounted. */
  claims: Claims | undefined;
  readonly #timeoutMs: number;
  readonly #directory: string;
  /** What is wrong with the certificate of the API server. */
  #distrust: Finding | undefined;

  constructor(directory: string, timeoutMs: number) {
    this.#directory = directory;
    this.#timeoutMs = timeoutMs;
  }

  async ask(request: Pick<ApiRequest, 'method' | 'path' | 'body'>): Promise<Answer> {
    const send = () => this.access.client.request({ ...request, timeoutMs: this.#timeoutMs });
    const answer = await send();
    // Nothing that is asked here changes anything, so it may be asked twice.
    return 'error' in answer && answer.isStaleSocket ? send() : answer;
  }

  /** The API server is that of the cluster of this pod. */
  get isInPod(): boolean {
    return this.access?.kind === 'cluster';
  }

  async check(list: CheckList, args: Arguments): Promise<void> {
    const noCluster = await list.run('cluster', async () => {
      this.access = await openAccess(args);
      const { value, source } = this.access;
      return { value, source };
    });
    const noCredentials = await list.run('credentials', () => this.#readCredentials(), noCluster);
    const noServer = await list.run('server', () => this.#findServer(), noCredentials);
    const noTrust = await list.run('certificate', () => this.#judgeCertificate(), noServer);
    this.failed = await list.run('user', () => this.#findUser(), noTrust);
    await list.run('token', () => this.#judgeToken(), noCredentials);
  }

  async #readCredentials(): Promise<Finding> {
    const { client, source } = this.access;
    try {
      this.credentials = await client.connection.requestOptions();
    } catch (error) {
      if (!(error instanceof KubernetesEventsError)) {
        const detail = (error as Error).message;
        return failed('the kubeconfig has no credentials that work', LOGIN_FIX, { source, detail });
      }
      const { code, detail, fix } = error;
      if (code !== 'KEVT_NO_CREDENTIALS') throw error;
      const advice = fix === DIAGNOSTICS[code].fix ? MOUNT_FIX : fix;
      return failed('token or ca.crt cannot be used', advice, { detail });
    }
    if (this.isInPod) {
      this.claims = readClaims(tokenOf(this.credentials) ?? '');
      return { value: 'token and ca.crt can be read', source: this.#directory };
    }
    return { value: kindOf(this.credentials) ?? 'of a kind that this command does not know', source };
  }

  async #findServer(): Promise<Finding> {
    const { server } = this.access;
    const answer = await this.ask({ method: 'GET', path: '/version' });
    if ('error' in answer) {
      if (codeOfError(answer.error, false) !== 'KEVT_CERTIFICATE') return whyNoAnswer(answer, this.access);
      this.#distrust = whyNotTrusted(answer.error, this.access);
      return { value: `${server} accepts connections` };
    }
    const { status, body } = answer;
    const { gitVersion } = body;
    if (typeof gitVersion === 'string') return { value: `${server} answers, Kubernetes ${gitVersion}` };
    // An API server that does not tell its version works all the same.
    if (status === 401 || status === 403) return { value: `${server} answers` };
    const fix =
      status === 429 || status >= 500
        ? DIAGNOSTICS[codeOfStatus(status)].fix
        : 'check the address, and what is in between: a proxy, a load balancer or a service mesh';
    const detail = `GET /version: ${status} ${said(answer)}`;
    return failed(`${server} answers, but not as an API server does`, fix, { detail });
  }

  #judgeCertificate(): Finding {
    const source = this.isInPod ? 'ca.crt' : 'kubeconfig';
    if (this.#distrust !== undefined) return { ...this.#distrust, source };
    if (this.credentials.rejectUnauthorized !== false) return { value: 'verified', source };
    return { status: 'note', value: 'not verified: the kubeconfig says insecure-skip-tls-verify', source };
  }

  async #findUser(): Promise<Finding> {
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: REVIEW };
    const answer = await this.ask({ method: 'POST', path, body });
    const source = REVIEW;
    if ('error' in answer) {
      const { fix } = DIAGNOSTICS[codeOfError(answer.error, answer.isSent)];
      return failed('the API server gave no answer', fix, { source, detail: answer.error.message });
    }
    const info = (answer.body['status'] as JsonObject | undefined)?.['userInfo'] as JsonObject | undefined;
    const name = info?.['username'];
    if (answer.status === 201 && typeof name === 'string') {
      this.user = name;
      return { value: name, source };
    }
    const detail = `${answer.status} ${said(answer)}`;
    // Without credentials the user is anonymous, and may not ask who it is.
    const isAnonymous = answer.status === 403 && kindOf(this.credentials) === undefined;
    if (answer.status !== 401 && !isAnonymous)
      return { status: 'note', value: 'the API server does not say', source, detail };
    const fix = this.isInPod ? tokenFix(tokenOf(this.credentials)) : LOGIN_FIX;
    return failed('the API server does not accept the credentials', fix, { source, detail });
  }

  /** Which pod the token is for, and whether it has expired, according to its claims. */
  #judgeToken(): Finding {
    const token = tokenOf(this.credentials);
    if (token === undefined) return { status: 'note', value: 'the credentials are not a token' };
    const claims = readClaims(token);
    if (claims === undefined)
      return { status: 'note', value: 'not a JSON Web Token, so its pod and expiry are not known' };
    const source = 'claims of the token';
    const { expiresAt, podName } = claims;
    const bound = podName === undefined ? 'not bound to a pod' : `bound to pod ${podName}`;
    if (expiresAt === undefined) return { status: 'note', value: `${bound}, never expires`, source };
    const leftMs = expiresAt * 1000 - systemClock.now();
    if (leftMs > 0) {
      const value = `${bound}, expires at ${timeOf(expiresAt)}, in ${spanOf(leftMs)}`;
      return { status: podName === undefined && this.isInPod ? 'note' : 'ok', value, source };
    }
    const value = `${bound}, expired at ${timeOf(expiresAt)}, ${spanOf(-leftMs)} ago`;
    if (this.failed === undefined) {
      const detail = 'the API server accepts it anyway, so the clock of this machine is wrong';
      return { status: 'note', value, source, detail };
    }
    const fix = this.isInPod
      ? 'use the token that the kubelet mounts and renews, not a copy; if you do already, restart the pod'
      : 'log in again, so that the kubeconfig has a new token';
    return failed(value, fix, { source });
  }
}

function kindOf(options: RequestOptions): string | undefined {
  if (tokenOf(options) !== undefined) return 'a token';
  return options.cert || options.pfx ? 'a client certificate' : undefined;
}

function tokenFix(token: string | undefined): string {
  const check = 'check that the token is from this cluster, that its pod and service account still exist';
  const audience = readClaims(token ?? '')?.audience;
  if (audience === undefined) return check;
  return `${check}, and that its audience ${JSON.stringify(audience)} is that of this API server`;
}

/** The text of an unexpected answer, or the reason why there is no answer. */
export function said(answer: Answer): string {
  if ('error' in answer) return answer.error.message;
  const { body, text } = answer;
  return (typeof body['message'] === 'string' ? body['message'] : text).trim().slice(0, 300);
}

function whyNoAnswer({ error, isSent }: NoReply, access: Access): Finding {
  const { code = '', message: detail } = error as NodeJS.ErrnoException;
  const { server, source, kind } = access;
  const { hostname, port } = new URL(server);
  const where = `${hostname}:${port || 443}`;
  if (codeOfError(error, isSent) === 'KEVT_TIMEOUT')
    return failed(`${where} does not answer in time`, DIAGNOSTICS.KEVT_TIMEOUT.fix, { detail });
  if (/^(ENOTFOUND|EAI_)/.test(code)) {
    const fix = `check the name in ${source}, and the DNS of this ${kind === 'cluster' ? 'pod' : 'machine'}`;
    return failed(`${hostname} is not a name that DNS knows`, fix, { detail });
  }
  const isTls = /^(EPROTO$|ERR_SSL)/.test(code);
  if (isTls && /\balert\b/i.test(detail)) {
    const fix = `check the client certificate, and what is in between: what answers at ${where} may ask for another one`;
    return failed(`${where} refuses the TLS connection`, fix, { detail });
  }
  if (isTls) {
    const fix = `check host and port: what answers at ${where} is not an API server`;
    return failed(`${where} does not speak TLS`, fix, { detail });
  }
  const fix =
    kind === 'cluster'
      ? `allow egress to ${where}: look at the NetworkPolicies of this namespace, and at sidecars that start later`
      : `check the address, the network, VPN or proxy: curl -k ${server}/version`;
  return failed(`no connection to ${where}`, fix, { detail });
}

function whyNotTrusted({ code = '', message: detail }: NodeJS.ErrnoException, access: Access): Finding {
  const { hostname } = new URL(access.server);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const fix = `use a host name or an address that is in the certificate, or add ${hostname} to it`;
    return failed(`the certificate is not for ${hostname}`, fix, { detail });
  }
  if (/^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/.test(code)) {
    const fix = 'renew the certificate of the API server, or set the clock of this machine';
    return failed('the certificate is not valid at this time', fix, { detail });
  }
  const fix =
    access.kind === 'cluster'
      ? CA_FIX
      : "put the cluster's CA into certificate-authority-data of the kubeconfig, or find out whose proxy is in between";
  return failed('the certificate is not from the CA that is trusted here', fix, { detail });
}

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
