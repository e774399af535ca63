// The entry for bundlers (condition `module`). It exports the same as index.mts, but from the files of which library.ts is
// made, so that bundlers leave out what an application does not import. It is also used for require(). Otherwise a bundle
// with both would contain two copies.
export { detectPodIdentity } from './cluster/identity.ts';
export { KubernetesEventsError } from './diagnostics.ts';
export { EventRecorder } from './recorder/event-recorder.ts';
export { KubernetesEventTransport, KubernetesEventTransport as default } from './winston/transport.ts';
