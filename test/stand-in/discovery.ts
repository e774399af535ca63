import { groupVersion, type Kind } from './kinds.ts';
import { type Json, noSuchPath } from './status.ts';

/** Which kinds there are: what the API server says at `/apis` and at the path of a version of a group. */
export function discover(path: string, kinds: Kind[]): Json {
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') {
    const groups = [...new Set(kinds.map(({ group }) => group))].filter(Boolean).map((name) => {
      const { version } = kinds.find(({ group }) => group === name) as Kind;
      const preferredVersion = { groupVersion: `${name}/${version}`, version };
      return { name, versions: [preferredVersion], preferredVersion };
    });
    return { kind: 'APIGroupList', apiVersion: 'v1', groups };
  }
  const served = kinds.filter((kind) => path === `${kind.group ? '/apis' : '/api'}/${groupVersion(kind)}`);
  const [first] = served;
  if (!first) throw noSuchPath();
  const resources = served.map(({ resource, namespaced, kind }) => ({
    ...{ name: resource, singularName: kind.toLowerCase(), namespaced, kind },
    verbs: ['create', 'delete', 'get', 'list', 'patch', 'watch'],
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(first), resources };
}
