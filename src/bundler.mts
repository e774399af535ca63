// For bundlers, by the condition `module`: what index.mts exports, from the files of which library.ts is made, so that
// they leave out what an application does not import. It is for require() too, or a bundle with both has two copies.
export { detectPodIdentity } from './cluster/identity.ts';
export { KubernetesEventsError } from './diagnostics.ts';
export { EventRecorder } from './recorder/event-recorder.ts';
export { KubernetesEventTransport, KubernetesEventTransport as default } from './winston/transport.ts';
