import type { Paint } from '../text/terminal.ts';

/** What a command has of the process that it runs in. */
export interface Io {
  env: NodeJS.ProcessEnv;
  /** Prints to standard output. */
  print(text: string): void;
  /** Prints one line to standard error. */
  warn(text: string): void;
  /** All of standard input, within bounds; undefined when that is a terminal. */
  readInput(): Promise<string | undefined>;
  /** For what is printed. */
  paint: Paint;
}

/** What `doctor` shows beside. */
export interface CommandErrorDetails {
  /** What was said about it, by the API server or the platform. */
  detail?: string;
  /** Where it was found. */
  source?: string;
}

/** What a person has to fix: shown as one line, without a stack. */
export class CommandError extends Error {
  readonly what: string;
  readonly fix: string | undefined;
  readonly more: CommandErrorDetails;

  /**
   * @param what what is wrong
   * @param fix how to fix it, where `what` does not say
   */
  constructor(what: string, fix?: string, more: CommandErrorDetails = {}) {
    super(fix === undefined ? what : `${what}; ${fix}`);
    this.what = what;
    this.fix = fix;
    this.more = more;
  }
}

/** What is wrong with the command line: `--help` says more. */
export class UsageError extends CommandError {}
