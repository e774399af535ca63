import { type Frames, nameOf } from './place-name.ts';

/** Ten frames, as V8 keeps by default, are 1 to 2 kB. */
const MAX_STACK = 8 * 1024;
const MAX_FRAMES = 5;
const V8_LINE = '\n    at ';
const LOCATION = /:(\d{1,9}):(\d{1,9})$/;
const INSTALLED = /[\\/]node_modules[\\/]/;

/**
 * Where an error came from: at most five places of the application, or of what is installed when there is none of the
 * application. Empty where its stack does not say. It never throws, but may take long: the first to read a stack
 * has it written, with source maps if those are in use.
 * @param error an error, or its stack as text
 */
export function originOf(error: unknown): Frames {
  try {
    const stack = typeof error === 'string' ? error : (error as Error).stack;
    return typeof stack === 'string' ? framesOf(linesOf(stack, messageLength(error))) : [];
  } catch {
    return [];
  }
}

function messageLength(error: unknown): number {
  const message = typeof error === 'string' ? undefined : (error as Error).message;
  return typeof message === 'string' ? message.length : 0;
}

/** A stack begins with the message, which may look like a stack itself. */
function linesOf(stack: string, messageLength: number): string[] {
  const below = stack.slice(messageLength, messageLength + MAX_STACK);
  const start = below.indexOf(V8_LINE);
  // Other engines, and errors whose message has changed since.
  return (start === -1 ? stack.slice(0, MAX_STACK) : below.slice(start)).split('\n');
}

function framesOf(lines: readonly string[]): Frames {
  const own: string[] = [];
  const installed: string[] = [];
  for (const line of lines) {
    const location = locationOf(line);
    const position = location === undefined ? null : LOCATION.exec(location);
    if (location === undefined || position === null) continue;
    const file = location.slice(0, position.index);
    if (file.startsWith('node:') || file.includes('<anonymous>')) continue;
    const frames = INSTALLED.test(file) ? installed : own;
    if (frames.length < MAX_FRAMES) frames.push(nameOf(file, `${position[1]}:${position[2]}`));
    if (own.length === MAX_FRAMES) break;
  }
  return own.length > 0 ? own : installed;
}

/** `at call (file:1:2)`, `at file:1:2`, or `call@file:1:2`. */
function locationOf(line: string): string | undefined {
  const text = line.trim();
  if (text.startsWith('at ')) {
    const open = text.endsWith(')') ? text.indexOf(' (') : -1;
    return open === -1 ? text.slice(text.startsWith('at async ') ? 9 : 3) : text.slice(open + 2, -1);
  }
  const at = text.lastIndexOf('@');
  return at === -1 ? undefined : text.slice(at + 1);
}
