import type { Answer, ApiClient } from '../cluster/client.ts';
import { Discovery } from '../cluster/discovery.ts';
import { BUILT_IN, groupOf } from '../object/kinds.ts';
import { isDnsSubdomain } from '../object/names.ts';
import { type ObjectReference, readReference } from '../object/reference.ts';
import { checkName } from './arguments.ts';
import { said } from './check-access.ts';
import { CommandError, quote, UsageError } from './io.ts';
import { noType, statusOf } from './lookups.ts';

const TIMEOUT_MS = 5_000;

/**
 * Reads an object as kubectl takes it. Built-in types are `deployment/web` or `deployments.apps/web`. Others need their group,
 * such as `rollout.argoproj.io/web`, and the API server is asked for them.
 */
export async function readObject(option: string, text: string, client: ApiClient): Promise<ObjectReference> {
  const reading = readReference(text);
  if ('reference' in reading) return withValidName(option, reading.reference);
  const [, type = '', group, name] = /^([A-Za-z][A-Za-z0-9]*)(?:\.([a-z0-9.-]+))?\/([^/]+)$/.exec(text) ?? [];
  if (name === undefined || (group !== undefined && !isDnsSubdomain(group)))
    throw new UsageError(
      `${option}: expected TYPE/NAME, such as deployment/web, or TYPE.GROUP/NAME for custom types, got ${quote(text)}`,
    );
  if (group === undefined)
    throw noType(
      option,
      type,
      [...BUILT_IN.keys()].map((kind) => kind.toLowerCase()),
    );
  const discovery = new Discovery(client);
  const version = await discovery.preferredVersion(group, TIMEOUT_MS);
  const noGroup = `${option}: the API server has no group ${quote(group)}: kubectl api-resources lists all`;
  if ('failure' in version)
    throw statusOf(version.failure) === 404 ? new CommandError(noGroup) : failed(version.failure);
  const { apiVersion } = version;
  const listing = await discovery.resourcesOf(apiVersion, TIMEOUT_MS);
  if ('failure' in listing) throw failed(listing.failure);
  const resource = listing.resources.find(({ names }) => names.includes(type.toLowerCase()));
  const object = readReference({ apiVersion, kind: resource?.kind, name });
  if ('reference' in object) return object.reference;
  throw new CommandError(
    `${option}: ${apiVersion} has no type ${quote(type)}: kubectl api-resources --api-group=${group} lists all`,
  );
}

/** The API server takes an Event about an object that cannot exist, so a typing error would not be noticed. */
function withValidName(option: string, reference: ObjectReference): ObjectReference {
  const { kind, name } = reference;
  // Names in RBAC may have nearly all characters (kubernetes/kubernetes `pkg/apis/rbac/validation`).
  if (groupOf(reference) !== 'rbac.authorization.k8s.io')
    checkName(option, kind === 'Namespace' ? 'namespace' : 'Kubernetes object', name);
  return reference;
}

function failed(answer: Answer): CommandError {
  return new CommandError(`asking the API server for its types: ${statusOf(answer) || ''} ${said(answer)}`);
}
