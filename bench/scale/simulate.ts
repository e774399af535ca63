import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EventInput, EventRecorder } from 'winston-kubernetes-events';
import type { Api } from '../../src/cluster/client.ts';
import { seededRandom } from '../../test/support/random.ts';
import { ApiServer, jsonBytes, type ServerTraits } from './api-server.ts';
import { Timeline } from './timeline.ts';

/** What a fleet goes through. */
export interface Scenario {
  pods: number;
  /** How long each pod logs. It starts within the first second. The run ends when all counts are on the server. */
  logsForMs: number;
  recordsPerSecond: number;
  /** The record that a pod logs at this index. */
  record: (index: number) => EventInput;
  /** Each pod is replaced once by a new one, one after the other between these times; null if none is. */
  restart?: { from: number; to: number } | null;
  /** The times of the outage count from the start of the simulation. */
  server: ServerTraits;
}

export interface Outcome {
  pods: number;
  records: number;
  /** The sum of all counts on the server minus the number of logged records. */
  surplus: number;
  /** Occurrences that the recorders gave up, according to their statistics. */
  dropped: number;
  events: number;
  requests: number;
  writes: number;
  answers: Record<string, number>;
  requestsPeak: number;
  writesPeak: number;
  writesPeak10s: number;
  /** Writes and requests per second in the second half of the storm. */
  writesSteady: number;
  requestsSteady: number;
  writtenBytes: number;
  liveBytes: number;
  largestBytes: number;
  /** The number of requests of the busiest recorder. */
  requestsOfBusiest: number;
  /** The time from the last record until the server had all counts; undefined if it never had within half an hour. */
  settledMs: number | undefined;
  /** The longest time that a replaced process took to end, and how many ended without delivering everything. */
  longestEndMs: number | undefined;
  undelivered: number | undefined;
  /** The time from the end of the outage until the server had all counts of that moment; undefined without an outage. */
  recoveredMs: number | undefined;
  /** The most requests within a second after the outage. */
  requestsPeakAfterOutage: number | undefined;
}

const START = Date.parse('2026-01-01T00:00:00Z');
const SLOT_MS = 10;
const SPREAD_MS = 1_000;
const PATIENCE_MS = 1_800_000;

interface Pod {
  readonly recorder: EventRecorder;
  readonly process: Process;
  readonly startMs: number;
  readonly endMs: number;
  logged: number;
}

/** After a process has ended, nothing happens in it any more, not even the answers to open requests. */
interface Process {
  hasEnded: boolean;
  tookMs?: number;
  isDelivered?: boolean;
}

/** Runs the real recorders of a fleet against the model of an API server, on simulated time. */
export async function simulate(scenario: Scenario, seed: number): Promise<Outcome> {
  const timeline = new Timeline(START);
  const random = seededRandom(seed);
  const { outage, ...traits } = scenario.server;
  const server = new ApiServer(timeline, random, {
    ...traits,
    ...(outage && { outage: { from: START + outage.from, to: START + outage.to } }),
  });
  const directory = mkdtempSync(join(tmpdir(), 'scale-'));
  try {
    const pods = startPods(scenario, { timeline, random, directory, server });
    log(pods, scenario, timeline);
    const recovery = outage === undefined ? undefined : watchRecovery(pods, timeline, START + outage.to);
    await timeline.runUntil(START + scenario.logsForMs + SPREAD_MS);
    const settledMs = await settle(pods, timeline);
    return summarize(pods, scenario, server, { settledMs, recoveredMs: recovery?.recoveredMs });
  } finally {
    rmSync(directory, { recursive: true });
  }
}

interface Surroundings {
  timeline: Timeline;
  random: () => number;
  directory: string;
  server: ApiServer;
}

function startPods({ pods: count, logsForMs, restart }: Scenario, surroundings: Surroundings): Pod[] {
  const { timeline, random, directory } = surroundings;
  writeFileSync(join(directory, 'token'), `e30.${Buffer.from('{}').toString('base64url')}.e30`);
  const pods: Pod[] = [];
  for (let index = 0; index < count; index++) {
    const startMs = inSlot(random() * SPREAD_MS);
    const endMs = startMs + logsForMs;
    if (!restart) {
      pods.push(startPod(index, { startMs, endMs }, surroundings));
      continue;
    }
    const restartMs = inSlot(restart.from + ((restart.to - restart.from) * index) / count);
    const old = startPod(index, { startMs, endMs: restartMs }, surroundings);
    timeline.at(START + restartMs, () => endProcess(old, timeline));
    pods.push(old, startPod(count + index, { startMs: restartMs, endMs }, surroundings));
  }
  return pods;
}

function inSlot(ms: number): number {
  return Math.floor(ms / SLOT_MS) * SLOT_MS;
}

/** Ends a process as in a pod that is told to end. Pending counts are delivered first, if that does not take too long. */
async function endProcess({ recorder, process }: Pod, timeline: Timeline): Promise<void> {
  const startedAt = timeline.now;
  process.isDelivered = await recorder.close();
  process.tookMs = timeline.now - startedAt;
  process.hasEnded = true;
}

