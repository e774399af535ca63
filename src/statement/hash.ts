const BASIS = 0x811c9dc5;
const PRIME = 0x01000193;
const OTHER_PRIME = 0x85ebca6b;
const LOW_BITS = 2 ** 21;

/** A hash of 32 bits (FNV-1a). */
function hash32(text: string, prime: number): number {
  let hash = BASIS;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), prime);
  return (hash ^ (hash >>> 15)) >>> 0;
}

/** A hash of 32 bits, to tell the few callers of one place apart. */
export function hashOf(text: string): number {
  return hash32(text, PRIME);
}

/** A hash of 53 bits, for what must not be confused. It keeps no part of the text in memory. */
export function longHashOf(text: string): string {
  const hash = hash32(text, PRIME) * LOW_BITS + (hash32(text, OTHER_PRIME) % LOW_BITS);
  return hash.toString(36);
}

/** A hash of 16 bits, for what may be confused. */
export function shortHashOf(text: string): number {
  return hash32(text, PRIME) & 0xffff;
}
