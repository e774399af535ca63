// What the entries of the package share. The build makes one file of it: Node takes three times as long to load each
// on its own. An entry that imports a part of it from elsewhere has a second copy of that part.
export { detectPodIdentity } from './cluster/identity.ts';
export { KubernetesEventsError } from './diagnostics.ts';
export { EventRecorder } from './recorder/event-recorder.ts';
export { RECORDER_RULES } from './recorder/options.ts';
export { checkTransportOptions } from './winston/options.ts';
export { KubernetesEventTransport } from './winston/transport.ts';
