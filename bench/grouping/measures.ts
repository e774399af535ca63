/** How well the Events match the problems. */
export interface Measures {
  problems: number;
  /** The number of Events in which the lines are counted. */
  events: number;
  /** The number of problems that are not the largest part of any Event. Nobody sees them. */
  hidden: number;
  /** Grouping accuracy: the share of lines whose Event counts exactly the lines of their problem. */
  accuracy: number;
  /** The share of lines that belong to the largest problem of their Event. */
  purity: number;
}

/** @param problems the problem of each line @param events the Event of each line */
export function measure(problems: readonly string[], events: readonly string[]): Measures {
  const linesOf = new Map<string, number>();
  const partsOf = new Map<string, Map<string, number>>();
  problems.forEach((problem, line) => {
    add(linesOf, problem);
    const event = events[line]!;
    const parts = partsOf.get(event) ?? new Map<string, number>();
    partsOf.set(event, parts);
    add(parts, problem);
  });
  const seen = new Set<string>();
  let accurate = 0;
  let pure = 0;
  for (const parts of partsOf.values()) {
    const [problem, lines] = largestOf(parts);
    seen.add(problem);
    pure += lines;
    if (parts.size === 1 && lines === linesOf.get(problem)) accurate += lines;
  }
  return {
    problems: linesOf.size,
    events: partsOf.size,
    hidden: linesOf.size - seen.size,
    accuracy: accurate / problems.length,
    purity: pure / problems.length,
  };
}

/** The share of lines that two replicas count in the same Event. */
export function agreement(one: readonly string[], other: readonly string[]): number {
  return one.filter((event, line) => event === other[line]).length / one.length;
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

/** The first one if several are equally large. */
function largestOf(parts: Map<string, number>): [string, number] {
  return [...parts].reduce((largest, part) => (part[1] > largest[1] ? part : largest));
}
