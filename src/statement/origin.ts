import { type Frames, nameOf } from './place-name.ts';

/** Ten frames, which V8 keeps by default, take 1 to 2 kB. */
const MAX_STACK = 8 * 1024;
const MAX_FRAMES = 5;
const V8_LINE = '\n    at ';
const LOCATION = /:(\d{1,9}):(\d{1,9})$/;
const INSTALLED = /[\\/]node_modules[\\/]/;

/**
 * The places where an error was created: at most five of the application, or of installed packages if the application has
 * none. Empty if the stack does not show them. It never throws, but it may take long: the first read of a stack formats it,
 * with source maps if they are in use.
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

/** A stack begins with the message, which may itself look like a stack. */
function linesOf(stack: string, messageLength: number): string[] {
  const below = stack.slice(messageLength, messageLength + MAX_STACK);
  const start = below.indexOf(V8_LINE);
  // For other engines, and for errors whose message has changed since.
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
