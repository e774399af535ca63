// The modules that the entries of the package share. The build makes one file of them, because Node takes three times as
// long to load them separately. What only records need is in a second file, see later.ts. An entry that imports one of
// these modules directly gets a second copy of it.
export { detectPodIdentity } from './cluster/identity.ts';
export { KubernetesEventsError } from './diagnostics.ts';
export { EventRecorder } from './recorder/event-recorder.ts';
export { RECORDER_RULES } from './recorder/options.ts';
export { checkTransportOptions } from './winston/options.ts';
export { KubernetesEventTransport } from './winston/transport.ts';
