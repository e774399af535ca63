import { groupVersion, type Kind } from './kinds.ts';
import { type Json, noSuchPath } from './status.ts';

/** Which kinds there are: what the API server says at `/apis`, and at the paths of a group and of a version of it. */
export function discover(path: string, kinds: Kind[]): Json {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  const groups = [...new Set(kinds.map(({ group }) => group))].filter(Boolean).map((name) => {
    const { version } = kinds.find(({ group }) => group === name) as Kind;
    const preferredVersion = { groupVersion: `${name}/${version}`, version };
    return { name, versions: [preferredVersion], preferredVersion };
  });
  if (path === '/apis') return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  const group = groups.find(({ name }) => path === `/apis/${name}`);
  if (group) return { kind: 'APIGroup', apiVersion: 'v1', ...group };
  const served = kinds.filter((kind) => path === `${kind.group ? '/apis' : '/api'}/${groupVersion(kind)}`);
  const [first] = served;
  if (!first) throw noSuchPath();
  const resources = served.map(({ resource, namespaced, kind, shortNames }) => ({
    ...{ name: resource, singularName: kind.toLowerCase(), namespaced, kind },
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'],
    ...(shortNames && { shortNames }),
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(first), resources };
}
