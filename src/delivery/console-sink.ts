import { cleanText } from '../text/text.ts';
import type { EventSink } from './event-sink.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** A text stream, such as `process.stdout`. */
interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
}

// Characters that change the direction of text can make a terminal show something else than what is there.
const DIRECTION_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/g;
const LINE_ENDS = /[\r\n\t\u2028\u2029]+/g;

/** Text as one line that a terminal shows as it is. */
export function oneLine(text: string): string {
  return text.replace(LINE_ENDS, ' ').replace(DIRECTION_CONTROLS, '');
}

/** Prints Events one line each in the manner of `kubectl get events`, for local development. */
export class ConsoleSink implements EventSink {
  readonly #output: Output;
  readonly #isColoured: boolean;

  /** Colours are for terminals only, and not where `NO_COLOR` is set (no-color.org). */
  constructor(output: Output, env: NodeJS.ProcessEnv) {
    this.#output = output;
    this.#isColoured = output.isTTY === true && !env['NO_COLOR'];
  }

  write({ type, reason, regarding, namespace, message, count, lastTimestamp }: RecordedEvent): void {
    const time = lastTimestamp.toISOString().slice(11, 19);
    const times = count > 1 ? ` (x${count})` : '';
    // Names that come from the environment nobody has looked at.
    const object = oneLine(cleanText(`${regarding.kind.toLowerCase()}/${regarding.name} -n ${namespace}`));
    const text = oneLine(message);
    const colour = type === 'Warning' ? '33' : '32';
    const shownType = this.#isColoured ? `\u001b[${colour}m${type.padEnd(7)}\u001b[0m` : type.padEnd(7);
    this.#output.write(`${time}  ${shownType}  ${reason}  ${object}  ${text}${times}\n`);
  }
}
