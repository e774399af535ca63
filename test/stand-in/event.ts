import type { Type } from './decode.ts';
import type { Json } from './status.ts';

const string: Type = { is: 'string' };
const int: Type = { is: 'int' };
const map: Type = { is: 'map' };
const time: Type = { is: 'time', empty: null };
const microTime: Type = { is: 'microTime', empty: null };
const struct = (fields: Record<string, Type>, always = false): Type => ({ is: 'struct', fields, always });
const list = (of: Type): Type => ({ is: 'list', of });

const metadata = struct(
  {
    name: string,
    generateName: string,
    namespace: string,
    selfLink: string,
    uid: string,
    resourceVersion: string,
    generation: int,
    creationTimestamp: { is: 'time' },
    deletionTimestamp: { is: 'time' },
    deletionGracePeriodSeconds: int,
    labels: map,
    annotations: map,
    ownerReferences: list(
      struct({
        apiVersion: { is: 'string', empty: '' },
        kind: { is: 'string', empty: '' },
        name: { is: 'string', empty: '' },
        uid: { is: 'string', empty: '' },
        controller: { is: 'bool' },
        blockOwnerDeletion: { is: 'bool' },
      }),
    ),
    finalizers: list(string),
    managedFields: list({ is: 'any' }),
  },
  true,
);
const referenceFields = {
  kind: string,
  namespace: string,
  name: string,
  uid: string,
  apiVersion: string,
  resourceVersion: string,
  fieldPath: string,
};
const eventSource = struct({ component: string, host: string }, true);
const common = {
  apiVersion: string,
  kind: string,
  metadata,
  type: string,
  reason: string,
  action: string,
  eventTime: microTime,
  series: struct({ count: int, lastObservedTime: microTime }),
  related: struct(referenceFields),
};

/** The fields that events.k8s.io/v1 calls otherwise. */
const renamed = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
  ['reportingComponent', 'reportingController'],
] as const;
const toNew = new Map<string, string>(renamed);
const toOld = new Map<string, string>(renamed.map(([old, name]) => [name, old]));
const rename = (event: Json, names: Map<string, string>): Json =>
  Object.fromEntries(Object.entries(event).map(([field, value]) => [names.get(field) ?? field, value]));

const selectors = (reference: string, reporting: string, more: string[]) =>
  new Set([
    ...['metadata.name', 'metadata.namespace', 'type', 'reason', reporting, ...more],
    ...Object.keys(referenceFields).map((field) => `${reference}.${field}`),
  ]);

/** One of the two APIs of Events. The store holds them in the form of core/v1, without kind and apiVersion. */
export interface EventApi {
  apiVersion: string;
  type: Type;
  selectors: Set<string>;
  toStored(event: Json): Json;
  fromStored(event: Json): Json;
}

export const coreApi: EventApi = {
  apiVersion: 'v1',
  type: struct({
    ...common,
    involvedObject: struct(referenceFields, true),
    message: string,
    source: eventSource,
    firstTimestamp: time,
    lastTimestamp: time,
    count: int,
    reportingComponent: { is: 'string', empty: '' },
    reportingInstance: { is: 'string', empty: '' },
  }),
  selectors: selectors('involvedObject', 'reportingComponent', ['source']),
  toStored: ({ apiVersion, kind, ...event }) => event,
  fromStored: (event) => event,
};

export const eventsApi: EventApi = {
  apiVersion: 'events.k8s.io/v1',
  type: struct({
    ...common,
    regarding: struct(referenceFields, true),
    note: string,
    deprecatedSource: eventSource,
    deprecatedFirstTimestamp: time,
    deprecatedLastTimestamp: time,
    deprecatedCount: int,
    reportingController: string,
    reportingInstance: string,
  }),
  selectors: selectors('regarding', 'reportingController', []),
  toStored: ({ apiVersion, kind, ...event }) => ({
    reportingComponent: '',
    reportingInstance: '',
    ...rename(event, toOld),
  }),
  fromStored: ({ reportingComponent, reportingInstance, ...event }) => ({
    ...rename(event, toNew),
    ...(reportingComponent && { reportingController: reportingComponent }),
    ...(reportingInstance && { reportingInstance }),
  }),
};
