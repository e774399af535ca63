import type { Line } from './line.ts';

/** `tools/record/events_cache.go` of client-go 1.36. From this many different messages on, they are similar Events. */
const MAX_MESSAGES = 10;
const WINDOW_MS = 10 * 60_000;

interface Similar {
  messages: Set<string>;
  lastAt: number;
}

/**
 * The Event in which client-go's `tools/record` counts a line: one for each message, and from the tenth different message
 * within ten minutes on, one for the reason. Its budget for each object is left out, because it decides what is written,
 * not what is counted together.
 */
export class ClientGo {
  #similar = new Map<string, Similar>();

  eventOf({ type, reason, text }: Line, at: number): string {
    const key = `${type} ${reason}`;
    const known = this.#similar.get(key);
    const isRecent = known !== undefined && at - known.lastAt <= WINDOW_MS;
    const messages = isRecent ? known.messages : new Set<string>();
    messages.add(text);
    this.#similar.set(key, { messages, lastAt: at });
    if (messages.size < MAX_MESSAGES) return `${key} ${text}`;
    // In Go, this is an arbitrary one, because maps have no order.
    const [oldest] = messages;
    messages.delete(oldest!);
    return key;
  }
}
