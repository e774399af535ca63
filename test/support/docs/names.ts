/**
 * The names that the examples in the documents use without declaring them. A reader knows them or finds them a few lines
 * above. They are text, because no other program should see these globals.
 */
export const NAMES = `import type { strict } from 'node:assert';
import type { Server } from 'node:http';
import type winstonModule from 'winston';
import type * as library from 'winston-kubernetes-events';
import type * as testing from 'winston-kubernetes-events/testing';

declare global {
  const winston: typeof winstonModule;
  const KubernetesEventTransport: typeof library.KubernetesEventTransport;
  const EventRecorder: typeof library.EventRecorder;
  const MemorySink: typeof testing.MemorySink;
  const assert: typeof strict;
  const logger: winstonModule.Logger;
  const transport: library.KubernetesEventTransport;
  const recorder: library.EventRecorder;
  /** Objects as client-node or an admission request provides them. */
  const deployment: { apiVersion: string; kind: string; metadata: { name: string } };
  const pod: typeof deployment;
  const policy: typeof deployment;
  /** The application. */
  const server: Server;
  const cart: object;
  const customer: { name: string };
  const answer: { status: number };
  function checkOut(of: object, logTo: winstonModule.Logger): Promise<void>;
}
`;
