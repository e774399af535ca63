import { type Output, oneLine, type Paint, paintFor } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';
import type { EventSink } from './event-sink.ts';
import type { RecordedEvent } from './recorded-event.ts';

/** Prints each Event as one line, similar to `kubectl get events`, for local development. */
export class ConsoleSink implements EventSink {
  readonly #output: Output;
  readonly #paint: Paint;

  constructor(output: Output, env: NodeJS.ProcessEnv) {
    this.#output = output;
    this.#paint = paintFor(output, env);
  }

  write({ type, reason, regarding, namespace, message, count, lastTimestamp }: RecordedEvent): void {
    const time = lastTimestamp.toISOString().slice(11, 19);
    const times = count > 1 ? ` (x${count})` : '';
    // Names that come from the environment have not been checked.
    const object = oneLine(cleanText(`${regarding.kind.toLowerCase()}/${regarding.name} -n ${namespace}`));
    const text = oneLine(message);
    const shownType = this.#paint(type === 'Warning' ? 'yellow' : 'green', type.padEnd(7));
    this.#output.write(`${time}  ${shownType}  ${reason}  ${object}  ${text}${times}\n`);
  }
}
