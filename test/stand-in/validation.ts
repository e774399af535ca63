import { isDeepStrictEqual } from 'node:util';
import { coreApi, type EventApi } from './event.ts';
import { builtIn, type Kind } from './kinds.ts';
import { dnsSubdomain, isNamePart, type NameRule, pathSegment, qualifiedName } from './names.ts';
import { type KindRules, objectRules } from './object-rules.ts';
import { fields, forbidden, invalid, missing, texts, tooLong, unsupported } from './rules.ts';
import type { Cause, Json } from './status.ts';

const bytes = (text: string) => Buffer.byteLength(text);

function validateMetadata(metadata: Json, rule: NameRule): Cause[] {
  const causes: Cause[] = [];
  if (metadata.generateName) causes.push(...rule(metadata.generateName, 'metadata.generateName', true));
  if (metadata.name) causes.push(...rule(metadata.name, 'metadata.name', false));
  else causes.push(missing('metadata.name'));
  return [...causes, ...validateMaps(metadata)];
}

function validateMaps({ labels = {}, annotations = {}, ownerReferences = [] }: Json): Cause[] {
  const causes: Cause[] = [];
  for (const [key, value] of Object.entries<string>(labels)) {
    causes.push(...qualifiedName(key, 'metadata.labels'));
    if (value.length > 63) causes.push(invalid('metadata.labels', 'must be no more than 63 bytes'));
    if (value && !isNamePart(value)) causes.push(invalid('metadata.labels', `not a label: "${value}"`));
  }
  let size = 0;
  for (const [key, value] of Object.entries<string>(annotations)) {
    causes.push(...qualifiedName(key.toLowerCase(), 'metadata.annotations'));
    size += bytes(key) + bytes(value);
  }
  if (size > 256 * 1024) causes.push(tooLong('metadata.annotations'));
  for (const owner of ownerReferences) {
    for (const field of ['apiVersion', 'kind', 'name', 'uid'].filter((field) => !owner[field])) {
      causes.push(invalid(`metadata.ownerReferences.${field}`, 'must not be empty'));
    }
  }
  if (ownerReferences.filter(({ controller }: Json) => controller).length > 1)
    causes.push(invalid('metadata.ownerReferences', 'only one of them can be the controller'));
  return causes;
}

/** The rules that core/v1 and events.k8s.io/v1 share. Without eventTime, there are almost none. */
function validateEvent(event: Json, api: EventApi): Cause[] {
  const causes: Cause[] = [];
  const { namespace } = event.metadata;
  const about = event.involvedObject.namespace ?? '';
  const stray = invalid('involvedObject.namespace', 'does not match event.namespace');
  if (event.eventTime === null)
    return about === namespace || (!about && namespace === 'default') ? [] : [stray];

  if (!about && namespace !== 'default' && namespace !== 'kube-system') causes.push(stray);
  const reporting = api === coreApi ? 'reportingComponent' : 'reportingController';
  if (!event.reportingComponent) causes.push(missing(reporting));
  causes.push(...qualifiedName(event.reportingComponent, reporting));
  for (const field of ['reportingInstance', 'action', 'reason']) {
    if (!event[field]) causes.push(missing(field));
    else if (bytes(event[field]) > 128) causes.push(invalid(field, 'can have at most 128 characters'));
  }
  if (bytes(event.message ?? '') > 1024) causes.push(invalid('message', 'can have at most 1024 characters'));
  return causes;
}

function validateSeries({ series }: Json): Cause[] {
  const causes: Cause[] = [];
  if (series && (series.count ?? 0) < 2) causes.push(invalid('series.count', 'should be at least 2'));
  if (series && !series.lastObservedTime) causes.push(missing('series.lastObservedTime'));
  return causes;
}

export function validateCreate(event: Json, api: EventApi): Cause[] {
  const causes = validateEvent(event, api);
  if (api !== coreApi) {
    causes.push(...validateMetadata(event.metadata, dnsSubdomain), ...validateSeries(event));
    if (event.eventTime === null) causes.push(missing('eventTime'));
    if (event.type !== 'Normal' && event.type !== 'Warning')
      causes.push(invalid('type', 'has invalid value'));
    for (const field of ['firstTimestamp', 'lastTimestamp', 'count', 'source']) {
      const set = field === 'source' ? Object.keys(event.source).length > 0 : event[field];
      if (set) causes.push(invalid(field, 'needs to be unset'));
    }
  }
  return causes.length > 0 ? causes : validateMetadata(event.metadata, pathSegment);
}

const fixedMetadata = ['name', 'namespace', 'uid', 'creationTimestamp'];
const fixed = [
  ...['involvedObject', 'reason', 'message', 'source', 'firstTimestamp', 'lastTimestamp', 'count', 'type'],
  ...['eventTime', 'action', 'related', 'reportingComponent', 'reportingInstance'],
];

const changed = (from: Json, to: Json, fields: string[], prefix = '') =>
  fields
    .filter((field) => !isDeepStrictEqual(from[field], to[field]))
    .map((field) => field.replace('reportingComponent', 'reportingController'))
    .map((field) => invalid(`${prefix}${field}`, 'field is immutable'));

const validateMetadataUpdate = ({ metadata }: Json, old: Json) => [
  ...changed(old.metadata, metadata, fixedMetadata, 'metadata.'),
  ...validateMaps(metadata),
];

export function validateUpdate(event: Json, old: Json, api: EventApi): Cause[] {
  const metadataUpdate = validateMetadataUpdate(event, old);
  const causes = [...validateMetadata(event.metadata, pathSegment), ...metadataUpdate];
  causes.push(...validateEvent(event, api));
  if (api !== coreApi) {
    if (!isDeepStrictEqual(event.series, old.series)) causes.push(...validateSeries(event));
    causes.push(...metadataUpdate, ...changed(old, event, fixed));
  }
  return causes;
}

const metadataTypes = fields({ labels: texts, annotations: texts });
const rulesOf = (kind: Kind): KindRules => (builtIn.includes(kind) && objectRules[kind.kind]) || {};

/** Validates an object that is not an Event. */
export function validateObject(kind: Kind, object: Json): Cause[] {
  const { name = dnsSubdomain, rule = () => [] } = rulesOf(kind);
  metadataTypes(object.metadata, 'metadata');
  return [...validateMetadata(object.metadata, name), ...rule(object, '')];
}

export function validateObjectUpdate(kind: Kind, object: Json, old: Json): Cause[] {
  const { rule = () => [], fixed = [], fixedSpec } = rulesOf(kind);
  const at = (value: Json, path: string) => path.split('.').reduce((part, field) => part?.[field], value);
  metadataTypes(object.metadata, 'metadata');
  const causes = [...validateMetadataUpdate(object, old), ...rule(object, '')];
  for (const path of fixed) {
    if (!isDeepStrictEqual(at(object, path), at(old, path))) causes.push(invalid(path, 'field is immutable'));
  }
  if (fixedSpec && !isDeepStrictEqual(fixedSpec.of(object.spec), fixedSpec.of(old.spec)))
    causes.push(forbidden('spec', fixedSpec.message));
  return causes;
}

/** Validates the query parameters of a write. */
export function validateOptions(query: URLSearchParams): Cause[] {
  const causes: Cause[] = [];
  if (query.has('dryRun') && query.get('dryRun') !== 'All') causes.push(unsupported('dryRun'));
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(query.get('fieldValidation') ?? '')) {
    causes.push(unsupported('fieldValidation'));
  }
  if (bytes(query.get('fieldManager') ?? '') > 128) causes.push(tooLong('fieldManager'));
  return causes;
}
