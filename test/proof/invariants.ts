import type { Scope, World } from './world.ts';

/** What must be true at any time. Returns what is not. */
export function wrongAtAnyTime(world: World, scope: Scope): string | undefined {
  const { server, logged } = world;
  // The counts on the server are never higher than what was logged, neither after one write nor in total.
  if (server.fault !== undefined) return server.fault;
  if (server.sum > logged) return `${server.sum} are on the server, and ${logged} were logged`;
  // A write never brings too little either, if the account is complete.
  if (server.isShort && !mayBeShort(world)) return 'a write has brought less than was missing';
  // The parts of the account add up to the count, even if some were added up.
  for (const [name, { account, count }] of server.events) {
    const parts = account.split(',').filter((part) => part !== '');
    const sum = parts.reduce((total, part) => total + Number(part.split('=')[1]), 0);
    if (sum !== count && !world.mayBeShort)
      return `${name}: the parts make ${sum}, and the count is ${count}`;
    if (parts.length > scope.writers) return `${name}: ${parts.length} parts, and room for ${scope.writers}`;
  }
  return wrongInProcesses(world, scope);
}

function wrongInProcesses(world: World, scope: Scope): string | undefined {
  for (const process of world.processes) {
    const { table, entries, wakeAt, name } = process;
    let pending = 0;
    for (const problem of table.waiting) {
      pending += problem.total - problem.written;
      if (problem.activity.is === 'idle') return `${name}: a problem has something to write and is idle`;
    }
    // No count is forgotten.
    if (pending !== table.pending) return `${name}: ${pending} are waiting, and ${table.pending} are pending`;
    // No problem that is due is forgotten.
    const isAtWork = world.flights.some((flight) => flight.process === process);
    if (table.waiting.size > 0 && wakeAt === undefined && !isAtWork)
      return `${name}: nobody looks after what waits`;
    // No limit is exceeded, except by the Event of last resort.
    if (table.size > scope.room + 1) return `${name}: ${table.size} problems, and room for ${scope.room}`;
    // Nothing is confirmed that is not in the Event, while the Event exists.
    for (const [problem, { owner, name: event, confirmedIn }] of entries) {
      const { uid, truth } = world.server.events.get(event) ?? {};
      const there = truth?.get(owner) ?? 0;
      if (uid !== undefined && uid === confirmedIn && there < problem.written && !mayBeShort(world))
        return `${name}: ${problem.written} are confirmed in ${event}, and ${there} are there`;
    }
  }
  return undefined;
}

/** Lets everything finish without further faults. Returns what is wrong then. */
export function wrongAtRest(world: World): string | undefined {
  while (world.late.length > 0) world.do({ is: 'arrive', late: 0 });
  const wrong = comeToRest(world);
  if (wrong !== undefined || !world.isChanged) return wrong ?? wrongThen(world);
  // A process that goes on with a problem writes again everything that it has counted.
  world.processes.forEach(({ entries }, process) => {
    for (const problem of [...entries.keys()]) world.repeat(process, problem);
  });
  return comeToRest(world) ?? wrongThen(world);
}

function comeToRest(world: World): string | undefined {
  for (
    let steps = 0;
    world.processes.some(({ table }) => table.pending > 0) || world.flights.length > 0;
    steps++
  ) {
    if (steps > MOST_STEPS) return 'it does not come to rest';
    if (world.flights.length > 0) world.do({ is: 'answer', flight: 0, fate: 'answered' });
    else world.do({ is: 'tick' });
  }
  return undefined;
}

function wrongThen(world: World): string | undefined {
  const { server, logged, isChanged } = world;
  if (server.fault !== undefined) return server.fault;
  if (server.sum > logged) return `at rest ${server.sum} are on the server, and ${logged} were logged`;
  if (mayBeShort(world))
    return isReported(world) ? undefined : 'something may be missing, and nobody was told';
  // The counts are exact if nothing was refused or deleted and no process has ended.
  if (!isChanged && server.sum !== logged)
    return `at rest ${server.sum} are on the server, and ${logged} were logged`;
  // Otherwise each process that still runs has written everything that it has counted.
  for (const { entries, name } of world.processes) {
    for (const [problem, { owner, name: event }] of entries) {
      const there = server.events.get(event)?.truth.get(owner);
      if (there !== undefined && there !== problem.total)
        return `at rest ${name} has counted ${problem.total} of ${event}, and ${there} are there`;
    }
  }
  return undefined;
}

const MOST_STEPS = 2_000;

/** Without the annotation, or with parts that were added up, a count may be too low, but never too high. */
function mayBeShort({ server, mayBeShort: isStripped }: World): boolean {
  return isStripped || server.hasFolded;
}

/** If a write has brought too little, there is a diagnostic. */
function isReported({ server, processes, ended }: World): boolean {
  return !server.isShort || ended > 0 || processes.some(({ notes }) => notes > 0);
}
