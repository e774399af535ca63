import type { RequestOptions } from 'node:https';
import { systemClock } from '../clock.ts';
import { type Claims, readClaims } from '../cluster/claims.ts';
import { type Answer, type ApiRequest, type JsonObject, tokenOf } from '../cluster/client.ts';
import { type Access, openAccess } from './access.ts';
import type { Arguments } from './arguments.ts';
import { type Checks, type Finding, once } from './checks.ts';
import { CommandError } from './io.ts';

interface Server {
  version: string | undefined;
  /** It takes connections, but its certificate is not trusted. */
  distrust: CommandError | undefined;
}

interface User {
  /** Undefined: the API server does not say. */
  name: string | undefined;
  detail?: string;
}

const MOUNT_FIX = `# in the pod template
spec:
  serviceAccountName: web # your service account
  automountServiceAccountToken: true
`;

const LOGIN_FIX = 'see what kubectl auth whoami says, and log in again';

/** The way to the API server, step by step. Each step is made once, and throws what is wrong with it. */
export class Way {
  readonly access: () => Promise<Access>;
  readonly #timeoutMs: number;

  constructor(args: Arguments, env: NodeJS.ProcessEnv, timeoutMs: number) {
    this.access = once(() => openAccess(args, env));
    this.#timeoutMs = timeoutMs;
  }

