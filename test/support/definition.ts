import type { KubernetesObject } from './cluster.ts';

/** The CustomResourceDefinition of a kind. Its objects may contain anything. */
export function definitionOf(
  apiVersion: string,
  kind: string,
  scope: 'Namespaced' | 'Cluster',
): KubernetesObject {
  const [group, name] = apiVersion.split('/') as [string, string];
  const singular = kind.toLowerCase();
  const plural = `${singular}s`;
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope,
      names: { kind, plural, singular, listKind: `${kind}List` },
      versions: [{ name, served: true, storage: true, schema }],
    },
  };
}
