import { ClientGo } from './client-go.ts';
import { Drain } from './drain.ts';
import type { Line } from './line.ts';

/** Returns the name of the Event for each line that a replica has logged, in the order of the lines. */
export type Rule = (lines: Line[], replica: string) => string[];

/** The time between two lines, as in `bench/sides/grouping.mjs`. */
const STEP_MS = 20;

export const ours: Rule = (lines) => lines.map(({ event }) => event);

/** A name of client-go contains the time at which the process created the Event. So no two processes have the same name. */
export const clientGo: Rule = (lines, replica) => {
  const rule = new ClientGo();
  return lines.map((line, number) => `${replica} ${rule.eventOf(line, number * STEP_MS)}`);
};

/** Each type and reason has its own Drain. Events are named by the final templates. */
export const drain: Rule = (lines) => {
  const drains = new Map<string, Drain>();
  const found = lines.map(({ type, reason, text }) => {
    const key = `${type} ${reason}`;
    const parser = drains.get(key) ?? new Drain();
    drains.set(key, parser);
    return { key, template: parser.templateOf(text) };
  });
  return found.map(({ key, template }) => `${key} ${template.words.join(' ')}`);
};
