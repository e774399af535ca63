import type { Answer } from '../../src/cluster/client.ts';
import type { StoredEvent } from '../../src/cluster/evidence.ts';
import type { Expectation, Protocol } from '../../src/cluster/protocol.ts';
import type { Occurrence } from '../../src/correlator/occurrence.ts';
import type { Problem, Statement } from '../../src/correlator/problem.ts';
import type { ProblemTable } from '../../src/correlator/problem-table.ts';
import type { Effect, Input, Schedule } from '../../src/delivery/schedule.ts';
import type { RecorderCounters } from '../../src/delivery/stats.ts';
import type { Need, Verdict } from '../../src/delivery/verdict.ts';
import type { Regarding } from '../../src/object/reference.ts';
import type { Code } from './code.ts';
import { reply, type Sent, Server } from './server.ts';

/** The setup of a world. Its limits are small, so that they are reached. */
export interface Scope {
  /** The problems that can occur. */
  problems: readonly (readonly [object: string, statement: string, message: string])[];
  processes: number;
  /** The number of problems that a process can remember. */
  room: number;
  /** The number of writers that an account has room for. */
  writers: number;
  /** The number of writers that have each counted one occurrence of the first problem, and have ended. @default 0 */
  writersBefore?: number;
  /** The most occurrences in total. */
  most: number;
  /** Further actions that may happen, in addition to logging, answers and the passing of time. */
  events: readonly ('lose' | 'delay' | 'twice' | 'refuse' | 'expire' | 'strip' | 'restart' | 'flush')[];
}

interface Flight extends Sent {
  readonly process: Process;
  readonly problem: Problem;
  readonly need: Need;
}

interface Entry {
  readonly protocol: Protocol;
  readonly owner: string;
  readonly name: string;
  /** The uid of the Event in which the last count was confirmed. */
  confirmedIn: string | undefined;
}

interface Process {
  readonly name: string;
  readonly table: ProblemTable;
  readonly schedule: Schedule;
  readonly counters: RecorderCounters;
  readonly expectation: Expectation;
  readonly entries: Map<Problem, Entry>;
  /** When the schedule wants to be called. */
  wakeAt: number | undefined;
  notes: number;
}

/** What can happen to a request. */
export const FATES = {
  answered: 'is answered',
  'lost before': 'does not arrive, and the connection breaks',
  'lost after': 'is done, but the answer is lost',
  unsent: 'finds no server',
  late: 'is given up, and done later',
  twice: 'is sent twice by a proxy, which returns the second answer',
  throttled: 'is answered with 429',
  rejected: 'is answered with 422',
  forbidden: 'is answered with 403, a missing permission',
} as const;
export type Fate = keyof typeof FATES;

export type Action =
  | { is: 'log'; process: number; problem: number }
  | { is: 'answer'; flight: number; fate: Fate }
  | { is: 'arrive'; late: number }
  | { is: 'expire' | 'remove account'; name: string }
  | { is: 'strip' }
  | { is: 'restart' | 'flush'; process: number }
  | { is: 'tick' };

/** Whoever compares states treats numbers from 1e12 on as times. */
const START = 1e12;
const LOST = new Error('lost');
const NOT_PERMITTED = 'events is forbidden: User "web" cannot create resource "events"';

/** Some processes, a server, and the open requests between them. Each action changes it. */
export class World {
  readonly server = new Server();
  readonly flights: Flight[] = [];
  readonly late: Sent[] = [];
  readonly processes: Process[] = [];
  now = START;
  logged = 0;
  /** Occurrences that processes had counted but not confirmed when they ended. */
  lost = 0;
  /** The number of processes that have ended, after reporting what was pending. */
  ended = 0;
  /** True if an Event may show less than was logged, because of what has happened. */
  mayBeShort = false;
  isChanged = false;
  private names = 0;
  private readonly code: Code;
  private readonly scope: Scope;

  constructor(code: Code, scope: Scope) {
    this.code = code;
    this.scope = scope;
    for (let i = 0; i < scope.processes; i++) this.processes.push(this.start(i));
    const { problems, writersBefore = 0 } = scope;
    if (writersBefore > 0) this.logged = this.server.fill(nameOf(problems[0]!), writersBefore);
  }

