/** `doctor` in a pod that may not write Events yet, and again with the Role that it asks for. */
import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { writeProjected } from '../../test/stand-in/service-account-dir.ts';
import { type StandIn, startStandIn } from '../../test/stand-in/stand-in.ts';

const COMMAND = join(import.meta.dirname, '../../dist/command/main.js');
const CALL = '$ kubectl exec deploy/web -- npx winston-kubernetes-events doctor';
/** Where the kubelet mounts the service account, and where the service `kubernetes` usually is. */
const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
const SERVER = 'https://10.96.0.1:443';

/** The Role; the RoleBinding follows. */
const SHOWN_LINES = 9;

const NAMESPACE = 'shop';
const SERVICE_ACCOUNT = 'web';
const POD = 'web-7d9c5b8f6d-x2x7k';

const dim = (text: string) => `\u001b[2m${text}\u001b[0m`;

/** The first lines of what is to be pasted; the rest is in the README. */
function shorten(text: string, fix: string): string {
  const lines = fix.split('\n');
  return text.replace(fix, [...lines.slice(0, SHOWN_LINES), dim('…')].join('\n'));
}

/** @param terminal a module that makes standard output a terminal */
export async function examineAndMend(terminal: string): Promise<string> {
  const standIn = await startStandIn();
  const folder = await mkdtemp(join(tmpdir(), 'doctor-'));
  try {
    await createPod(standIn, folder);
    const call = () => runDoctor(standIn, folder, terminal);
    const before = await call();
    const fix = /kubectl apply -f - <<'EOF'\n([\s\S]*?)\nEOF/.exec(before)?.[1];
    if (fix === undefined) throw new Error(`expected lines to paste, got ${before}`);
    for (const document of parseAllDocuments(fix)) await standIn.apply(document.toJS());
    const after = await call();
    // What was well before is well again: from the permission on.
    const rest = after.slice(after.search(/^.*\bpermission\b/m));
    return [CALL, shorten(before, fix), dim('… with these lines applied:'), '', CALL, dim('…'), rest].join(
      '\n',
    );
  } finally {
    await standIn.close();
    await rm(folder, { recursive: true });
  }
}

async function createPod(standIn: StandIn, folder: string): Promise<void> {
  const inNamespace = (name: string) => ({ namespace: NAMESPACE, name });
  await standIn.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: NAMESPACE } });
  await standIn.apply({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-a' } });
  await standIn.apply({ apiVersion: 'v1', kind: 'ServiceAccount', metadata: inNamespace(SERVICE_ACCOUNT) });
  await standIn.apply({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: inNamespace(POD),
    spec: {
      nodeName: 'node-a',
      serviceAccountName: SERVICE_ACCOUNT,
      containers: [{ name: 'app', image: 'pause' }],
    },
  });
  const token = standIn.createToken(NAMESPACE, SERVICE_ACCOUNT, { pod: POD });
  await writeProjected(folder, { token, 'ca.crt': standIn.ca, namespace: NAMESPACE });
}

/** With the addresses of a pod in place of those of this machine. */
async function runDoctor(standIn: StandIn, folder: string, terminal: string): Promise<string> {
  const { hostname, port } = new URL(standIn.url);
  const env = {
    PATH: process.env.PATH,
    KUBERNETES_SERVICE_HOST: hostname,
    KUBERNETES_SERVICE_PORT: port,
  };
  const args = ['--import', terminal, COMMAND, 'doctor', '--service-account-dir', folder];
  const text = await new Promise<string>((resolve) =>
    execFile(process.execPath, args, { env }, (_error, stdout, stderr) => resolve(stdout + stderr)),
  );
  return text.replaceAll(folder, SERVICE_ACCOUNT_DIR).replaceAll(standIn.url, SERVER);
}
