import type { Access, User } from './auth.ts';
import type { EventApi } from './event.ts';
import type { Kind } from './kinds.ts';
import { forbidden, type StatusError } from './status.ts';

export interface Call {
  method: string;
  /** The path with the query. */
  path: string;
  contentType?: string | undefined;
  authorization?: string | undefined;
  body?: string;
}

export interface Target extends Access {
  version: string;
}

export interface Request extends Target {
  query: URLSearchParams;
  body: string;
  contentType: string;
  kind: Kind;
  /** The API of the path, if it is about Events. */
  api: EventApi | undefined;
  warnings: string[];
}

const verbs: Record<string, string> = { POST: 'create', PATCH: 'patch', GET: 'get', DELETE: 'delete' };

/** The target of a path; undefined if it is not a resource. */
export function parsePath(path: string, method: string, query: URLSearchParams): Target | undefined {
  const [root, ...parts] = path.slice(1).split('/').map(decodeURIComponent);
  if (root !== 'api' && root !== 'apis') return undefined;
  const group = root === 'api' ? '' : (parts.shift() ?? '');
  const version = parts.shift() ?? '';
  let namespace = '';
  if (parts[0] === 'namespaces' && parts.length > 2) [, namespace = ''] = parts.splice(0, 2);
  const [plural, name = '', subresource] = parts;
  if (!plural) return undefined;
  const resource = subresource ? `${plural}/${subresource}` : plural;
  const listing = /^(true|1)$/.test(query.get('watch') ?? '') ? 'watch' : 'list';
  const verb = method === 'GET' && !name ? listing : (verbs[method] ?? method.toLowerCase());
  return { group, version, namespace, resource, name, verb };
}

export function denied(user: User, { verb, group, resource, namespace, name }: Target): StatusError {
  const where = namespace ? `in the namespace "${namespace}"` : 'at the cluster scope';
  const what = `cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
  return forbidden({ group, resource }, name, `User "${user.username}" ${what}`);
}
