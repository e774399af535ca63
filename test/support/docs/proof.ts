import { readFile } from 'node:fs/promises';
import { SMALL } from '../../proof/scopes.ts';
import { table } from './markdown.ts';

/** The results that `npm run prove` writes. */
interface Results {
  small: Record<string, number[]>;
  large: Record<string, number>;
  /** The number in each storm. */
  actions: number;
}

const number = (value: number) => value.toLocaleString('en-US');
const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);

/** What was explored completely, by the number of actions, and what was drawn at random. */
export async function proofTable(): Promise<string> {
  const path = new URL('../../proof/results.json', import.meta.url);
  const { small, large, actions } = JSON.parse(await readFile(path, 'utf8')) as Results;
  const rows = Object.entries(small).map(([name, generations]) => {
    const { processes, problems, room, most } = SMALL[name]!;
    const size = `${processes}, ${problems.length}, ${room}, ${most}`;
    return [name, size, generations.map(number).join(', '), number(sum(generations))];
  });
  const head = [
    'what',
    'processes, problems, places for problems, records',
    'states after 0, 1, 2 … actions',
    'in all',
  ];
  const storms = Object.entries(large).map(([name, seeds]) => [name, number(seeds), number(seeds * actions)]);
  return `${table(head, rows)}\n\n${table(['at random', 'storms', 'actions'], storms)}`;
}