  /** All actions that are possible now. */
  actions(): Action[] {
    const { events, problems, most } = this.scope;
    const can = (event: Scope['events'][number]) => events.includes(event);
    const actions: Action[] = [];
    this.processes.forEach((_, process) => {
      if (this.logged < most + (this.scope.writersBefore ?? 0))
        for (let problem = 0; problem < problems.length; problem++)
          actions.push({ is: 'log', process, problem });
      if (can('restart')) actions.push({ is: 'restart', process });
      if (can('flush') && this.processes[process]!.table.pending > 0) actions.push({ is: 'flush', process });
    });
    for (let flight = 0; flight < this.flights.length; flight++)
      for (const fate of this.fatesOf(this.flights[flight]!)) actions.push({ is: 'answer', flight, fate });
    for (let late = 0; late < this.late.length; late++) actions.push({ is: 'arrive', late });
    if (can('expire')) for (const name of this.server.events.keys()) actions.push({ is: 'expire', name });
    if (can('strip')) {
      if (!this.server.isStripping) actions.push({ is: 'strip' });
      for (const [name, { account }] of this.server.events)
        if (account !== '') actions.push({ is: 'remove account', name });
    }
    if (this.processes.some(({ wakeAt }) => wakeAt !== undefined)) actions.push({ is: 'tick' });
    return actions;
  }

  private fatesOf({ request }: Flight): Fate[] {
    const { events } = this.scope;
    const fates: Fate[] = ['answered'];
    if (events.includes('lose')) fates.push('lost before', 'lost after', 'unsent');
    if (request.is === 'read') return fates;
    if (events.includes('delay')) fates.push('late');
    // Without the annotation, nobody can tell the first of two writes of a proxy from a write of another process.
    if (events.includes('twice') && !this.server.isStripping) fates.push('twice');
    if (events.includes('refuse')) fates.push('throttled', 'rejected', 'forbidden');
    return fates;
  }

  do(action: Action): void {
    switch (action.is) {
      case 'log':
        return this.log(this.processes[action.process]!, action.problem);
      case 'answer':
        return this.answer(this.flights.splice(action.flight, 1)[0]!, action.fate);
      case 'arrive': {
        this.server.handle(this.late.splice(action.late, 1)[0]!);
        return;
      }
      case 'expire':
        this.isChanged = true;
        return this.server.remove(action.name);
      case 'remove account':
        this.isChanged = this.mayBeShort = true;
        return this.server.removeAccount(action.name);
      case 'strip':
        this.isChanged = this.mayBeShort = this.server.isStripping = true;
        return;
      case 'restart':
        return this.restart(action.process);
      case 'flush': {
        const flush = { timeoutMs: 5_000, deadline: this.now + 5_000, targets: new Map(), hasLoss: false };
        return this.step(this.processes[action.process]!, { is: 'flush', flush });
      }
      case 'tick':
        return this.tick();
    }
  }

  /** Time passes until the next process wants to be called. */
  private tick(): void {
    const wakes = this.processes.map(({ wakeAt }) => wakeAt ?? Number.POSITIVE_INFINITY);
    this.now = Math.max(this.now, Math.min(...wakes));
    for (const process of this.processes) {
      if (process.wakeAt === undefined || process.wakeAt > this.now) continue;
      process.wakeAt = undefined;
      this.step(process, { is: 'tick' });
    }
  }

  private start(index: number): Process {
    const { ProblemTable, Schedule, Budget, createCounters, resolveReference } = this.code;
    const pod = resolveReference({ kind: 'Pod', name: `pod${index}` }, undefined, 'shop');
    const table = new ProblemTable({ regarding: pod, onUse: () => {} }, this.scope.room);
    const counters = createCounters();
    const entries: Process['entries'] = new Map();
    const need = (problem: Problem): Need => {
      const protocol = entries.get(problem)?.protocol;
      return needOf(protocol === undefined || protocol.isUnseen ? 'create' : protocol.next);
    };
    const schedule = new Schedule(table, { counters, budget: new Budget(this.now), need });
    const expectation = { areThere: false };
    return {
      name: `pod${index}`,
      table,
      schedule,
      counters,
      expectation,
      entries,
      wakeAt: undefined,
      notes: 0,
    };
  }

  private restart(index: number): void {
    const process = this.processes[index]!;
    this.isChanged = true;
    this.lost += process.table.pending;
    this.ended++;
    for (let i = this.flights.length - 1; i >= 0; i--)
      if (this.flights[i]!.process === process) this.late.push(...this.flights.splice(i, 1));
    this.processes[index] = this.start(index);
  }

