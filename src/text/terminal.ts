import { joinLines } from './text.ts';

/** A text stream, such as `process.stdout`. */
export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  hasColors?(env: object): boolean;
}

export type Colour = 'green' | 'red' | 'yellow' | 'gray';
/** Colours a text, or returns it unchanged. */
export type Paint = (colour: Colour, text: string) => string;

// Characters that change the direction of text can make a terminal show something different from the text.
const DIRECTION_CONTROLS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u206f\ufff9-\ufffb]/g;

/** The text as one line, without characters that a terminal would act on. */
export function oneLine(text: string): string {
  return joinLines(text).replace(DIRECTION_CONTROLS, '');
}

/** The values of `FORCE_COLOR` that Node reads as yes. Any other value is a no. */
const FORCED = ['', '1', '2', '3', 'true'];

/**
 * How to colour what is written to `output`. `FORCE_COLOR` decides, as in Node, or else whether the output is a terminal
 * with colours.
 */
export function paintFor(output: Output, env: NodeJS.ProcessEnv): Paint {
  if (!isColoured(output, env)) return (_, text) => text;
  // Loaded only here, because an application in a pod prints no Events.
  const { styleText } = process.getBuiltinModule('node:util');
  return (colour, text) => styleText(colour, text, { validateStream: false });
}

function isColoured(output: Output, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: forced, NO_COLOR: refused, TERM: terminal } = env;
  if (forced !== undefined) return FORCED.includes(forced);
  if (refused || terminal === 'dumb' || output.isTTY !== true) return false;
  // An empty NO_COLOR counts as not set (no-color.org), but Node 20 disables colours then.
  return output.hasColors?.({ ...env, NO_COLOR: undefined }) ?? true;
}
