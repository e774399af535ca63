/** A turn of the event loop that takes longer was kept waiting by others on the machine. */
const LONGEST_TURN_MS = 2;

let ms = 0;
let seenAt = performance.now();
let ticking;

/**
 * The time that this process had for itself since the first call. On a busy machine it goes slower than that of the
 * wall, as everything does that the process waits for, so no test has to know how busy the machine is.
 */
export function ownTimeMs() {
  const now = performance.now();
  if (ticking) ms += Math.min(now - seenAt, LONGEST_TURN_MS);
  else ticking = setInterval(ownTimeMs, 1).unref();
  seenAt = now;
  return ms;
}
