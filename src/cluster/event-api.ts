import type { RecordedEvent } from '../delivery/recorded-event.ts';
import { truncateUtf8 } from '../text/text.ts';
import type { JsonObject } from './client.ts';
import { parseWriters, WRITERS_ANNOTATION, type Writers } from './writers.ts';

/** An Event as the server holds it: only what the next write depends on. */
export interface StoredEvent {
  uid: string;
  resourceVersion: string;
  count: number;
  writers: Writers;
  /** Milliseconds since the epoch, to the second. */
  lastAt: number;
}

/** What a write brings: the whole count after it, and the annotation that accounts for it. */
export interface Write {
  event: RecordedEvent;
  count: number;
  writers: string;
}

/** How Events are written through one of the two APIs. */
export interface EventApi {
  path(namespace: string): string;
  create(write: Write): object;
  /** A merge patch; `resourceVersion` makes it fail when another writer was faster. */
  patch(write: Write, stored: StoredEvent): object;
  read(body: JsonObject): StoredEvent | undefined;
}

/** `count` is an int32 in both APIs: more than that cannot be shown. */
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
      // Another process may have seen it later: the Event shows the latest of all.
      ...(isLatest && { message: event.message, lastTimestamp: toSeconds(event.lastTimestamp) }),
    };
  },
  read: (body) => readStored(body, body['count'], body['lastTimestamp']),
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
      reportingInstance: truncateUtf8(event.reportingInstance || 'unknown', MAX_INSTANCE_BYTES),
      // A series begins with the second occurrence: validation refuses a count of 0 or 1.
      series: write.count > 1 ? seriesOf(write) : undefined,
    };
  },
  patch: (write, stored) => ({ metadata: patchedMetadata(write, stored), series: seriesOf(write) }),
  read(body) {
    const series = body['series'] as JsonObject | undefined;
    const count = series?.['count'] ?? body['deprecatedCount'];
    return readStored(body, count, series?.['lastObservedTime'] ?? body['eventTime']);
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

function metadataOf({ event, writers }: Write): object {
  const { name, namespace, labels, annotations } = event;
  return { name, namespace, labels, annotations: { ...annotations, [WRITERS_ANNOTATION]: writers } };
}

function patchedMetadata({ event, writers }: Write, { resourceVersion }: StoredEvent): object {
  return { resourceVersion, annotations: { ...event.annotations, [WRITERS_ANNOTATION]: writers } };
}

function readStored(body: JsonObject, count: unknown, lastTime: unknown): StoredEvent | undefined {
  const metadata = body['metadata'] as JsonObject | undefined;
  const { uid, resourceVersion } = metadata ?? {};
  if (typeof uid !== 'string' || typeof resourceVersion !== 'string') return undefined;
  const annotations = metadata?.['annotations'] as JsonObject | undefined;
  const lastAt = typeof lastTime === 'string' ? Date.parse(lastTime) : 0;
  return {
    uid,
    resourceVersion,
    // An Event of others may have no count: it happened once all the same.
    count: typeof count === 'number' && count > 0 ? count : 1,
    writers: parseWriters(annotations?.[WRITERS_ANNOTATION]),
    lastAt: Number.isNaN(lastAt) ? 0 : lastAt,
  };
}

/** RFC 3339 with seconds: what core/v1 keeps of a time. */
function toSeconds(time: Date): string {
  return `${time.toISOString().slice(0, 19)}Z`;
}

/** `metav1.MicroTime` wants exactly six digits; `toISOString()` alone is refused. */
function toMicroseconds(time: Date): string {
  return `${time.toISOString().slice(0, -1)}000Z`;
}

/** A DNS subdomain (apimachinery `pkg/util/validation`), as it may stand before a qualified name. */
const SUBDOMAIN = /^(?=.{1,253}\/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\//;

/** The controller's name is a qualified name there: at most 63 of letters, digits and `-_.` (apimachinery IsQualifiedName). */
function toQualifiedName(component: string): string {
  const [prefix = ''] = SUBDOMAIN.exec(component) ?? [];
  const name = toNamePart(component.slice(prefix.length));
  return name === '' ? toNamePart(component) || 'application' : prefix + name;
}

function toNamePart(text: string): string {
  return text
    .replace(/[^A-Za-z0-9_.-]+/g, '-')
    .replace(/^[^A-Za-z0-9]+/, '')
    .slice(0, 63)
    .replace(/[^A-Za-z0-9]+$/, '');
}
