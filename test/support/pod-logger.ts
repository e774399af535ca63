import type { TestContext } from 'node:test';
import winston from 'winston';
import type { KubernetesEventsError, KubernetesEventTransportOptions } from 'winston-kubernetes-events';
import { KubernetesEventTransport } from 'winston-kubernetes-events';
import { type StandIn, type StandInOptions, startStandIn } from '../stand-in/stand-in.ts';
import type { PodRequest, TestPod } from './cluster.ts';
import { FastClock } from './fast-clock.ts';

/** A logger of a pod in a stand-in. It runs in this process and on a fast clock. */
export interface PodLogger {
  standIn: StandIn;
  pod: TestPod;
  namespace: string;
  clock: FastClock;
  transport: KubernetesEventTransport;
  logger: winston.Logger;
  /** Diagnostics so far. */
  warnings: KubernetesEventsError[];
  /** The sum of the counts on the server. */
  sum(): Promise<number>;
}

export interface PodLoggerOptions extends KubernetesEventTransportOptions {
  standIn?: StandIn | StandInOptions;
  pod?: Partial<PodRequest>;
  speed?: number;
  random?: () => number;
}

export async function createPodLogger(t: TestContext, given: PodLoggerOptions = {}): Promise<PodLogger> {
  const { standIn: forStandIn = {}, pod: forPod, speed = 20, random, ...options } = given;
  const standIn = 'requests' in forStandIn ? forStandIn : await startStandIn(forStandIn);
  if (!('requests' in forStandIn)) t.after(() => standIn.close());
  const namespace = forPod?.namespace ?? (await standIn.createNamespace());
  const pod = await standIn.createPod({ name: 'web-6c8b9-xk2lp', ...forPod, namespace });
  const clock = new FastClock(speed, random);
  const transport = new KubernetesEventTransport(
    { serviceAccountDir: pod.serviceAccountDir, ...options },
    { clock, env: pod.env },
  );
  const warnings: KubernetesEventsError[] = [];
  transport.on('warn', (warning: KubernetesEventsError) => warnings.push(warning));
  const logger = winston.createLogger({ transports: [transport] });
  const sum = async () =>
    (await standIn.events(namespace)).reduce((total, event) => total + (event.count ?? 0), 0);
  return { standIn, pod, namespace, clock, transport, logger, warnings, sum };
}