function startPod(
  index: number,
  times: Pick<Pod, 'startMs' | 'endMs'>,
  { timeline, random, directory, server }: Surroundings,
): Pod {
  const env = {
    POD_NAME: `checkout-7d9c5b8f6d-${index.toString(36).padStart(5, '0')}`,
    POD_NAMESPACE: 'shop',
    POD_UID: `9b2f4c1e-7a52-4b3c-9a55-${String(index).padStart(12, '0')}`,
    NODE_NAME: `node-${index % 250}`,
    CONTAINER_NAME: 'checkout',
    KUBERNETES_SERVICE_HOST: '10.0.0.1',
    KUBERNETES_SERVICE_PORT: '443',
  };
  const process: Process = { hasEnded: false };
  // Each process has its own clock object, because recorders with the same clock share one budget.
  const clock = timeline.clock(random);
  const api: Api = {
    namespace: () => server.namespace(),
    request: (request) => (process.hasEnded ? new Promise(() => {}) : server.request(request)),
  };
  const recorder = new EventRecorder({ serviceAccountDir: directory }, { clock, env, api } as object);
  return { recorder, process, ...times, logged: 0 };
}

/** Each pod logs at regular intervals. One entry of the timeline serves all pods that log at the same time. */
function log(pods: Pod[], { recordsPerSecond, logsForMs, record }: Scenario, timeline: Timeline): void {
  const periodMs = 1000 / recordsPerSecond;
  if (periodMs % SLOT_MS !== 0)
    throw new Error(`recordsPerSecond: expected 1000 / n / ${SLOT_MS} to be whole, got ${recordsPerSecond}`);
  const slots: Pod[][] = Array.from({ length: periodMs / SLOT_MS }, () => []);
  for (const pod of pods) slots[(pod.startMs % periodMs) / SLOT_MS]!.push(pod);
  const step = (atMs: number) => {
    for (const pod of slots[(atMs % periodMs) / SLOT_MS]!) {
      if (atMs < pod.startMs || atMs >= pod.endMs) continue;
      pod.recorder.record(record(pod.logged++));
    }
    const nextMs = atMs + SLOT_MS;
    if (nextMs < logsForMs + SPREAD_MS) timeline.at(START + nextMs, () => step(nextMs));
  };
  timeline.at(START, () => step(0));
}

/** Checks every 100 ms whether all counts of the moment when the server came back are written. */
function watchRecovery(pods: Pod[], timeline: Timeline, backAt: number) {
  const recovery: { recoveredMs: number | undefined } = { recoveredMs: undefined };
  let behind: { recorder: EventRecorder; target: number }[] = [];
  const look = () => {
    behind = behind.filter(({ recorder, target }) => writtenOf(recorder) < target);
    if (behind.length === 0) recovery.recoveredMs = timeline.now - backAt;
    else timeline.at(timeline.now + 100, look);
  };
  timeline.at(backAt, () => {
    behind = pods.map(({ recorder }) => ({ recorder, target: recorder.stats.records }));
    look();
  });
  return recovery;
}

function writtenOf({ stats: { records, pending } }: EventRecorder): number {
  return records - pending;
}

async function settle(pods: Pod[], timeline: Timeline): Promise<number | undefined> {
  const startedAt = timeline.now;
  let open = pods;
  while (timeline.now < startedAt + PATIENCE_MS) {
    open = open.filter(({ recorder, process }) => !process.hasEnded && recorder.stats.pending > 0);
    if (open.length === 0) return timeline.now - startedAt;
    await timeline.runUntil(timeline.now + 100);
  }
  return undefined;
}

function summarize(
  pods: Pod[],
  scenario: Scenario,
  server: ApiServer,
  times: Pick<Outcome, 'settledMs' | 'recoveredMs'>,
): Outcome {
  const { outage } = scenario.server;
  const stats = pods.map(({ recorder }) => recorder.stats);
  const records = sum(pods.map(({ logged }) => logged));
  const counted = sum([...server.events.values()].map(({ count }) => count));
  const ended = pods.map(({ process }) => process).filter(({ hasEnded }) => hasEnded);
  const halfTime = Math.floor(scenario.logsForMs / 2000);
  const endTime = Math.floor(scenario.logsForMs / 1000);
  return {
    pods: scenario.pods,
    records,
    surplus: counted - records,
    dropped: sum(stats.map(({ dropped }) => dropped.rejected + dropped.namespace)),
    events: server.events.size,
    requests: server.requests.total,
    writes: server.writes.total,
    answers: server.answers,
    requestsPeak: server.requests.peak(1),
    writesPeak: server.writes.peak(1),
    writesPeak10s: server.writes.peak(10),
    writesSteady: server.writes.between(halfTime, endTime) / (endTime - halfTime),
    requestsSteady: server.requests.between(halfTime, endTime) / (endTime - halfTime),
    writtenBytes: server.writtenBytes,
    liveBytes: sum([...server.events.values()].map(jsonBytes)),
    largestBytes: server.largestBytes,
    longestEndMs: scenario.restart ? Math.max(...ended.map(({ tookMs = 0 }) => tookMs)) : undefined,
    undelivered: scenario.restart ? ended.filter(({ isDelivered }) => !isDelivered).length : undefined,
    requestsPeakAfterOutage: outage && server.requests.peak(1, Math.floor(outage.to / 1000)),
    requestsOfBusiest: stats.reduce((most, { requests }) => Math.max(most, requests), 0),
    ...times,
  };
}

function sum(values: number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
