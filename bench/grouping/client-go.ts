import type { Line } from './line.ts';

/** `tools/record/events_cache.go`, client-go 1.36: with so many different messages they are similar Events. */
const MAX_MESSAGES = 10;
const WINDOW_MS = 10 * 60_000;

interface Similar {
  messages: Set<string>;
  lastAt: number;
}

/**
 * Which Event client-go's `tools/record` counts a line in: one for each message, and one for the reason from the tenth
 * different message within ten minutes on. Its budget for an object is left out: it decides what is written, not what is
 * counted together.
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
    // In Go it is any of them, as the map has it.
    const [oldest] = messages;
    messages.delete(oldest!);
    return key;
  }
}
