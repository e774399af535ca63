import type { ObjectReference } from '../object/reference.ts';

/** The two types of Kubernetes Events (kubernetes/api `core/v1`, EventTypeNormal and EventTypeWarning). */
export type EventType = 'Normal' | 'Warning';

/**
 * The contents of an accepted record, before it is known which Event counts it. Records with the same contents may share
 * it.
 */
export interface Occurrence {
  readonly type: EventType;
  readonly related?: ObjectReference | undefined;
  readonly reason: string;
  readonly action: string;
  /** Clean text, credentials masked, at most {@link MAX_MESSAGE_BYTES} bytes. */
  readonly message: string;
  /** Tells problems with the same object, type and reason apart: the message without its volatile parts, or a key. */
  readonly group: string;
  /** True if the record has a key of its own, so that the statement does not matter. */
  readonly isKeyed: boolean;
  readonly annotations?: Record<string, string> | undefined;
}
