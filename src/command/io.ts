import { oneLine } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';

export const NAME = 'winston-kubernetes-events';

/** What a person has to fix: shown as one line, without a stack. */
export class CommandError extends Error {
  readonly what: string;
  readonly fix: string | undefined;

  /**
   * @param what what is wrong
   * @param fix how to fix it, where `what` does not say
   */
  constructor(what: string, fix?: string) {
    super(fix === undefined ? what : `${what}; ${fix}`);
    this.what = what;
    this.fix = fix;
  }
}

/** What is wrong with the command line: `--help` says more. */
export class UsageError extends CommandError {}

export function print(text: string): undefined {
  process.stdout.write(text);
}

/** Prints one line to standard error, which a terminal shows as it is. */
export function warn(text: string): void {
  process.stderr.write(`${oneLine(cleanText(text))}\n`);
}

/** Text from outside, as it may stand in a message: cut to 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}
