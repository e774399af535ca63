/**
 * What an Event remembers of its writers: how much each has contributed, least recent writer first. Every writer
 * owns its part of the counter, so it can always see whether a write of its own is in it, whoever wrote since, and
 * an Event that expired can be made anew with all that was counted in it.
 */
export type Writers = ReadonlyMap<string, number>;

/** The annotation that holds the contributions: `writer=count,writer=count`. */
export const WRITERS_ANNOTATION = 'winston-kubernetes-events/writers';
/**
 * About 14 kB of annotation at the most, of the 256 kB that an object may have. A writer that falls out has long had
 * its answer; only an Event that expires with more writers than these may count the part of one twice.
 */
const MAX_WRITERS = 1_000;

/** Reads the annotation; what is not understood is left out. */
export function parseWriters(annotation: unknown): Writers {
  const writers = new Map<string, number>();
  if (typeof annotation !== 'string') return writers;
  for (const entry of annotation.split(',')) {
    const [writer = '', count = ''] = entry.split('=');
    if (/^[a-z0-9]+$/.test(writer) && /^[0-9]{1,15}$/.test(count)) writers.set(writer, Number(count));
  }
  return writers;
}

/** The annotation after `writer` has brought its contribution to `total`. */
export function formatWriters(writers: Writers, writer: string, total: number): string {
  const others = [...writers].filter(([name]) => name !== writer).slice(-(MAX_WRITERS - 1));
  return [...others, [writer, total]].map(([name, count]) => `${name}=${count}`).join(',');
}
