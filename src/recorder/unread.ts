import type { EventType, Occurrence } from '../correlator/occurrence.ts';

/** An occurrence whose text is read only when it is needed. A combined problem needs only the last text, for a write. */
export class Unread implements Occurrence {
  readonly isKeyed = false;
  readonly type: EventType;
  readonly reason: string;
  readonly action: string;
  private readonly text: string;
  private readonly read: (unread: Unread, text: string) => Occurrence;
  private occurrence: Occurrence | undefined;

  /** @param read reads the text and returns the occurrence */
  constructor(
    { type, reason, action }: Pick<Occurrence, 'type' | 'reason' | 'action'>,
    text: string,
    read: (unread: Unread, text: string) => Occurrence,
  ) {
    this.type = type;
    this.reason = reason;
    this.action = action;
    this.text = text;
    this.read = read;
  }

  get message(): string {
    this.occurrence ??= this.read(this, this.text);
    return this.occurrence.message;
  }

  get group(): string {
    this.occurrence ??= this.read(this, this.text);
    return this.occurrence.group;
  }
}
