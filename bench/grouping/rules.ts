import { ClientGo } from './client-go.ts';
import { Drain } from './drain.ts';
import type { Line } from './line.ts';

/** Names the Event of each line that a replica has logged, in its order. */
export type Rule = (lines: Line[], replica: string) => string[];

/** Time between two lines, as in `bench/sides/grouping.mjs`. */
const STEP_MS = 20;

export const ours: Rule = (lines) => lines.map(({ event }) => event);

/** A name of client-go holds the time at which a process made the Event, so no other process has the same. */
export const clientGo: Rule = (lines, replica) => {
  const rule = new ClientGo();
  return lines.map((line, number) => `${replica} ${rule.eventOf(line, number * STEP_MS)}`);
};

/** Each type and reason has a Drain of its own. Events are called as their templates are in the end. */
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
