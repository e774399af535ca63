import { renderAnswer } from './render.ts';

/** One question of `docs/benchmarks.md`. Each is a file of this folder. */
export interface Question {
  /** The name of its file. It is also used on the command line. */
  name: string;
  title: string;
  /** How it is measured, in a paragraph. */
  how: string;
  /** True if the answer contains no times, so that it may come from another machine than the others. @default false */
  isCounted?: boolean;
  answer(): Promise<Answer>;
}

export interface Answer {
  table: Table;
  targets: Target[];
}

export interface Table {
  columns: Column[];
  /** A number, a text, or null if there is nothing to show. */
  rows: (number | string | null)[][];
}

export interface Column {
  name: string;
  /** Digits of numbers after the decimal point. @default 0 */
  digits?: number;
}

/** A target. It is reached if the measured value is at most this. */
export interface Target {
  what: string;
  measured: number;
  atMost: number;
  unit?: string;
  /** @default 2 */
  digits?: number;
}

/** Answers the question if its file is the script that was started. */
export async function answerAlone(file: string, question: Question): Promise<void> {
  if (process.argv[1] !== file) return;
  console.log(renderAnswer(question, await question.answer()));
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Prints a line of progress, separately from the result. */
export function say(line: string): void {
  console.error(`  ${line}`);
}
