import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { otherCertificates } from '../stand-in/certificates.ts';
import type { Exit } from '../support/application.ts';
import type { KubernetesObject, TestPod } from '../support/cluster.ts';
import { runExample } from './run-example.ts';

// biome-ignore lint/suspicious/noExplicitAny: any JSON
type Json = any;

export interface Webhook {
  /** Of `/mutate`. */
  url: string;
  ca: string;
  /** The ConfigMap's file; undefined takes it away. */
  setPolicy(policy: unknown): Promise<void>;
  /** What is answered to an AdmissionReview of the creation of the pod. */
  review(pod: KubernetesObject, more?: object): Promise<Json>;
  post(text: string): Promise<{ status: number; text: string }>;
  /** SIGTERM, and the end of the process. */
  stop(): Promise<Exit>;
}

/** The example `admission-webhook` in a pod, with a certificate that its callers verify. */
export async function startWebhook(
  t: TestContext,
  pod: TestPod,
  env: Record<string, string> = {},
): Promise<Webhook> {
  const folder = await mkdtemp(join(tmpdir(), 'webhook-'));
  const { ca, cert, key } = await otherCertificates();
  await writeFile(join(folder, 'tls.crt'), cert);
  await writeFile(join(folder, 'tls.key'), key);
  const policyFile = join(folder, 'policy.json');
  const application = runExample('admission-webhook/server.mjs', pod, {
    PORT: '0',
    TLS_DIR: folder,
    POLICY: policyFile,
    ...env,
  });
  const agent = new Agent({ ca, keepAlive: true });
  t.after(async () => {
    agent.destroy();
    application.child.kill('SIGKILL');
    await rm(folder, { recursive: true, force: true });
  });
  const [, port] = await application.waitForLine(/listening on port (\d+)/);
  const url = `https://127.0.0.1:${port}/mutate`;

  const post = async (text: string) => {
    const request = httpsRequest(url, { method: 'POST', agent });
    request.end(text);
    const [response] = await once(request, 'response');
    return { status: response.statusCode, text: (await response.setEncoding('utf8').toArray()).join('') };
  };
  const review = async (object: KubernetesObject, more: object = {}) => {
    const { name, namespace } = object.metadata;
    const request = {
      uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
      kind: { group: '', version: 'v1', kind: 'Pod' },
      operation: 'CREATE',
      ...{ name, namespace, object, dryRun: false, ...more },
    };
    const { text } = await post(
      JSON.stringify({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request }),
    );
    return JSON.parse(text).response;
  };
  const setPolicy = (policy: unknown) =>
    policy === undefined ? rm(policyFile) : writeFile(policyFile, JSON.stringify(policy));
  const stop = () => {
    application.child.kill('SIGTERM');
    return application.exited;
  };
  return { url, ca, setPolicy, review, post, stop };
}

/** The pod as the API server would store it: a JSON patch with additions only. */
export function patched<T>(pod: T, { patch = '' }: { patch?: string }): T {
  const result: Json = structuredClone(pod);
  const operations = patch ? JSON.parse(Buffer.from(patch, 'base64').toString()) : [];
  for (const { op, path, value } of operations) {
    if (op !== 'add') throw new Error(`expected an addition, got ${op} of ${path}`);
    const keys: string[] = path.slice(1).split('/');
    const last = keys.pop()!;
    const target = keys.reduce((object, key) => object[key], result);
    if (last === '-') target.push(value);
    else target[last] = value;
  }
  return result;
}
