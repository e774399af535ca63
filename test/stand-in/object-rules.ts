import { dnsLabel, dnsSubdomain, isLabel, isSubdomain, type NameRule, pathSegment } from './names.ts';
import {
  all,
  between,
  each,
  fields,
  invalid,
  missing,
  oneOf,
  optional,
  type Rule,
  required,
  text,
  texts,
} from './rules.ts';
import type { Json } from './status.ts';

/**
 * What kube-apiserver requires of an object in addition to its metadata. These are not all rules of its
 * `pkg/apis/…/validation`, only those that the author of a test may break.
 */
export interface KindRules {
  /** @default a DNS subdomain */
  name?: NameRule;
  rule?: Rule;
  /** The paths that an update may not change. */
  fixed?: string[];
  /** The part of the spec that an update may not change. */
  fixedSpec?: { of(spec: Json): Json; message: string };
}

const label = text(isLabel, 'must be a DNS label');
const subdomain = text(isSubdomain, 'must be a DNS subdomain');

const container = fields({ name: required(label), image: required() });
const podSpec = fields({
  containers: required(each(container)),
  initContainers: optional(each(container)),
  restartPolicy: optional(oneOf('Always', 'OnFailure', 'Never')),
  serviceAccountName: optional(subdomain),
  nodeName: optional(subdomain),
});

const selects = ({ matchLabels = {}, matchExpressions = [] }: Json, labels: Json): boolean =>
  Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
  matchExpressions.every(({ key, operator, values = [] }: Json) => {
    const isAmong = Object.hasOwn(labels, key) && (/Exist/.test(operator) || values.includes(labels[key]));
    return isAmong === /^(In|Exists)$/.test(operator);
  });

/** The selector of a controller must match the pods of its template. */
const selector =
  (emptyIn: string, isRequired: boolean): Rule =>
  (spec, field) => {
    const { selector: given, template } = spec ?? {};
    const isEmpty = given && Object.values(given).every((part: Json) => Object.keys(part).length === 0);
    const causes = [];
    if (!given && isRequired) causes.push(missing(`${field}.selector`));
    if (isEmpty) causes.push(invalid(`${field}.selector`, `empty selector is invalid for ${emptyIn}`));
    if (!given || !selects(given, template?.metadata?.labels ?? {}))
      causes.push(
        invalid(`${field}.template.metadata.labels`, '`selector` does not match template `labels`'),
      );
    return causes;
  };

/** A controller whose pods run until it ends them. */
const controller = (emptyIn: string, isSelectorRequired = true): Rule =>
  fields({
    spec: all(
      selector(emptyIn, isSelectorRequired),
      fields({
        replicas: optional(between(0, 2 ** 31 - 1)),
        template: fields({ spec: all(podSpec, fields({ restartPolicy: optional(oneOf('Always')) })) }),
      }),
    ),
  });

/** Pods that end. If the policy is missing, the API server uses its default, Always. */
const jobSpec = (selectorMessage: string): Rule =>
  all(
    (spec, field) =>
      spec?.selector && !spec.manualSelector ? [invalid(`${field}.selector`, selectorMessage)] : [],
    fields({
      template: fields({
        spec: all(
          podSpec,
          fields({
            restartPolicy: (policy, field) =>
              policy === 'Always' ? [missing(field)] : required(oneOf('OnFailure', 'Never'))(policy, field),
          }),
        ),
      }),
    }),
  );

const isSchedule = (schedule: string) =>
  /^@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)$/.test(schedule) ||
  schedule.trim().split(/\s+/).length === 5;

const RBAC = 'rbac.authorization.k8s.io';

const policyRule = (isNamespaced: boolean): Rule =>
  all(fields({ verbs: required() }), (rule, field) => {
    if (!rule.nonResourceURLs?.length)
      return fields({ apiGroups: required(), resources: required() })(rule, field);
    return isNamespaced || rule.apiGroups?.length || rule.resources?.length
      ? [invalid(`${field}.nonResourceURLs`, 'rules of this kind cannot apply to non-resource URLs')]
      : [];
  });

const subjects: Record<string, Rule> = {
  ServiceAccount: fields({ name: required(subdomain), apiGroup: optional(oneOf('')) }),
  User: fields({ name: required(), apiGroup: optional(oneOf(RBAC)) }),
  Group: fields({ name: required(), apiGroup: optional(oneOf(RBAC)) }),
};

const binding = (...roleKinds: string[]): KindRules => ({
  name: pathSegment,
  rule: fields({
    roleRef: fields({
      apiGroup: optional(oneOf(RBAC)),
      kind: oneOf(...roleKinds),
      name: required((name, field) => pathSegment(name, field, false)),
    }),
    subjects: optional(
      each((subject, field) => {
        const causes = (subjects[subject.kind] ?? fields({ kind: oneOf(...Object.keys(subjects)) }))(
          subject,
          field,
        );
        const isHomeless = subject.kind === 'ServiceAccount' && !subject.namespace;
        return isHomeless && !roleKinds.includes('Role')
          ? [...causes, missing(`${field}.namespace`)]
          : causes;
      }),
    ),
  }),
  fixed: ['roleRef'],
});

const role = (isNamespaced: boolean): KindRules => ({
  name: pathSegment,
  rule: fields({ rules: optional(each(policyRule(isNamespaced))) }),
});

