import type { ObjectReference } from '../object/reference.ts';

/** The two types of Kubernetes Events (kubernetes/api `core/v1`, EventTypeNormal and EventTypeWarning). */
export type EventType = 'Normal' | 'Warning';

/** What an accepted record says, before it is known which Event counts it. Records that say the same may share it. */
export interface Occurrence {
  readonly type: EventType;
  readonly related?: ObjectReference | undefined;
  readonly reason: string;
  readonly action: string;
  /** Clean text, credentials masked, at most {@link MAX_MESSAGE_BYTES} bytes. */
  readonly message: string;
  /** Which problem it is, apart from object, type and reason: the message without its volatile parts, or a key. */
  readonly group: string;
  /** It was given a key of its own, so that the statement does not matter. */
  readonly isKeyed: boolean;
  readonly annotations?: Record<string, string> | undefined;
}
