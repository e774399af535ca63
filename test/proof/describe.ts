import type { Code } from './code.ts';
import { type Action, FATES, type Scope, World } from './world.ts';

/** The actions that lead to a state, one line for each. */
export function describeActions(code: Code, scope: Scope, actions: readonly Action[]): string {
  const world = new World(code, scope);
  return actions
    .map((action, index) => {
      const line = `${String(index + 1).padStart(3)}. ${say(action, world, scope)}`;
      world.do(action);
      return line;
    })
    .join('\n');
}

function say(action: Action, world: World, { problems }: Scope): string {
  switch (action.is) {
    case 'log':
      return `process ${action.process} logs ${problems[action.problem]!.join(' ')}`;
    case 'answer': {
      const { process, request, name } = world.flights[action.flight]!;
      const what = request.is === 'read' ? 'read' : `${request.is} with count ${request.count}`;
      return `the ${what} of ${name} by ${process.name} ${FATES[action.fate]}`;
    }
    case 'arrive':
      return `the ${world.late[action.late]!.request.is} that was given up is done`;
    case 'expire':
      return `the Event ${action.name} expires`;
    case 'remove account':
      return `somebody removes the annotation of ${action.name}`;
    case 'strip':
      return 'from now on admission strips the annotation';
    case 'restart':
      return `process ${action.process} ends, and another one takes its place`;
    case 'flush':
      return `process ${action.process} flushes`;
    case 'tick':
      return 'time passes';
  }
}
