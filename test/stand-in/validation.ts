import { isDeepStrictEqual } from 'node:util';
import { coreApi, type EventApi } from './event.ts';
import type { Cause, Json } from './status.ts';

const invalid = (field: string, message: string): Cause => ({ reason: 'FieldValueInvalid', message, field });
const required = (field: string): Cause => ({
  reason: 'FieldValueRequired',
  message: 'Required value',
  field,
});
const tooLong = (field: string): Cause => ({ reason: 'FieldValueTooLong', message: 'Too long', field });
const bytes = (text: string) => Buffer.byteLength(text);

const namePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function qualifiedName(value: string, field: string): Cause[] {
  const parts = value.split('/');
  if (parts.length > 2) return [invalid(field, 'a valid label key must have at most one prefix')];
  const name = parts.at(-1) ?? '';
  const causes: Cause[] = [];
  if (parts.length === 2) {
    const prefix = parts[0] ?? '';
    if (prefix === '') causes.push(invalid(field, 'prefix part must be non-empty'));
    else if (!isSubdomain(prefix)) causes.push(invalid(field, 'prefix part must be a DNS subdomain'));
  }
  if (name === '') causes.push(invalid(field, 'name part must be non-empty'));
  else if (name.length > 63) causes.push(invalid(field, 'name part must be no more than 63 bytes'));
  if (!namePart.test(name)) causes.push(invalid(field, 'name part must consist of alphanumeric characters'));
  return causes;
}

const isSubdomain = (name: string) => name.length <= 253 && subdomain.test(name);

type NameRule = (name: string, field: string, isPrefix: boolean) => Cause[];

const pathSegment: NameRule = (name, field, isPrefix) => {
  if (!isPrefix && (name === '.' || name === '..')) return [invalid(field, `may not be '${name}'`)];
  return ['/', '%']
    .filter((part) => name.includes(part))
    .map((part) => invalid(field, `may not contain '${part}'`));
};
const dnsSubdomain: NameRule = (name, field, isPrefix) =>
  isSubdomain(isPrefix ? name.replace(/-$/, 'a') : name) ? [] : [invalid(field, 'must be a DNS subdomain')];

function validateMetadata(metadata: Json, rule: NameRule): Cause[] {
  const causes: Cause[] = [];
  if (metadata.generateName) causes.push(...rule(metadata.generateName, 'metadata.generateName', true));
  if (metadata.name) causes.push(...rule(metadata.name, 'metadata.name', false));
  else causes.push(required('metadata.name'));
  return [...causes, ...validateMaps(metadata)];
}

function validateMaps({ labels = {}, annotations = {}, ownerReferences = [] }: Json): Cause[] {
  const causes: Cause[] = [];
  for (const [key, value] of Object.entries<string>(labels)) {
    causes.push(...qualifiedName(key, 'metadata.labels'));
    if (value.length > 63) causes.push(invalid('metadata.labels', 'must be no more than 63 bytes'));
    if (value && !namePart.test(value)) causes.push(invalid('metadata.labels', `not a label: "${value}"`));
  }
  let size = 0;
  for (const [key, value] of Object.entries<string>(annotations)) {
    causes.push(...qualifiedName(key.toLowerCase(), 'metadata.annotations'));
    size += bytes(key) + bytes(value);
  }
  if (size > 256 * 1024) causes.push(tooLong('metadata.annotations'));
  for (const owner of ownerReferences) {
    for (const field of ['kind', 'name', 'uid'].filter((field) => !owner[field])) {
      causes.push(invalid(`metadata.ownerReferences.${field}`, 'must not be empty'));
    }
  }
  return causes;
}

/** The rules that core/v1 and events.k8s.io/v1 share; without eventTime there are next to none. */
function validateEvent(event: Json, api: EventApi): Cause[] {
  const causes: Cause[] = [];
  const { namespace } = event.metadata;
  const about = event.involvedObject.namespace ?? '';
  const stray = invalid('involvedObject.namespace', 'does not match event.namespace');
  if (event.eventTime === null)
    return about === namespace || (!about && namespace === 'default') ? [] : [stray];

  if (!about && namespace !== 'default' && namespace !== 'kube-system') causes.push(stray);
  const reporting = api === coreApi ? 'reportingComponent' : 'reportingController';
  if (!event.reportingComponent) causes.push(required(reporting));
  causes.push(...qualifiedName(event.reportingComponent, reporting));
  for (const field of ['reportingInstance', 'action', 'reason']) {
    if (!event[field]) causes.push(required(field));
    else if (bytes(event[field]) > 128) causes.push(invalid(field, 'can have at most 128 characters'));
  }
  if (bytes(event.message ?? '') > 1024) causes.push(invalid('message', 'can have at most 1024 characters'));
  return causes;
}

function validateSeries({ series }: Json): Cause[] {
  const causes: Cause[] = [];
  if (series && (series.count ?? 0) < 2) causes.push(invalid('series.count', 'should be at least 2'));
  if (series && !series.lastObservedTime) causes.push(required('series.lastObservedTime'));
  return causes;
}

export function validateCreate(event: Json, api: EventApi): Cause[] {
  const causes = validateEvent(event, api);
  if (api !== coreApi) {
    causes.push(...validateMetadata(event.metadata, dnsSubdomain), ...validateSeries(event));
    if (event.eventTime === null) causes.push(required('eventTime'));
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

export function validateUpdate(event: Json, old: Json, api: EventApi): Cause[] {
  const changed = (from: Json, to: Json, fields: string[], prefix = '') =>
    fields
      .filter((field) => !isDeepStrictEqual(from[field], to[field]))
      .map((field) => field.replace('reportingComponent', 'reportingController'))
      .map((field) => invalid(`${prefix}${field}`, 'field is immutable'));
  const metadataUpdate = [
    ...changed(old.metadata, event.metadata, fixedMetadata, 'metadata.'),
    ...validateMaps(event.metadata),
  ];
  const causes = [...validateMetadata(event.metadata, pathSegment), ...metadataUpdate];
  causes.push(...validateEvent(event, api));
  if (api !== coreApi) {
    if (!isDeepStrictEqual(event.series, old.series)) causes.push(...validateSeries(event));
    causes.push(...metadataUpdate, ...changed(old, event, fixed));
  }
  return causes;
}

/** The query parameters of a write. */
export function validateOptions(query: URLSearchParams): Cause[] {
  const unsupported = (field: string): Cause => ({
    reason: 'FieldValueNotSupported',
    message: 'Unsupported value',
    field,
  });
  const causes: Cause[] = [];
  if (query.has('dryRun') && query.get('dryRun') !== 'All') causes.push(unsupported('dryRun'));
  if (!['', 'Ignore', 'Warn', 'Strict'].includes(query.get('fieldValidation') ?? '')) {
    causes.push(unsupported('fieldValidation'));
  }
  if (bytes(query.get('fieldManager') ?? '') > 128) causes.push(tooLong('fieldManager'));
  return causes;
}
