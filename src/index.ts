// The public surface. The correlator, the scheduler and the client are withheld: they may change at any time.
export type { IdentityOptions, IdentitySource, PodIdentity } from './cluster/identity.ts';
export { detectPodIdentity } from './cluster/identity.ts';
export type { KubeConfigLike } from './cluster/kube-config.ts';
export type { EventSink } from './delivery/event-sink.ts';
export type { RecordedEvent } from './delivery/recorded-event.ts';
export type { RecorderStats } from './delivery/stats.ts';
export type { DiagnosticCode } from './diagnostics.ts';
export { KubernetesEventsError } from './diagnostics.ts';
export type { EventDetails, EventInput } from './event-input.ts';
export { EventRecorder } from './event-recorder.ts';
export type {
  EventRecorderOptions,
  KubernetesEventTransportOptions,
  KubernetesObjectLike,
} from './options.ts';
export type { ObjectReference } from './record/object-reference.ts';
export type { EventType } from './record/occurrence.ts';
export type { LogRecord } from './record/read-record.ts';
export { KubernetesEventTransport, KubernetesEventTransport as default } from './transport.ts';
