// The entry for `import`. It is the same module as for `require`, so that a process never has two copies and loads one
// file.
export * from './index.ts';
export { KubernetesEventTransport as default } from './index.ts';
