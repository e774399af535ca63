import type { Code } from './code.ts';
import { fingerprint } from './fingerprint.ts';
import { wrongAtAnyTime, wrongAtRest } from './invariants.ts';
import { type Action, type Scope, World } from './world.ts';

export interface Exploration {
  /** The number of different states by the fewest actions that lead to them. The first is the start. */
  generations: number[];
  transitions: number;
  counterexample: { actions: Action[]; wrong: string } | undefined;
}

/** A state, stored as the actions that lead to it. States are computed again, so that none has to be copied. */
interface Node {
  readonly parent: Node | undefined;
  readonly action: Action | undefined;
}

/**
 * Tries every order of actions, breadth first, so that the shortest order with a fault is found first.
 * @param limits `depth`: the most actions one after the other; `states`: the search ends with the generation in which it
 * has found this many
 */
export function explore(code: Code, scope: Scope, limits: { depth: number; states?: number }): Exploration {
  const seen = new Set<string>();
  const generations: number[] = [];
  let generation: Node[] = [{ parent: undefined, action: undefined }];
  let transitions = 0;
  while (generation.length > 0) {
    generations.push(generation.length);
    if (generations.length > limits.depth || seen.size >= (limits.states ?? Number.POSITIVE_INFINITY)) break;
    const next: Node[] = [];
    for (const node of generation) {
      const before = pathOf(node);
      for (const action of replay(code, scope, before).actions()) {
        transitions++;
        const actions = [...before, action];
        const wrong = visit(code, scope, actions, seen);
        if (wrong !== undefined && wrong !== 'known')
          return { generations, transitions, counterexample: { actions, wrong: wrong.wrong } };
        if (wrong === undefined) next.push({ parent: node, action });
      }
    }
    generation = next;
  }
  return { generations, transitions, counterexample: undefined };
}

/** Checks the state after these actions, unless it is known. */
function visit(
  code: Code,
  scope: Scope,
  actions: readonly Action[],
  seen: Set<string>,
): 'known' | { wrong: string } | undefined {
  const world = replay(code, scope, actions);
  const wrong = wrongAtAnyTime(world, scope);
  if (wrong !== undefined) return { wrong };
  const mark = fingerprint({ ...world, now: 0, code: 0, scope: 0 }, world.now);
  if (seen.has(mark)) return 'known';
  seen.add(mark);
  const wrongLater = wrongAtRest(world);
  return wrongLater === undefined ? undefined : { wrong: wrongLater };
}

function replay(code: Code, scope: Scope, actions: readonly Action[]): World {
  const world = new World(code, scope);
  for (const action of actions) world.do(action);
  return world;
}

function pathOf(node: Node): Action[] {
  const actions: Action[] = [];
  for (let at: Node | undefined = node; at?.action !== undefined; at = at.parent) actions.unshift(at.action);
  return actions;
}
