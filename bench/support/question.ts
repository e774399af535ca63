import { renderAnswer } from './render.ts';

/** One question of `docs/benchmarks.md`: a file of this folder. */
export interface Question {
  /** The name of its file, and on the command line. */
  name: string;
  title: string;
  /** How it is measured, in a paragraph. */
  how: string;
  /** True where the answer holds no times, so that it may be of another machine than the others. @default false */
  isCounted?: boolean;
  answer(): Promise<Answer>;
}

export interface Answer {
  table: Table;
  targets: Target[];
}

export interface Table {
  columns: Column[];
  /** A number, a text, or null where there is nothing to say. */
  rows: (number | string | null)[][];
}

export interface Column {
  name: string;
  /** Of numbers, after the point. @default 0 */
  digits?: number;
}

/** Reached when what was measured is at most so much. */
export interface Target {
  what: string;
  measured: number;
  atMost: number;
  unit?: string;
  /** @default 2 */
  digits?: number;
}

/** Answers a question when its file is what was started. */
export async function answerAlone(file: string, question: Question): Promise<void> {
  if (process.argv[1] !== file) return;
  console.log(renderAnswer(question, await question.answer()));
}

export function median(values: number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** A line of progress, apart from what is printed as the result. */
export function say(line: string): void {
  console.error(`  ${line}`);
}