  async ask(request: Pick<ApiRequest, 'method' | 'path' | 'body'>): Promise<Answer> {
    return (await this.access()).client.request({ ...request, timeoutMs: this.#timeoutMs });
  }

  /** As the library reads them before each request. */
  readonly credentials: () => Promise<RequestOptions> = once(async () =>
    readCredentials(await this.access()),
  );

  readonly server: () => Promise<Server> = once(async () => {
    await this.credentials();
    return readServer(await this.ask({ method: 'GET', path: '/version' }), await this.access());
  });

  /** The API server is the one that its certificate says. */
  readonly certificate: () => Promise<void> = once(async () => {
    const { distrust } = await this.server();
    if (distrust !== undefined) throw distrust;
  });

  /** Whom the API server sees in the credentials. */
  readonly user: () => Promise<User> = once(async () => {
    await this.certificate();
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const body = { apiVersion: 'authentication.k8s.io/v1', kind: REVIEW };
    return readUser(
      await this.ask({ method: 'POST', path, body }),
      await this.credentials(),
      await this.access(),
    );
  });
}

const REVIEW = 'SelfSubjectReview';

/** @param directory that of the service account */
export function accessChecks(way: Way, directory: string): Checks {
  return {
    async cluster() {
      const { value, source } = await way.access();
      return { value, source };
    },
    async credentials() {
      const options = await way.credentials();
      const { kind, source } = await way.access();
      if (kind === 'cluster') return { value: 'token and ca.crt can be read', source: directory };
      return { value: kindOf(options) ?? 'of a kind that this command does not know', source };
    },
    async server() {
      const { version, distrust } = await way.server();
      const { server } = await way.access();
      if (distrust !== undefined) return { value: `${server} takes connections` };
      return { value: `${server} answers${version === undefined ? '' : `, Kubernetes ${version}`}` };
    },
    async certificate() {
      await way.certificate();
      const source = (await way.access()).kind === 'cluster' ? 'ca.crt' : 'kubeconfig';
      if ((await way.credentials()).rejectUnauthorized !== false) return { value: 'verified', source };
      return { status: 'note', value: 'not verified: the kubeconfig says insecure-skip-tls-verify', source };
    },
    async user() {
      const { name, detail } = await way.user();
      if (name !== undefined) return { value: name, source: REVIEW };
      return { status: 'note', value: 'the API server does not say', source: REVIEW, detail };
    },
    async token() {
      const options = await way.credentials();
      const isAccepted = await way.user().then(
        () => true,
        () => false,
      );
      return checkToken(options, await way.access(), isAccepted);
    },
  };
}

async function readCredentials({ client, kind, source }: Access): Promise<RequestOptions> {
  try {
    return await client.connection.requestOptions();
  } catch (error) {
    const { message, cause } = error as Error;
    const detail = cause instanceof Error ? cause.message : message;
    if (kind === 'cluster') throw new CommandError('token or ca.crt cannot be read', MOUNT_FIX, { detail });
    throw new CommandError('the kubeconfig has no credentials that work', LOGIN_FIX, { source, detail });
  }
}

function kindOf(options: RequestOptions): string | undefined {
  if (tokenOf(options) !== undefined) return 'a token';
  return options.cert || options.pfx ? 'a client certificate' : undefined;
}

function readServer(answer: Answer, access: Access): Server {
  if ('error' in answer) {
    const { isCertificate, error } = explain(answer.error, access);
    if (isCertificate) return { version: undefined, distrust: error };
    throw error;
  }
  const { status, body } = answer;
  const { gitVersion: version } = body;
  if (typeof version === 'string') return { version, distrust: undefined };
  // A server that refuses to tell its version is there all the same.
  if (status === 401 || status === 403) return { version: undefined, distrust: undefined };
  throw new CommandError(
    `${access.server} answers, but not as an API server does`,
    'check the address, and what is in between: a proxy, a load balancer or a service mesh',
    { detail: `GET /version: ${status} ${said(answer)}` },
  );
}

function readUser(answer: Answer, options: RequestOptions, access: Access): User {
  if ('error' in answer) {
    const detail = answer.error.message;
    throw new CommandError('the API server gave no answer', 'try again', { source: REVIEW, detail });
  }
  const { status, body } = answer;
  const info = (body['status'] as JsonObject | undefined)?.['userInfo'] as JsonObject | undefined;
  const name = info?.['username'];
  if (status === 201 && typeof name === 'string') return { name };
  const detail = `${status} ${said(answer)}`;
  // Whoever shows nothing is anonymous, and may not ask who it is.
  const isAnonymous = status === 403 && kindOf(options) === undefined;
  if (status !== 401 && !isAnonymous) return { name: undefined, detail };
  const claims = readClaims(tokenOf(options) ?? '');
  const fix = access.kind === 'cluster' ? tokenFix(claims) : LOGIN_FIX;
  throw new CommandError('the API server does not accept the credentials', fix, { source: REVIEW, detail });
}

function tokenFix(claims: Claims | undefined): string {
  const check = 'check that the token is from this cluster, that its pod and service account still exist';
  if (claims?.audience === undefined) return check;
  return `${check}, and that its audience ${JSON.stringify(claims.audience)} is that of this API server`;
}

/** Whose token it is and whether it has expired, by its claims. */
function checkToken(options: RequestOptions, { kind }: Access, isAccepted: boolean): Finding {
  const token = tokenOf(options);
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
    return { status: podName === undefined && kind === 'cluster' ? 'note' : 'ok', value, source };
  }
  const value = `${bound}, expired at ${timeOf(expiresAt)}, ${spanOf(-leftMs)} ago`;
  if (isAccepted) {
    const detail = 'the API server accepts it anyway, so the clock of this machine is wrong';
    return { status: 'note', value, source, detail };
  }
  const fix =
    kind === 'cluster'
      ? 'use the token that the kubelet mounts and renews, not a copy; if you do already, restart the pod'
      : 'log in again, so that the kubeconfig has a new token';
  throw new CommandError(value, fix, { source });
}

/** What an answer says that is not the expected one, or why there is none. */
export function said(answer: Answer): string {
  if ('error' in answer) return answer.error.message;
  const { body, text } = answer;
  return (typeof body['message'] === 'string' ? body['message'] : text).trim().slice(0, 300);
}

interface Place {
  /** With its port. */
  where: string;
  hostname: string;
  access: Access;
}

interface Trouble {
  /** Codes of Node. */
  codes: RegExp;
  isCertificate?: true;
  what(place: Place): string;
  fix(place: Place): string;
}

/** What goes wrong on the way to the API server; the first that fits. */
const TROUBLES: readonly Trouble[] = [
  {
    codes: /^(ENOTFOUND|EAI_)/,
    what: ({ hostname }) => `${hostname} is not a name that DNS knows`,
    fix: ({ access: { source, kind } }) =>
      `check the name in ${source}, and the DNS of this ${kind === 'cluster' ? 'pod' : 'machine'}`,
  },
  {
    codes: /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    isCertificate: true,
    what: ({ hostname }) => `the certificate is not for ${hostname}`,
    fix: ({ hostname }) =>
      `use a host name or an address that is in the certificate, or add ${hostname} to it`,
  },
  {
    codes: /^CERT_(HAS_EXPIRED|NOT_YET_VALID)$/,
    isCertificate: true,
    what: () => 'the certificate is not valid at this time',
    fix: () => 'renew the certificate of the API server, or set the clock of this machine',
  },
  {
    codes: /CERT|SIGNATURE|ISSUER|^ERR_(OSSL|CRYPTO)/,
    isCertificate: true,
    what: () => 'the certificate is not from the CA that is trusted here',
    fix: ({ access: { kind } }) =>
      kind === 'cluster'
        ? "put this cluster's CA into ca.crt: kubectl get configmap kube-root-ca.crt -o jsonpath='{.data.ca\\.crt}' prints it"
        : "put the cluster's CA into certificate-authority-data of the kubeconfig, or find out whose proxy is in between",
  },
  {
    codes: /^(EPROTO$|ERR_SSL)/,
    what: ({ where }) => `${where} does not speak TLS`,
    fix: ({ where }) => `check host and port: what answers at ${where} is not an API server`,
  },
  {
    codes: /^/,
    what: ({ where }) => `no connection to ${where}`,
    fix: ({ where, access: { kind, server } }) =>
      kind === 'cluster'
        ? `allow egress to ${where}: look at the NetworkPolicies of this namespace, and at sidecars that start later`
        : `check the address, the network, VPN or proxy: curl -k ${server}/version`,
  },
];

function explain(error: Error, access: Access): { error: CommandError; isCertificate: boolean } {
  const { code = '' } = error as NodeJS.ErrnoException;
  const { hostname, port } = new URL(access.server);
  const place = { hostname, where: `${hostname}:${port || 443}`, access };
  const { what, fix, isCertificate = false } = TROUBLES.find(({ codes }) => codes.test(code)) as Trouble;
  const source = access.kind === 'cluster' ? 'ca.crt' : 'kubeconfig';
  const more = { detail: error.message, ...(isCertificate && { source }) };
  return { error: new CommandError(what(place), fix(place), more), isCertificate };
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
