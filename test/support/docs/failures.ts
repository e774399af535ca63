import { interpret, type Meaning } from '../../../src/cluster/answers.ts';
import type { Answer } from '../../../src/cluster/client.ts';
import { KubeConfigConnection } from '../../../src/cluster/kube-config.ts';
import { InClusterConnection } from '../../../src/cluster/service-account.ts';
import { table } from './markdown.ts';

const VERBS = ['create', 'patch'] as const;
const NOT_PERMITTED = { message: 'events is forbidden: User "web" cannot create resource "events"' };
const TERMINATING = { details: { causes: [{ reason: 'NamespaceTerminating' }] } };

/** Failures without an answer. The last two are real errors. */
async function readErrors(): Promise<Record<string, Answer>> {
  const reset = failed(errorWith('ECONNRESET'), true);
  const env = { KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443' };
  const noFolder = new InClusterConnection(env, '/does/not/exist');
  const noCluster = new KubeConfigConnection({
    getCurrentCluster: () => null,
    async applyToHTTPSOptions() {},
  });
  return {
    'no connection': failed(errorWith('ECONNREFUSED'), false),
    'a certificate that is not trusted': failed(errorWith('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), false),
    'no answer in time': failed(errorWith('ETIMEDOUT'), true),
    'the connection breaks': reset,
    'an idle connection that the server has closed': { ...reset, isStaleSocket: true },
    'token or `ca.crt` cannot be read': failed(await errorOf(() => noFolder.requestOptions()), false),
    'the kubeconfig cannot be used': failed(await errorOf(() => noCluster.requestOptions()), false),
  };
}

/** The meaning of a status, in a few words. */
const NAMES: Record<number, string> = {
  401: 'the token is not accepted',
  404: 'no such namespace; no such Event',
  408: 'the server waited too long',
  409: 'it exists already; another writer was faster',
  429: 'too many requests',
};

function errorWith(code: string): Error {
  return Object.assign(new Error(code), { code });
}

function failed(error: Error, isSent: boolean) {
  return { error, isSent, isStaleSocket: false };
}

async function errorOf(call: () => unknown): Promise<Error> {
  try {
    await call();
  } catch (error) {
    return error as Error;
  }
  throw new Error('expected an error');
}

/** An answer in the form that the API server uses. */
function reply(status: number, more = {}): Answer {
  return { status, body: { kind: 'Status', ...more }, text: '', retryAfterMs: undefined };
}

function say(meaning: Meaning, verb: (typeof VERBS)[number]): string {
  switch (meaning.is) {
    case 'stored':
      return 'written';
    case 'taken':
      return 'read, then written with the counts of both';
    case 'gone':
      return 'created again, with the whole count';
    case 'resend':
      return 'sent again at once';
    case 'retry':
      if (meaning.fate !== 'unknown') return 'kept, tried again';
      return verb === 'create'
        ? 'kept, tried again; the answer is 409 if it was written after all'
        : 'kept; read before it is tried again, because it may have been written';
    case 'forbidden':
      return 'kept, tried again after 10 s, then 20 s … up to 60 s';
    case 'drop':
      return `given up, counted in \`stats.dropped.${meaning.reason}\``;
  }
}

/** What happens to an Event after an answer, for both requests, and the code of the diagnostic. */
function outcome(answer: Answer): string[] {
  const meanings = VERBS.map((verb) => interpret(answer, { verb, namespace: 'shop', apiGroup: '' }));
  const said = meanings.map((meaning, index) => say(meaning, VERBS[index]!));
  const codes = meanings.map((meaning) =>
    meaning.is === 'forbidden' ? 'KEVT_FORBIDDEN' : 'code' in meaning ? meaning.code : '',
  );
  return [...said, [...new Set(codes.filter(Boolean))].map((code) => `\`${code}\``).join(', ')];
}

/** All possible statuses, grouped by what happens after them. */
function statusRows(): string[][] {
  const groups = new Map<string, { statuses: number[]; cells: string[] }>();
  for (let status = 200; status < 600; status++) {
    const cells = outcome(reply(status));
    const key = cells.join('\0');
    const group = groups.get(key) ?? { statuses: [], cells };
    group.statuses.push(status);
    groups.set(key, group);
  }
  const rows = [...groups.values()].map(({ statuses, cells }) => [label(statuses), ...cells]);
  const isRest = ([name]: string[]) => Number(name!.startsWith('other'));
  return rows.sort((one, other) => isRest(one) - isRest(other));
}

/** `409 (…)`, or `5xx` if most statuses of the class have the same outcome. */
function label(statuses: number[]): string {
  const classes = [2, 3, 4, 5].map((first) => ({
    first,
    members: statuses.filter((status) => Math.floor(status / 100) === first),
  }));
  const isMost = ({ members }: { members: number[] }) => members.length > 50;
  const whole = classes
    .filter(isMost)
    .map(({ first, members }) => `${members.length === 100 ? '' : 'other '}${first}xx`);
  const single = classes
    .filter((each) => !isMost(each))
    .flatMap(({ members }) => members.map((status) => `${status} (${nameOf(status)})`));
  return [...whole, ...single].join(', ');
}

function nameOf(status: number): string {
  const name = NAMES[status];
  if (name === undefined) throw new Error(`expected a name for the status ${status}, which is treated alone`);
  return name;
}

export async function failuresTable(): Promise<string> {
  const errors = Object.entries(await readErrors()).map(([what, answer]) => [what, ...outcome(answer)]);
  const refusals = [
    ['403 of a missing permission', ...outcome(reply(403, NOT_PERMITTED))],
    ['403 of a namespace that is being deleted', ...outcome(reply(403, TERMINATING))],
    ['404 of a proxy that cannot reach the API server', ...outcome(reply(404, { kind: undefined }))],
  ];
  const rows = [...statusRows(), ...refusals, ...errors];
  return table(['answer', 'to a new Event (POST)', 'to a repeat (PATCH)', 'diagnostic'], rows);
}
