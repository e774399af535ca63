import { groupVersion, type Kind } from './kinds.ts';
import { type Json, noSuchPath } from './status.ts';

const groupOf = (name: string, kinds: Kind[]) => {
  const versions = [
    ...new Set(kinds.filter(({ group }) => group === name).map(({ version }) => version)),
  ].map((version) => ({ groupVersion: groupVersion({ group: name, version }), version }));
  return { name, versions, preferredVersion: versions[0] };
};

/** Which kinds there are: what the API server says at `/api`, `/apis` and the paths of groups and versions. */
export function discover(path: string, kinds: Kind[]): Json {
  const groups = [...new Set(kinds.map(({ group }) => group))].filter(Boolean);
  if (path === '/api') return { kind: 'APIVersions', versions: ['v1'] };
  if (path === '/apis') {
    return { kind: 'APIGroupList', apiVersion: 'v1', groups: groups.map((name) => groupOf(name, kinds)) };
  }
  const group = groups.find((name) => path === `/apis/${name}`);
  if (group) return { kind: 'APIGroup', apiVersion: 'v1', ...groupOf(group, kinds) };
  const served = kinds.filter((kind) => path === `${kind.group ? '/apis' : '/api'}/${groupVersion(kind)}`);
  const [first] = served;
  if (!first) throw noSuchPath();
  const resources = served.map(({ resource, namespaced, kind }) => ({
    ...{ name: resource, singularName: kind.toLowerCase(), namespaced, kind },
    verbs: ['create', 'delete', 'get', 'list', 'patch'],
  }));
  return { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: groupVersion(first), resources };
}
