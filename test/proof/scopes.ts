import type { Mutation } from './code.ts';
import type { Scope } from './world.ts';

const ONE = [['web', 'A', 'a']] as const;
const THREE = [...ONE, ['web', 'A', 'b'], ['api', 'B', 'a']] as const;
/** With the fourth text, the statement becomes one Event. */
const FOUR = [...ONE, ['web', 'A', 'b'], ['web', 'A', 'c'], ['web', 'A', 'd']] as const;
const MANY = [...FOUR, ['web', 'B', 'a'], ['api', 'A', 'a'], ['api', 'B', 'b']] as const;

/** Small worlds, in which every order of actions is tried. */
export const SMALL: Record<string, Scope> = {
  'two processes share an Event': {
    problems: ONE,
    processes: 2,
    room: 3,
    writers: 100,
    most: 4,
    events: ['lose', 'twice', 'delay', 'expire'],
  },
  'what is refused': {
    problems: ONE,
    processes: 2,
    room: 3,
    writers: 100,
    most: 3,
    events: ['lose', 'refuse', 'flush'],
  },
  'three problems and room for two': {
    problems: THREE,
    processes: 1,
    room: 2,
    writers: 100,
    most: 5,
    events: ['lose', 'twice', 'refuse'],
  },
  'two processes with three problems and room for two': {
    problems: THREE,
    processes: 2,
    room: 2,
    writers: 100,
    most: 4,
    events: ['lose', 'twice'],
  },
  'a statement is combined while it is written': {
    problems: FOUR,
    processes: 1,
    room: 6,
    writers: 100,
    most: 6,
    events: ['lose', 'refuse'],
  },
  'a statement is combined while memory is full': {
    problems: FOUR,
    processes: 1,
    room: 3,
    writers: 100,
    most: 6,
    events: ['lose', 'twice'],
  },
  'the annotation is removed or stripped': {
    problems: ONE,
    processes: 2,
    room: 3,
    writers: 100,
    most: 4,
    events: ['lose', 'strip', 'expire'],
  },
  'more writers than there is room for': {
    problems: ONE,
    processes: 2,
    room: 3,
    writers: 2,
    writersBefore: 2,
    most: 4,
    events: ['lose', 'delay', 'expire', 'restart'],
  },
};

/** Larger worlds, in which everything happens at once, in random order. */
export const LARGE: Record<string, Scope> = {
  everything: {
    problems: MANY,
    processes: 3,
    room: 3,
    writers: 100,
    most: 120,
    events: ['lose', 'twice', 'delay', 'refuse', 'expire', 'restart', 'flush'],
  },
  'without restarts and deletions, to the last count': {
    problems: MANY,
    processes: 3,
    room: 3,
    writers: 100,
    most: 120,
    events: ['lose', 'twice', 'delay', 'flush'],
  },
  'everything, with room for three writers': {
    problems: MANY,
    processes: 3,
    room: 3,
    writers: 3,
    most: 120,
    events: ['lose', 'delay', 'refuse', 'expire', 'restart', 'flush'],
  },
  'everything, with the annotation stripped': {
    problems: MANY,
    processes: 3,
    room: 3,
    writers: 3,
    most: 120,
    events: ['lose', 'strip', 'refuse', 'expire', 'restart', 'flush'],
  },
};

/** Faults that the code once had, with the world in which each is found. */
export const FAULTS: Record<string, { mutations: Mutation[]; scope: Scope }> = {
  'two processes draw the same name for themselves': {
    scope: SMALL['two processes share an Event']!,
    mutations: [
      {
        file: 'cluster/protocol.ts',
        from: 'this.writer = (options.newWriter ?? newWriter)();',
        to: "this.writer = 'same';",
      },
    ],
  },
  'a 409 does not leave a write in doubt': {
    scope: SMALL['three problems and room for two']!,
    mutations: [
      {
        file: 'cluster/protocol.ts',
        from: 'const writers = countWriters(',
        to: 'this.sent = []; const writers = countWriters(',
      },
    ],
  },
  'without the annotation nothing counts as written': {
    scope: SMALL['the annotation is removed or stripped']!,
    mutations: [{ file: 'cluster/protocol.ts', from: 'this.contributed = done.total;', to: '' }],
  },
  'parts of the oldest writers are dropped': {
    scope: SMALL['more writers than there is room for']!,
    mutations: [
      {
        file: 'cluster/account.ts',
        // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the text of a source file
        from: 'return [`${OTHERS}=${others}`, ...entries, own]',
        to: 'void others; return [...entries, own]',
      },
    ],
  },
  'what is in doubt is moved when room is short': {
    scope: SMALL['three problems and room for two']!,
    mutations: [{ file: 'correlator/problem-table.ts', from: '&& !activity.isInDoubt', to: '' }],
  },
  'a part under our name that we have not written is ours': {
    scope: SMALL['two processes share an Event']!,
    mutations: [
      {
        file: 'cluster/protocol.ts',
        from: 'this.writer = (options.newWriter ?? newWriter)();',
        to: "this.writer = 'same';",
      },
      { file: 'cluster/protocol.ts', from: '&& known.includes(claimed)', to: '' },
    ],
  },
  'what is counted while a write is on its way is not planned': {
    scope: SMALL['two processes share an Event']!,
    mutations: [
      {
        file: 'delivery/schedule.ts',
        from: "if (problem.activity.is === 'idle') return;",
        to: "if (problem.activity.is === 'idle' || verdict.is === 'written') return;",
      },
    ],
  },
};
