import { runInNewContext } from 'node:vm';
import { type Frames, nameOf } from './place-name.ts';

/** The call sites below the topmost call of a function; nothing when it is not on the stack. */
type Capture = (top: unknown) => unknown;

/** Two wrappers, the statement and who called it, with frames between them that are not the application's. */
const MAX_SITES = 12;
const MAX_FRAMES = 5;

const REALM_FILE = 'winston-kubernetes-events-realm';
/**
 * A realm has its own `Error`, so nothing of the application's is touched or called: not its `stackTraceLimit`, not its
 * `prepareStackTrace`, not a source map. It takes 150 kB and, once, half a millisecond.
 */
const REALM = `
  Error.stackTraceLimit = ${MAX_SITES};
  Error.prepareStackTrace = (_, sites) => sites;
  (top) => {
    const holder = {};
    Error.captureStackTrace(holder, top);
    return holder.stack;
  }`;

/** What stands between an application and winston, and is never the statement itself. */
const LOGGERS =
  /[\\/]node_modules[\\/](?:winston|winston-transport|readable-stream|nest-winston|@nestjs[\\/]common[\\/]services)[\\/]/;
/** More than any path has. */
const MAX_PATH = 4096;

let capture: Capture | undefined;

/** Does ahead of time what the first {@link look} would have to do. */
export function prepareLook(): void {
  capture ??= openRealm();
}

function openRealm(): Capture {
  try {
    return runInNewContext(REALM, {}, { contextName: 'winston-kubernetes-events', filename: REALM_FILE });
  } catch {
    return () => undefined;
  }
}

/**
 * Where a function was called from: at most five places, without those of Node and of loggers. Empty where it cannot be
 * seen, as on Bun. It never throws.
 * @param tops functions in the order in which they are looked for; the first that is on the stack counts
 */
export function look(tops: readonly unknown[]): Frames {
  try {
    prepareLook();
    for (const top of tops) {
      const sites = typeof top === 'function' ? capture?.(top) : undefined;
      if (Array.isArray(sites) && sites.length > 0 && !isOwn(sites[0])) return framesOf(sites);
    }
  } catch {
    // Nothing can be seen.
  }
  return [];
}

/** Of a function that is bound, or a Proxy, the engine does not find the call: it leaves out nothing then. */
function isOwn(site: NodeJS.CallSite): boolean {
  return site.getScriptNameOrSourceURL?.() === REALM_FILE;
}

function framesOf(sites: readonly NodeJS.CallSite[]): Frames {
  const frames: string[] = [];
  for (const site of sites) {
    // Other engines have no positions, and not all names.
    const file = site.getScriptNameOrSourceURL?.() ?? (site.isEval() ? 'eval' : undefined);
    if (typeof file !== 'string' || file.startsWith('node:') || LOGGERS.test(file.slice(-MAX_PATH))) continue;
    const position = site.getPosition?.() ?? `${site.getLineNumber()}:${site.getColumnNumber()}`;
    if (frames.push(nameOf(file, String(position))) === MAX_FRAMES) break;
  }
  return frames;
}
