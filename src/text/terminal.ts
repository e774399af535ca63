import { joinLines } from './text.ts';

/** A text stream, such as `process.stdout`. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  hasColors?(env: object): boolean;
}

export type Colour = 'green' | 'red' | 'yellow' | 'gray';
/** Colours a text, or leaves it as it is. */
export type Paint = (colour: Colour, text: string) => string;

// Characters that change the direction of text can make a terminal show something else than what is there.
const DIRECTION_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/g;

/** Text as one line that a terminal shows as it is. */
export function oneLine(text: string): string {
  return joinLines(text).replace(DIRECTION_CONTROLS, '');
}

/** What Node takes for yes in `FORCE_COLOR`; anything else is a no. */
const FORCED = ['', '1', '2', '3', 'true'];

/** How to colour what is written to `output`: as `FORCE_COLOR` says, as in Node, else if it is a terminal with colours. */
export function paintFor(output: Output, env: NodeJS.ProcessEnv): Paint {
  if (!isColoured(output, env)) return (_, text) => text;
  // Loaded only here: an application in a pod prints no Events.
  const { styleText } = process.getBuiltinModule('node:util');
  return (colour, text) => styleText(colour, text, { validateStream: false });
}

function isColoured(output: Output, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = env;
  if (forced !== undefined) return FORCED.includes(forced);
  if (refused || terminal === 'dumb' || output.isTTY !== true) return false;
  // An empty NO_COLOR counts as none (no-color.org), but Node 20 takes it for a refusal.
  return output.hasColors?.({ ...env, NO_COLOR: undefined }) ?? true;
}
