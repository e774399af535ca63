import { differentPairs, samePairs } from '../../text/volatile.cases.ts';
import { code, table } from './markdown.ts';

/** What each placeholder stands for. */
const PARTS: Record<string, string> = {
  '<uuid>': 'UUIDs',
  '<hex>': 'hexadecimal ids of 8 digits or more: traces, commits, digests, addresses in memory',
  '<time>': 'dates and times of day',
  '<dur>': 'durations',
  '<size>': 'sizes and rates with their unit',
  '<num>': 'numbers of four digits or more, and ports behind a host',
  '<ip>': 'IP addresses, with their port or prefix',
  '<id>': 'what has a digit and stands in quotes without a space',
};
const PAIRS_PER_PART = 2;

/** Some of the pairs of which the tests say that they are one problem. */
export function maskedTable(): string {
  const rows = Object.entries(PARTS).map(([placeholder, what]) => {
    const pairs = samePairs
      .filter(([, , group]) => group.includes(placeholder) && group.match(/<\w+>/g)?.length === 1)
      .slice(0, PAIRS_PER_PART);
    if (pairs.length === 0)
      throw new Error(`test/text/volatile.cases.ts: expected a pair with ${placeholder}`);
    const examples = pairs.map(([one, other]) => `${code(one)}, ${code(other)}`).join('<br>');
    return [code(placeholder), what, examples];
  });
  return table(['masked as', 'what', 'one problem'], rows);
}

/** By their first messages; the tests hold that they are apart. */
const KEPT: Record<string, readonly string[]> = {
  'words and names': ['cannot open file', "no table 'users'", 'disk sda1 is full'],
  'codes and signals': ['status 404', 'exit code 1', 'E11000 duplicate key', 'errno -13'],
  'short numbers: counts, attempts, shards': ['attempt 3 of 5', '3 errors', 'shard 1/3 lost'],
  versions: ['Node 20.11.1 is unsupported', 'no kind in v1beta1', 'TLS 1.2 refused'],
  'parts of a path without a long number': ['GET /v1/users failed', 'http://web:80/x'],
};

/** Some of the pairs of which the tests say that they are two problems. */
export function keptTable(): string {
  const rows = Object.entries(KEPT).map(([what, firsts]) => [
    what,
    firsts
      .map((first) => {
        const pair = differentPairs.find(([one]) => one === first);
        if (pair === undefined) throw new Error(`test/text/volatile.cases.ts: expected a pair with ${first}`);
        return pair.map(code).join(', ');
      })
      .join('<br>'),
  ]);
  return table(['kept', 'two problems'], rows);
}
