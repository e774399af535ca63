import { seededRandom } from '../support/random.ts';
import type { Code } from './code.ts';
import { wrongAtAnyTime, wrongAtRest } from './invariants.ts';
import { type Action, type Scope, World } from './world.ts';

/** For worlds that are too large to try every order: many actions, in random order. */
export const STORM_ACTIONS = 300;

/** Logging and answers are the most frequent actions. */
const WEIGHTS: Record<Action['is'], number> = {
  log: 6,
  answer: 6,
  arrive: 2,
  tick: 4,
  flush: 0.3,
  expire: 0.3,
  'remove account': 0.2,
  strip: 0.02,
  restart: 0.15,
};

/** Runs a storm. Returns what went wrong and the actions before it; undefined if nothing did. */
export function storm(
  code: Code,
  scope: Scope,
  seed: number,
): { actions: Action[]; wrong: string } | undefined {
  const random = seededRandom(seed);
  const world = new World(code, scope);
  const actions: Action[] = [];
  for (let i = 0; i < STORM_ACTIONS; i++) {
    const possible = world.actions();
    if (possible.length === 0) break;
    const action = draw(possible, random);
    actions.push(action);
    world.do(action);
    const wrong = wrongAtAnyTime(world, scope);
    if (wrong !== undefined) return { actions, wrong };
  }
  const wrong = wrongAtRest(world);
  return wrong === undefined ? undefined : { actions, wrong };
}

/** Draws a kind of action by its weight, and then one action of that kind. */
function draw(actions: Action[], random: () => number): Action {
  const kinds = [...new Set(actions.map(({ is }) => is))];
  let left = random() * kinds.reduce((sum, kind) => sum + WEIGHTS[kind], 0);
  const kind = kinds.find((each) => {
    left -= WEIGHTS[each];
    return left < 0;
  });
  const ofKind = actions.filter((action) => action.is === kind);
  const answered = ofKind.filter((action) => action.is === 'answer' && action.fate === 'answered');
  const choices = answered.length > 0 && random() < 0.6 ? answered : ofKind;
  return choices[Math.floor(random() * choices.length)]!;
}
