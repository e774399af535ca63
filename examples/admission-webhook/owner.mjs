// Finds the object that a missing variable concerns. It is the Deployment of the pod, because the pod does not exist yet.
// Every object returned has a uid, because kubectl describe does not show an Event without one.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';
import { setTimeout as sleep } from 'node:timers/promises';

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
const TIMEOUT_MS = 2_000;
/** A pod gets its uid when it is stored, shortly after the webhook has admitted it. */
const POD_DELAYS_MS = [50, 100, 200, 400, 800];
const MAX_REMEMBERED = 1_000;
/** The owners of ReplicaSets, by uid. They do not change. */
const owners = new Map();

/**
 * The object that owns the pod of an admission request, or the pod if it has no owner. A pod of a Deployment names only its
 * ReplicaSet as owner, so the ReplicaSet is asked for its own owner. The name of the ReplicaSet without the
 * pod-template-hash would also be the name of the Deployment. But the owner reference has the uid too, and it is correct
 * for a ReplicaSet that somebody created by hand or that belongs to another controller.
 */
export async function ownerOf(request) {
  const { namespace, object } = request;
  const owner = controllerOf(object);
  // The library can read admission requests too.
  if (!owner) return (await storedPod(request)) ?? request;
  if (owner.kind !== 'ReplicaSet') return { ...owner, namespace };
  if (owners.size >= MAX_REMEMBERED) owners.clear();
  if (!owners.has(owner.uid)) owners.set(owner.uid, ownerOfReplicaSet(owner.name, namespace));
  try {
    return { ...((await owners.get(owner.uid)) ?? owner), namespace };
  } catch {
    // Not allowed, or no answer. The ReplicaSet is close enough.
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

/** Undefined if it has no name yet, or if it was not admitted. */
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

/** The answer of the API server; status 0 if there is none. */
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
