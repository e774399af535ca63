// For `import`: the same module as for `require`, so that a process never has two copies of it, and one file to load.
export * from './index.ts';
export { KubernetesEventTransport as default } from './index.ts';
