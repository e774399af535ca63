import { parseAllDocuments } from 'yaml';
import { type Lookup, WORKLOAD_LOOKUPS } from '../../../src/command/lookups.ts';
import { type Grant, manifests } from '../../../src/command/rbac.ts';
import { fence, table } from './markdown.ts';

const WEB = { kind: 'ServiceAccount', namespace: 'shop', name: 'web' } as const;
const OWN: Grant = { namespace: 'shop', subject: WEB, lookups: [] };
const DEPLOYMENTS: Lookup = { group: 'apps', resource: 'deployments', isOfCluster: false };
/** What `rbac --workload` allows in addition. */
export const FOR_WORKLOAD: Partial<Grant> = { lookups: WORKLOAD_LOOKUPS };

interface Rule {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

const GRANTS: Record<string, Grant> = {
  '`rbac --namespace shop --service-account web`': OWN,
  "`… --workload`, for `regarding: 'workload'`": { ...OWN, ...FOR_WORKLOAD },
  '`… --lookup deployments`, for records about Deployments without a `uid`': {
    ...OWN,
    lookups: [DEPLOYMENTS],
  },
};

export function grantYaml(changes: Partial<Grant> = {}): string {
  return fence('yaml', manifests({ ...OWN, ...changes }));
}

/** The permissions of each call. A row shows only what is added to the rows above. */
export function rulesTable(): string {
  const seen = new Set<string>();
  const rows = Object.entries(GRANTS).flatMap(([call, grant]) => {
    const [role] = parseAllDocuments(manifests(grant)).map((document) => document.toJS());
    return (role.rules as Rule[])
      .filter((rule) => !seen.has(JSON.stringify(rule)) && seen.add(JSON.stringify(rule)))
      .map(({ apiGroups, resources, verbs }, index) => [
        index === 0 ? call : '',
        ...[apiGroups, resources, verbs].map((names) =>
          names.map((name) => `\`${name || '""'}\``).join(', '),
        ),
      ]);
  });
  return table(['', 'API groups', 'resources', 'verbs'], rows);
}
