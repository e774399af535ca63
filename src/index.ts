// The public exports. The correlator, the scheduler and the client are not exported, because they may change at any time.
export type { IdentityOptions, IdentitySource, PodIdentity } from './cluster/identity.ts';
export type { KubeConfigLike } from './cluster/kube-config.ts';
export type { EventType } from './correlator/occurrence.ts';
export type { EventSink } from './delivery/event-sink.ts';
export type { RecordedEvent } from './delivery/recorded-event.ts';
export type { RecorderStats } from './delivery/stats.ts';
export type { DiagnosticCode } from './diagnostics.ts';
export {
  detectPodIdentity,
  EventRecorder,
  KubernetesEventsError,
  KubernetesEventTransport,
  KubernetesEventTransport as default,
} from './library.ts';
export type { ObjectReference } from './object/reference.ts';
export type { EventDetails, EventInput } from './recorder/event-input.ts';
export type { EventRecorderOptions, KubernetesObjectLike } from './recorder/options.ts';
export type { LogRecord } from './winston/fields.ts';
export type { KubernetesEventTransportOptions } from './winston/options.ts';
