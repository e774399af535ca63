import { oneLine } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';

export const NAME = 'winston-kubernetes-events';

/** An error that the user can fix. It is shown as one line, without a stack. */
export class CommandError extends Error {
  readonly what: string;
  readonly fix: string | undefined;

  /** @param fix how to fix it, if `what` does not say so */
  constructor(what: string, fix?: string) {
    super(fix === undefined ? what : `${what}; ${fix}`);
    this.what = what;
    this.fix = fix;
  }
}

/** The command line is wrong. The error refers to `--help`. */
export class UsageError extends CommandError {}

export function print(text: string): undefined {
  process.stdout.write(text);
}

/** Prints one line to standard error, made safe for a terminal. */
export function warn(text: string): void {
  process.stderr.write(`${oneLine(cleanText(text))}\n`);
}

/** Text from outside for a message, cut to 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
