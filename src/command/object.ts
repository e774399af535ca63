import type { ApiClient, JsonObject } from '../cluster/client.ts';
import { type ObjectReference, readReference } from '../object/reference.ts';
import { quote } from './arguments.ts';
import { CommandError, UsageError } from './io.ts';

/** Discovery is three small answers at the most, each of which gets so long. */
const TIMEOUT_MS = 5_000;

/**
 * An object as kubectl takes it: built-in types as `deployment/web` or `deployments.apps/web`, all others with their
 * group, as `rollout.argoproj.io/web`, which is asked of the API server.
 * @throws UsageError for what is neither, CommandError when the server does not know the type
 */
export async function readObject(option: string, text: string, client: ApiClient): Promise<ObjectReference> {
  const reading = readReference(text);
  if ('reference' in reading) return reading.reference;
  const [, type = '', group = '', name = ''] =
    /^([A-Za-z][A-Za-z0-9]*)\.([a-z0-9.-]+)\/([^/]+)$/.exec(text) ?? [];
  const [, unknown] = /^([A-Za-z][A-Za-z0-9]*)\/[^/]+$/.exec(text) ?? [];
  if (unknown !== undefined) {
    throw new UsageError(
      `${option}: there is no built-in type ${quote(unknown)}; types of your own are given with their group, such as rollout.argoproj.io/web`,
    );
  }
  if (type === '') {
    throw new UsageError(
      `${option}: expected TYPE/NAME, such as deployment/web, or TYPE.GROUP/NAME for types of your own, got ${quote(text)}`,
    );
  }
  const groups = await get(client, '/apis', 'groups');
  const preferred = groups.find((each) => each['name'] === group)?.['preferredVersion'] as
    | JsonObject
    | undefined;
  const apiVersion = preferred?.['groupVersion'];
  if (typeof apiVersion !== 'string') {
    throw new CommandError(
      `${option}: the API server has no group ${quote(group)}: kubectl api-resources lists all`,
    );
  }
  const typed = type.toLowerCase();
  const resource = (await get(client, `/apis/${apiVersion}`, 'resources')).find(
    ({ name: plural, singularName, kind, shortNames }) =>
      [plural, singularName, String(kind).toLowerCase()].includes(typed) ||
      (Array.isArray(shortNames) && shortNames.includes(typed)),
  );
  const object = readReference({ apiVersion, kind: resource?.['kind'], name });
  if (resource !== undefined && 'reference' in object) return object.reference;
  throw new CommandError(
    `${option}: ${apiVersion} has no type ${quote(type)}: kubectl api-resources --api-group=${group} lists all`,
  );
}

async function get(client: ApiClient, path: string, field: string): Promise<JsonObject[]> {
  const answer = await client.request({ method: 'GET', path, timeoutMs: TIMEOUT_MS });
  if ('error' in answer)
    throw new CommandError(`asking the API server for its types: ${answer.error.message}`);
  const list = answer.body[field];
  if (answer.status === 200 && Array.isArray(list)) return list as JsonObject[];
  throw new CommandError(
    `asking the API server for its types: GET ${path} is answered with ${answer.status}`,
  );
}
