import { runInNewContext } from 'node:vm';
import { type Frames, nameOf } from './place-name.ts';

/** Returns the call sites below the topmost call of a function, or nothing if the function is not on the stack. */
type Capture = (top: unknown) => unknown;

/** Two wrappers, the statement and its caller, and between them frames that do not belong to the application. */
const MAX_SITES = 12;
const MAX_FRAMES = 5;

const REALM_FILE = 'winston-kubernetes-events-realm';
/**
 * A realm with its own `Error`. So it neither uses nor changes the application's `stackTraceLimit`, `prepareStackTrace` or
 * source maps. It takes 150 kB and, once, half a millisecond.
 */
const REALM = `
  Error.stackTraceLimit = ${MAX_SITES};
  Error.prepareStackTrace = (_, sites) => sites;
  (top) => {
    const holder = {};
    Error.captureStackTrace(holder, top);
    return holder.stack;
  }`;

/** Modules between an application and winston, which never contain the statement. */
const LOGGERS =
  /[\\/]node_modules[\\/](?:winston|winston-transport|readable-stream|nest-winston|@nestjs[\\/]common[\\/]services)[\\/]/;
/** No path is longer than this. */
const MAX_PATH = 4096;

let capture: Capture | undefined;

function openRealm(): Capture {
  try {
    return runInNewContext(REALM, {}, { contextName: 'winston-kubernetes-events', filename: REALM_FILE });
  } catch {
    return () => undefined;
  }
}

/**
 * The places from which a function was called: at most five, without those of Node and of loggers. Empty if they cannot be
 * seen, as on Bun. It never throws.
 * @param tops functions, in the order in which they are searched for on the stack; the first one found counts
 */
export function look(tops: readonly unknown[]): Frames {
  try {
    capture ??= openRealm();
    for (const top of tops) {
      const sites = typeof top === 'function' ? capture(top) : undefined;
      if (Array.isArray(sites) && sites.length > 0 && !isOwn(sites[0])) return framesOf(sites);
    }
  } catch {
    // Nothing can be seen.
  }
  return [];
}

/** For a bound function or a Proxy, the engine does not find the call, and then leaves out no frames. */
function isOwn(site: NodeJS.CallSite): boolean {
  return site.getScriptNameOrSourceURL?.() === REALM_FILE;
}

function framesOf(sites: readonly NodeJS.CallSite[]): Frames {
  const frames: string[] = [];
  for (const site of sites) {
    // Other engines have no positions, and not all of the names.
    const file = site.getScriptNameOrSourceURL?.() ?? (site.isEval() ? 'eval' : undefined);
    if (typeof file !== 'string' || file.startsWith('node:') || LOGGERS.test(file.slice(-MAX_PATH))) continue;
    const position = site.getPosition?.() ?? `${site.getLineNumber()}:${site.getColumnNumber()}`;
    if (frames.push(nameOf(file, position)) === MAX_FRAMES) break;
  }
  return frames;
}
