// Whom a missing variable concerns: the Deployment of the pod, not the pod, which does not exist yet. Everything that is
// returned has a uid: without one, kubectl describe does not show the Event.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
const TIMEOUT_MS = 2_000;
/** A pod gets its uid when it is stored, a moment after the webhook has let it in. */
const POD_DELAYS_MS = [50, 100, 200, 400, 800];
const MAX_REMEMBERED = 1_000;
/** Of ReplicaSets, by uid: what owns them does not change. */
const owners = new Map();

/**
 * The object that owns the pod of an admission request, or the pod when nothing does. A pod of a Deployment says only which
 * ReplicaSet owns it. The ReplicaSet is asked for its owner, although its name without the pod-template-hash would be that
 * of the Deployment: the owner reference also has the uid, and is right for a ReplicaSet that somebody made by hand or that
 * belongs to another controller.
 */
export async function ownerOf(request) {
  const { namespace, object } = request;
  const owner = controllerOf(object);
  // The library reads admission requests too.
  if (!owner) return (await storedPod(request)) ?? request;
  if (owner.kind !== 'ReplicaSet') return { ...owner, namespace };
  if (owners.size >= MAX_REMEMBERED) owners.clear();
  if (!owners.has(owner.uid)) owners.set(owner.uid, ownerOfReplicaSet(owner.name, namespace));
  try {
    return { ...((await owners.get(owner.uid)) ?? owner), namespace };
  } catch {
    // Not allowed, or no answer: the ReplicaSet is near enough.
    owners.delete(owner.uid);
    return { ...owner, namespace };
  }
}

const controllerOf = ({ metadata }) => metadata?.ownerReferences?.find(({ controller }) => controller);

async function ownerOfReplicaSet(name, namespace) {
  const path = `/apis/apps/v1/namespaces/${namespace}/replicasets/${name}`;
  const { status, text } = await read(path);
  if (status !== 200) throw new Error(`${path}: ${status}`);
  return controllerOf(JSON.parse(text));
}

/** Undefined when it has no name yet, or was not let in after all. */
async function storedPod({ namespace, name }) {
  if (!name) return undefined;
  for (const delay of POD_DELAYS_MS) {
    await sleep(delay);
    const { status, text } = await read(`/api/v1/namespaces/${namespace}/pods/${name}`);
    if (status === 200) return JSON.parse(text);
    if (status !== 404) return undefined;
  }
  return undefined;
}

/** The answer of the API server; status 0 when there is none. */
async function read(path) {
  try {
    const [ca, token] = await Promise.all(
      ['ca.crt', 'token'].map((file) => readFile(`${SERVICE_ACCOUNT_DIR}/${file}`, 'utf8')),
    );
    const options = {
      host: process.env.KUBERNETES_SERVICE_HOST,
      port: process.env.KUBERNETES_SERVICE_PORT,
      path,
      ca,
      headers: { authorization: `Bearer ${token.trim()}` },
      signal: AbortSignal.timeout(TIMEOUT_MS),
    };
    const [response] = await once(get(options), 'response');
    return { status: response.statusCode, text: (await response.setEncoding('utf8').toArray()).join('') };
  } catch (error) {
    return { status: 0, text: error.message };
  }
}
