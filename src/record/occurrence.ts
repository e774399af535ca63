import type { ObjectReference } from './object-reference.ts';

/** The two types of Kubernetes Events (kubernetes/api `core/v1`, EventTypeNormal and EventTypeWarning). */
export type EventType = 'Normal' | 'Warning';

/** One accepted record: something that happened, before it is known which Event counts it. */
export interface Occurrence {
  type: EventType;
  related?: ObjectReference | undefined;
  reason: string;
  action: string;
  /** Clean text, credentials masked, at most {@link MAX_MESSAGE_BYTES} bytes. */
  message: string;
  /** Which problem it is, apart from object, type and reason. */
  group: string;
  annotations?: Record<string, string> | undefined;
  /** Milliseconds since the epoch when `log()` was called. */
  at: number;
}
