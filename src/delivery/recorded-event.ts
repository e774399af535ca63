import type { EventType } from '../correlator/occurrence.ts';
import { levelOf, messageOf, type Problem } from '../correlator/problem.ts';
import { MAX_NAME_LENGTH } from '../object/names.ts';
import { type Address, keyOf, type ObjectReference } from '../object/reference.ts';
import { MAX_MESSAGE_BYTES, truncateUtf8 } from '../text/text.ts';

/** One Event as it is written: the fields of the Kubernetes object, with the counts of this process. */
export interface RecordedEvent {
  /** `metadata.name`, derived from the problem. It is the same in every process that reports the problem. */
  name: string;
  /** `metadata.namespace`, which is that of the object. */
  namespace: string;
  type: EventType;
  /** What the Event is about; `involvedObject` in core/v1. */
  regarding: ObjectReference;
  /** A second object. */
  related?: ObjectReference;
  reason: string;
  action: string;
  /** The latest message, at most 1024 bytes; `note` in events.k8s.io/v1. */
  message: string;
  /** Occurrences so far. */
  count: number;
  firstTimestamp: Date;
  lastTimestamp: Date;
  /** Shown as From by kubectl. */
  reportingComponent: string;
  /** The pod. */
  reportingInstance: string;
  /** The node. */
  host?: string;
  annotations?: Record<string, string>;
  labels?: Record<string, string>;
}

/** The fields that are the same in all Events of a process. */
export interface Reporter {
  component: string;
  instance: string;
  host: string | undefined;
  labels: Record<string, string> | undefined;
  /** The API that is used. It is part of the name, because the two APIs count in different fields. */
  api: 'v1' | 'events.k8s.io/v1';
}

/** 128 bits of SHA-256, so that two problems never have the same name, neither by accident nor on purpose. */
const HASH_DIGITS = 32;

/** The Event of a problem with the counts of this process. */
export function toRecordedEvent(
  problem: Problem,
  { namespace, regarding }: Address,
  name: string,
  reporter: Reporter,
): RecordedEvent {
  const { type, reason, latest, firstAt, lastAt, total } = problem;
  return {
    name,
    namespace,
    type,
    regarding: { ...regarding },
    ...(latest.related !== undefined && { related: latest.related }),
    reason,
    action: latest.action,
    message: truncateUtf8(messageOf(problem), MAX_MESSAGE_BYTES),
    count: total,
    firstTimestamp: new Date(firstAt),
    lastTimestamp: new Date(lastAt),
    reportingComponent: reporter.component,
    reportingInstance: reporter.instance,
    ...(reporter.host !== undefined && { host: reporter.host }),
    ...(latest.annotations !== undefined && { annotations: latest.annotations }),
    ...(reporter.labels !== undefined && { labels: reporter.labels }),
  };
}

/** `<object>.<hash of the problem>`. It is a valid name for every object, and the same in every process. */
export function eventName(problem: Problem, address: Address, api: Reporter['api']): string {
  const { createHash } = process.getBuiltinModule('node:crypto');
  const { type, reason, branch } = problem;
  const level = levelOf(problem);
  const key = problem.key ?? (level === 'statement' ? branch.key : '');
  const identity = [api, level, keyOf(address), type, reason, key].join('\0');
  const hash = createHash('sha256').update(identity).digest('hex').slice(0, HASH_DIGITS);
  const object = address.regarding.name
    .toLowerCase()
    .replace(/[^a-z0-9.-]+/g, '-')
    .slice(0, MAX_NAME_LENGTH - HASH_DIGITS - 1)
    .replace(/-*\.[-.]*/g, '.')
    .replace(/^[-.]+|[-.]+$/g, '');
  return `${object || 'event'}.${hash}`;
}
