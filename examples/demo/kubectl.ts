/**
 * The Events of a namespace as kubectl shows them. A real cluster is shown by kubectl itself, the stand-in in the same
 * layout.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { CoreEvent, TestCluster, TestPod } from '../../test/support/cluster.ts';

export interface Kubectl {
  /** `kubectl get events`. */
  getEvents(): Promise<string>;
  /** The last part of `kubectl describe pod`. */
  describePodEvents(pod: TestPod): Promise<string>;
}

/** kubectl itself if it can reach this cluster, else its layout. */
export async function kubectlFor(cluster: TestCluster, namespace: string): Promise<Kubectl> {
  if (cluster.kind === 'stand-in') return rendered(cluster, namespace);
  const { kubeconfigFile } = cluster;
  const { KUBEBUILDER_ASSETS, PATH } = process.env;
  const path = KUBEBUILDER_ASSETS ? `${KUBEBUILDER_ASSETS}:${PATH}` : PATH;
  const env = { ...process.env, PATH: path, KUBECONFIG: kubeconfigFile };
  const kubectl = (...args: string[]) => promisify(execFile)('kubectl', args, { env });
  const isThere = await kubectl('version', '--client').then(
    () => true,
    () => false,
  );
  if (!isThere) return rendered(cluster, namespace);
  const run = async (...args: string[]) =>
    (await kubectl('--namespace', namespace, ...args)).stdout.trimEnd();
  return {
    getEvents: () => run('get', 'events'),
    describePodEvents: async (pod) => {
      const description = await run('describe', 'pod', pod.name);
      return description.slice(description.lastIndexOf('\nEvents:') + 1);
    },
  };
}

function rendered(cluster: TestCluster, namespace: string): Kubectl {
  return {
    async getEvents() {
      const now = Date.now();
      const rows = (await cluster.events(namespace)).map((event) => [
        age(event.lastTimestamp, now),
        event.type ?? '',
        event.reason ?? '',
        `${event.involvedObject['kind']?.toLowerCase()}/${event.involvedObject['name']}`,
        event.message ?? '',
      ]);
      return table([['LAST SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], ...rows], 3);
    },
    async describePodEvents({ uid }) {
      const events = await cluster.events(namespace);
      return describeEvents(
        events.filter(({ involvedObject }) => involvedObject['uid'] === uid),
        Date.now(),
      );
    },
  };
}

/** What `kubectl describe` shows of an Event. */
type ShownEvent = Pick<
  CoreEvent,
  'type' | 'reason' | 'message' | 'count' | 'firstTimestamp' | 'lastTimestamp' | 'source'
>;

/** The Events about an object, as `kubectl describe` shows them. */
export function describeEvents(events: readonly ShownEvent[], now: number): string {
  const rows = [...events]
    .sort((one, other) => time(one.lastTimestamp) - time(other.lastTimestamp))
    .map((event) => [
      `  ${event.type}`,
      event.reason ?? '',
      interval(event, now),
      event.source.component ?? '',
      event.message ?? '',
    ]);
  if (rows.length === 0) return 'Events:  <none>';
  const head = [
    ['  Type', 'Reason', 'Age', 'From', 'Message'],
    ['  ----', '------', '----', '----', '-------'],
  ];
  return `Events:\n${table([...head, ...rows], 2)}`;
}

function interval({ count = 1, firstTimestamp, lastTimestamp }: ShownEvent, now: number): string {
  if (count === 1) return age(firstTimestamp, now);
  return `${age(lastTimestamp, now)} (x${count} over ${age(firstTimestamp, now)})`;
}

const time = (timestamp: string | null) => Date.parse(timestamp ?? '');

/** Ages of less than ten minutes, in kubectl's format (apimachinery `pkg/util/duration`, HumanDuration). */
function age(timestamp: string | null, now: number): string {
  const seconds = Math.max(0, Math.floor((now - time(timestamp)) / 1000));
  if (seconds < 120) return `${seconds}s`;
  return seconds % 60 === 0 ? `${seconds / 60}m` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}

/** A table. Each column is as wide as its widest cell plus the padding. */
function table(rows: string[][], padding: number): string {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)) + padding);
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('')
        .trimEnd(),
    )
    .join('\n');
}