  private log(process: Process, index: number): void {
    const [object, statement, message] = this.scope.problems[index]!;
    const regarding = this.code.resolveReference({ kind: 'Pod', name: object }, undefined, 'shop');
    const said = { type: 'Warning', reason: 'Failed', action: 'Logged', isKeyed: false } as const;
    const text = `${statement} ${message}`;
    const occurrence = { ...said, message: text, group: text };
    this.count(process, occurrence, regarding);
  }

  private count(process: Process, occurrence: Occurrence, regarding: Regarding): void {
    this.logged++;
    const problem =
      process.table.count(occurrence, regarding, this.now) ??
      process.table.countNews(occurrence, regarding, this.now, statementIn(occurrence.group));
    if (problem.activity.is === 'unplanned') this.step(process, { is: 'counted', problem });
  }

  /** Logs the same problem again. */
  repeat(index: number, { latest, branch: { regarding } }: Problem): void {
    this.count(this.processes[index]!, latest, regarding);
  }

  private step(process: Process, input: Input): void {
    for (const effect of process.schedule.step(input, this.now, () => 0.5)) this.perform(process, effect);
    for (const problem of process.entries.keys()) if (!isRemembered(problem)) process.entries.delete(problem);
  }

  private perform(process: Process, effect: Effect): void {
    if (effect.is === 'wake')
      process.wakeAt = Math.min(process.wakeAt ?? effect.at, Math.max(effect.at, this.now));
    else if (effect.is === 'report') process.notes++;
    else if (effect.is === 'write') this.send(process, effect.problem);
  }

  /** Sends a request in the same way as the library. */
  private send(process: Process, problem: Problem): void {
    const { expectation, name: instance, entries } = process;
    let entry = entries.get(problem);
    if (entry === undefined) {
      const newWriter = () => `writer${++this.names}`;
      const options = { expectation, instance, newWriter, maxWriters: this.scope.writers };
      const { branch, key = '*' } = problem;
      const name = [branch.regarding.name, branch.parent === undefined ? '*' : branch.key, key].join('/');
      entry = {
        protocol: new this.code.Protocol(options),
        owner: `owner${++this.names}`,
        name,
        confirmedIn: undefined,
      };
      entries.set(problem, entry);
    }
    const request = entry.protocol.request(problem.total);
    const { owner, name } = entry;
    const need = needOf(request.is);
    this.flights.push({ process, problem, name, request, instance, owner, need, total: problem.total });
  }

  private answer(flight: Flight, fate: Fate): void {
    const { answer, event } = this.fare(flight, fate);
    const { process, problem, need } = flight;
    const meaning = this.code.interpret(answer, { ...need, apiGroup: '' });
    const entry = process.entries.get(problem)!;
    const { protocol } = entry;
    const result = protocol.accept(meaning, event, 1);
    if (result.is === 'written') entry.confirmedIn = event?.uid;
    const isRefused = meaning.is === 'retry' || meaning.is === 'forbidden';
    const verdict: Verdict = { ...result, ...(!isRefused && { allowed: need }) };
    if (verdict.is === 'drop') process.entries.delete(problem);
    this.step(process, { is: 'answered', problem, verdict });
  }

  private fare(flight: Flight, fate: Fate): { answer: Answer; event: StoredEvent | undefined } {
    if (fate === 'twice' || fate === 'lost after') this.server.handle(flight);
    if (fate === 'late') this.late.push(flight);
    if (fate === 'answered' || fate === 'twice') return this.server.handle(flight);
    if (fate === 'rejected' || fate === 'forbidden') this.isChanged = true;
    const status = { throttled: 429, rejected: 422, forbidden: 403 } as Partial<Record<Fate, number>>;
    const code = status[fate];
    if (code !== undefined) return { answer: reply(code, NOT_PERMITTED), event: undefined };
    const answer = { error: LOST, isSent: fate !== 'unsent', isStaleSocket: false };
    return { answer, event: undefined };
  }
}

function statementIn(text: string): Statement {
  return { key: text.split(' ')[0]!, isStale: false };
}

function isRemembered(problem: Problem): boolean {
  const { branch, key } = problem;
  return (key === undefined ? branch.combined : branch.problems.get(key)) === problem;
}

function nameOf([object, statement, message]: Scope['problems'][number]): string {
  return `${object}/${statement}/${statement} ${message}`;
}

function needOf(request: 'create' | 'read' | 'patch'): Need {
  return { verb: request === 'create' ? 'create' : 'patch', namespace: 'shop' };
}
