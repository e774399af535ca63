import { BoundedMap } from '../bounded-map.ts';
import { detached } from '../text/text.ts';
import { longHashOf } from './hash.ts';

/** Places in the code, innermost first; see {@link nameOf}. */
export type Frames = readonly string[];

/** This many parts of a path tell files apart: `orders/services/index.js`. */
const MAX_SEGMENTS = 3;
/** A `data:` URL is as long as its module. */
const MAX_CHARACTERS = 200;
const SCHEME = 'file://';
/** Few applications log from more files, or from more places of a file. A place that is forgotten is named again. */
const MAX_FILES = 256;
const MAX_PLACES = 256;

type Position = string | number;

const known = new BoundedMap<string, BoundedMap<Position, string>>(MAX_FILES);

/**
 * The name of a place in the code. It is the same in each pod that runs the build: a hash of the position and of the last
 * parts of the file's path, without the directory of the application.
 */
export function nameOf(file: string, position: Position): string {
  let places = known.get(file);
  if (places === undefined) {
    places = new BoundedMap(MAX_PLACES);
    // It may be a part of a stack, which would then stay in memory.
    known.set(detached(file), places);
  }
  let name = places.get(position);
  if (name === undefined) {
    name = makeName(file, position);
    places.set(position, name);
  }
  return name;
}

function makeName(file: string, position: Position): string {
  const path = file.startsWith(SCHEME) ? file.slice(SCHEME.length) : file;
  const root = endOfCommonDirectory(path, entryScript());
  const query = path.indexOf('?', root);
  const end = query === -1 ? path.length : query;
  let start = Math.max(root, end - MAX_CHARACTERS);
  for (let at = end - 1, segments = 0; at > start; at--)
    if (isSeparator(path.charCodeAt(at)) && ++segments === MAX_SEGMENTS) start = at + 1;
  return longHashOf(`${path.slice(start, end)}:${position}`);
}

/** The path of the script with which Node was started. */
function entryScript(): string {
  const [, script] = process.argv;
  return typeof script === 'string' ? script : '';
}

function endOfCommonDirectory(path: string, other: string): number {
  let end = 0;
  for (let at = 0; at < other.length && path.charCodeAt(at) === other.charCodeAt(at); at++)
    if (isSeparator(path.charCodeAt(at))) end = at + 1;
  return end;
}

function isSeparator(code: number): boolean {
  return code === 0x2f || code === 0x5c;
}