const webhook = fields({
  name: required(
    text((name) => isSubdomain(name) && name.split('.').length > 2, 'should have three segments at least'),
  ),
  rules: optional(
    each(
      fields({
        operations: required(),
        apiGroups: required(),
        apiVersions: required(),
        resources: required(),
      }),
    ),
  ),
  failurePolicy: optional(oneOf('Fail', 'Ignore')),
  sideEffects: required(oneOf('None', 'NoneOnDryRun')),
  timeoutSeconds: optional(between(1, 30)),
  clientConfig: (config, field) =>
    !config?.url === !config?.service
      ? [missing(field)]
      : fields({
          url: optional(text((url) => /^https:\/\/[^/?#]/.test(url), "'https' is the only allowed scheme")),
          service: optional(fields({ name: required(), namespace: required() })),
        })(config, field),
  admissionReviewVersions: required((versions, field) =>
    versions.includes('v1') || versions.includes('v1beta1')
      ? []
      : [invalid(field, 'must include at least one of v1, v1beta1')],
  ),
});

const definition = all(
  ({ metadata, spec }) => {
    const name = `${spec?.names?.plural}.${spec?.group}`;
    return metadata.name === name
      ? []
      : [invalid('metadata.name', `must be spec.names.plural+"."+spec.group`)];
  },
  fields({
    spec: fields({
      group: required(text((group) => isSubdomain(group) && group.includes('.'), 'should be a domain')),
      scope: required(oneOf('Cluster', 'Namespaced')),
      versions: all(
        optional(each(fields({ schema: fields({ openAPIV3Schema: required() }) }))),
        (versions, field) =>
          versions?.filter(({ storage }: Json) => storage).length === 1
            ? []
            : [invalid(field, 'must have exactly one version marked as storage version')],
      ),
      names: fields({ plural: required(label), kind: required() }),
    }),
  }),
);

const ports: Rule = (spec, field) => {
  const isOptional = spec?.clusterIP === 'None' || spec?.type === 'ExternalName';
  const rule = each(fields({ port: required(between(1, 65_535)) }));
  return fields({ ports: (isOptional ? optional : required)(rule) })(spec, field);
};

const keys: Rule = (map, field) =>
  Object.keys(map ?? {})
    .filter((key) => !/^[-._a-zA-Z0-9]{1,253}$/.test(key) || /^\.\.?$/.test(key))
    .map((key) => invalid(`${field}[${key}]`, 'a valid config key consists of alphanumerics, -, _ and .'));

/** The fields of an object except these. */
const without = (object: Json, ...names: string[]): Json =>
  Object.fromEntries(Object.entries(object ?? {}).filter(([name]) => !names.includes(name)));

const shortName: NameRule = (name, field, isPrefix) =>
  name.length > 52
    ? [invalid(field, 'must be no more than 52 characters')]
    : dnsSubdomain(name, field, isPrefix);

export const objectRules: Record<string, KindRules> = {
  Namespace: { name: dnsLabel },
  Pod: {
    rule: fields({ spec: podSpec }),
    fixedSpec: {
      of: (spec) => ({
        ...without(spec, 'activeDeadlineSeconds', 'tolerations', 'terminationGracePeriodSeconds'),
        containers: spec.containers.map((each: Json) => without(each, 'image')),
      }),
      message: 'pod updates may not change fields other than `spec.containers[*].image`',
    },
  },
  Service: { name: dnsLabel, rule: fields({ spec: ports }) },
  ConfigMap: { rule: fields({ data: all(texts, keys), binaryData: keys }) },
  Secret: { rule: fields({ data: all(texts, keys), stringData: keys }) },
  Deployment: { rule: controller('deployment'), fixed: ['spec.selector'] },
  // The API server reports the same for both.
  ReplicaSet: { rule: controller('deployment'), fixed: ['spec.selector'] },
  DaemonSet: { rule: controller('daemonset', false), fixed: ['spec.selector'] },
  StatefulSet: {
    name: dnsLabel,
    rule: controller('statefulset'),
    fixedSpec: {
      of: (spec) =>
        without(
          spec,
          ...['replicas', 'ordinals', 'template', 'updateStrategy', 'minReadySeconds'],
          ...['revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy'],
        ),
      message: "updates to statefulset spec for fields other than 'replicas', 'template' … are forbidden",
    },
  },
  Job: {
    rule: fields({ spec: jobSpec('`selector` not auto-generated') }),
    fixed: ['spec.completions', 'spec.selector', 'spec.template'],
  },
  CronJob: {
    name: shortName,
    rule: fields({
      spec: fields({
        schedule: required(text(isSchedule, 'expected exactly 5 fields')),
        concurrencyPolicy: optional(oneOf('Allow', 'Forbid', 'Replace')),
        jobTemplate: fields({ spec: jobSpec('`selector` will be auto-generated') }),
      }),
    }),
  },
  Role: role(true),
  ClusterRole: role(false),
  RoleBinding: binding('Role', 'ClusterRole'),
  ClusterRoleBinding: binding('ClusterRole'),
  MutatingWebhookConfiguration: { rule: fields({ webhooks: optional(each(webhook)) }) },
  CustomResourceDefinition: {
    rule: definition,
    fixed: ['spec.group', 'spec.scope', 'spec.names.plural', 'spec.names.kind'],
  },
};
