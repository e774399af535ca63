// For bundlers, by the condition `module`: what index.mts exports, named one by one so that they leave out what an
// application does not import. Node would take longer to load it.
export { detectPodIdentity } from './cluster/identity.ts';
export { KubernetesEventsError } from './diagnostics.ts';
export { EventRecorder } from './recorder/event-recorder.ts';
export { KubernetesEventTransport, KubernetesEventTransport as default } from './winston/transport.ts';
