import type { RecordedEvent } from '../delivery/recorded-event.ts';
import { isDnsSubdomain } from '../object/names.ts';
import { truncateUtf8 } from '../text/text.ts';
import { ACCOUNT_ANNOTATION, type Account, readAccount, sumOf } from './account.ts';
import type { JsonObject } from './client.ts';
import type { StoredEvent } from './evidence.ts';

/** The Event to write, with its whole count and account after the write. */
export interface Write {
  event: RecordedEvent;
  count: number;
  account: Account;
}

/** How Events are written through one of the two APIs. */
export interface EventApi {
  path(namespace: string): string;
  create(write: Write): object;
  /** A merge patch. `resourceVersion` makes it fail if another writer was faster. */
  patch(write: Write, stored: StoredEvent): object;
  /** The name of the reporting pod, in the form that this API accepts. */
  instanceOf(event: Pick<RecordedEvent, 'reportingInstance'>): string;
  /** The Event in an answer; undefined if it is something else. */
  read(body: JsonObject, event: Pick<RecordedEvent, 'name' | 'namespace'>): StoredEvent | undefined;
}

/** `count` is an int32 in both APIs. Higher counts cannot be shown. */
const MAX_COUNT = 2 ** 31 - 1;
/** kubernetes/kubernetes `pkg/apis/core/validation/events.go`: ReportingInstanceLengthLimit. */
const MAX_INSTANCE_BYTES = 128;

const coreV1: EventApi = {
  path: (namespace) => `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`,
  create(write) {
    const { event } = write;
    return {
      apiVersion: 'v1',
      kind: 'Event',
      metadata: metadataOf(write),
      involvedObject: event.regarding,
      related: event.related,
      type: event.type,
      reason: event.reason,
      action: event.action,
      message: event.message,
      count: Math.min(write.count, MAX_COUNT),
      firstTimestamp: toSeconds(event.firstTimestamp),
      lastTimestamp: toSeconds(event.lastTimestamp),
      source: { component: event.reportingComponent, host: event.host },
      reportingComponent: event.reportingComponent,
      reportingInstance: event.reportingInstance,
    };
  },
  patch(write, stored) {
    const { event } = write;
    const isLatest = event.lastTimestamp.getTime() >= stored.lastAt;
    return {
      metadata: patchedMetadata(write, stored),
      count: Math.min(write.count, MAX_COUNT),
      // Another process may have seen a later occurrence. The Event shows the latest of all processes.
      ...(isLatest && { message: event.message, lastTimestamp: toSeconds(event.lastTimestamp) }),
    };
  },
  instanceOf: ({ reportingInstance }) => reportingInstance,
  // The API server leaves out a count of 0.
  read: (body, event) => readStored(body, event, () => body['count'] ?? 0, body['lastTimestamp']),
};

const eventsV1: EventApi = {
  path: (namespace) => `/apis/events.k8s.io/v1/namespaces/${encodeURIComponent(namespace)}/events`,
  create(write) {
    const { event } = write;
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: metadataOf(write),
      eventTime: toMicroseconds(event.firstTimestamp),
      regarding: event.regarding,
      related: event.related,
      type: event.type,
      reason: event.reason,
      action: event.action,
      note: event.message,
      reportingController: toQualifiedName(event.reportingComponent),
      reportingInstance: eventsV1.instanceOf(event),
      // A series begins with the second occurrence. The API server refuses a count of 0 or 1.
      series: write.count > 1 ? seriesOf(write) : undefined,
    };
  },
  patch: (write, stored) => ({ metadata: patchedMetadata(write, stored), series: seriesOf(write) }),
  instanceOf: ({ reportingInstance }) => truncateUtf8(reportingInstance || 'unknown', MAX_INSTANCE_BYTES),
  read(body, event) {
    const series = body['series'] as JsonObject | undefined;
    // An Event without a series occurred once, unless it had a series before that somebody has removed.
    const count = (account: Account) =>
      series?.['count'] ?? body['deprecatedCount'] ?? (sumOf(account) > 1 ? 0 : 1);
    return readStored(body, event, count, series?.['lastObservedTime'] ?? body['eventTime']);
  },
};

export const EVENT_APIS: { readonly v1: EventApi; readonly 'events.k8s.io/v1': EventApi } = {
  v1: coreV1,
  'events.k8s.io/v1': eventsV1,
};

function seriesOf({ event, count }: Write): object {
  return {
    count: Math.max(2, Math.min(count, MAX_COUNT)),
    lastObservedTime: toMicroseconds(event.lastTimestamp),
  };
}

function metadataOf({ event, account }: Write): object {
  const { name, namespace, labels, annotations } = event;
  return { name, namespace, labels, annotations: { ...annotations, [ACCOUNT_ANNOTATION]: account } };
}

function patchedMetadata({ event, account }: Write, { resourceVersion }: StoredEvent): object {
  return { resourceVersion, annotations: { ...event.annotations, [ACCOUNT_ANNOTATION]: account } };
}

function readStored(
  body: JsonObject,
  { name, namespace }: Pick<RecordedEvent, 'name' | 'namespace'>,
  countOf: (account: Account) => unknown,
  lastTime: unknown,
): StoredEvent | undefined {
  const metadata = body['metadata'] as JsonObject | null | undefined;
  const { uid, resourceVersion } = metadata ?? {};
  if (metadata?.['name'] !== name || metadata['namespace'] !== namespace) return undefined;
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  const annotations = metadata['annotations'] as JsonObject | null | undefined;
  const account = readAccount(annotations?.[ACCOUNT_ANNOTATION]);
  const count = countOf(account);
  const instance = body['reportingInstance'];
  const lastAt = typeof lastTime === 'string' ? Date.parse(lastTime) : 0;
  return {
    uid,
    resourceVersion,
    count: typeof count === 'number' && count > 0 ? count : 0,
    account,
    instance: typeof instance === 'string' ? instance : '',
    lastAt: Number.isNaN(lastAt) ? 0 : lastAt,
  };
}

/** RFC 3339 with seconds, which is the precision of times in core/v1. */
function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime` requires exactly six digits. The output of `toISOString()` alone is refused. */
function toMicroseconds(time: Date): string {
  return `${time.toISOString().slice(0, -1)}000Z`;
}

/**
 * In this API, the name of the controller must be a qualified name: at most 63 letters, digits and `-_.`, optionally after
 * a DNS subdomain and a slash (apimachinery `pkg/util/validation`, IsQualifiedName).
 */
function toQualifiedName(component: string): string {
  const slashAt = component.indexOf('/');
  const prefix = component.slice(0, Math.max(0, slashAt));
  const name = isDnsSubdomain(prefix) ? toNamePart(component.slice(slashAt + 1)) : '';
  return name === '' ? toNamePart(component) || 'application' : `${prefix}/${name}`;
}

function toNamePart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
}
