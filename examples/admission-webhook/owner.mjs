// Whom a missing variable concerns: the Deployment of the pod, not the pod, which does not exist yet.
import { readFile } from 'node:fs/promises';
import { get } from 'node:https';

const SERVICE_ACCOUNT_DIR = '/var/run/secrets/kubernetes.io/serviceaccount';
const TIMEOUT_MS = 2_000;
const MAX_REMEMBERED = 1_000;
/** Of ReplicaSets, by uid: what owns them does not change. */
const owners = new Map();

/**
 * The object that owns the pod of an admission request. A pod of a Deployment says only which ReplicaSet owns it. The
 * ReplicaSet is asked for its owner, although its name without the pod-template-hash would be that of the Deployment:
 * the owner reference also has the uid, without which kubectl describe shows no Event, and is right for a ReplicaSet
 * that somebody made by hand or that belongs to another controller.
 */
export async function ownerOf(request) {
  const { namespace, object } = request;
  const owner = controllerOf(object);
  // A pod of its own: the library reads admission requests.
  if (!owner) return request;
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
  const [ca, token] = await Promise.all(
    ['ca.crt', 'token'].map((file) => readFile(`${SERVICE_ACCOUNT_DIR}/${file}`, 'utf8')),
  );
  const options = {
    host: process.env.KUBERNETES_SERVICE_HOST,
    port: process.env.KUBERNETES_SERVICE_PORT,
    path: `/apis/apps/v1/namespaces/${namespace}/replicasets/${name}`,
    ca,
    headers: { authorization: `Bearer ${token.trim()}` },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  };
  return new Promise((resolve, reject) => {
    get(options, async (response) => {
      try {
        const text = (await response.setEncoding('utf8').toArray()).join('');
        if (response.statusCode !== 200) throw new Error(`${options.path}: ${response.statusCode}`);
        resolve(controllerOf(JSON.parse(text)));
      } catch (error) {
        reject(error);
      }
    }).on('error', reject);
  });
}
