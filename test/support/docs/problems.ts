import { differentPairs, samePairs } from '../../text/volatile.cases.ts';
import { code, table } from './markdown.ts';

interface Part {
  /** What the placeholder stands for. */
  what: string;
  /** Examples, identified by their first messages. */
  firsts: readonly string[];
}

const PARTS: Record<string, Part> = {
  '<num>': {
    what:
      'numbers of four digits or more, and ports; shorter numbers after a noun for a thing or an equals sign, in paths, ' +
      'percentages, ratios and amounts',
    firsts: [
      'order 4711 not found',
      'attempt 2 of 5',
      'userId: 42',
      'usage at 95%',
      'refund of 7 EUR declined',
      'GET /users/42/orders/7',
    ],
  },
  '<uuid>': { what: 'UUIDs', firsts: ['request 3fa85f64-5717-4562-b3fc-2c963f66afa6 failed'] },
  '<hex>': {
    what: 'hexadecimal ids of 7 digits or more: commits, traces, digests, addresses in memory',
    firsts: ['deploy of 2fd4e1c failed', 'trace 4bf92f3577b34da6a3ce929d0e0e4736 dropped'],
  },
  '<id>': {
    what:
      'other ids: ULID, nanoid, cuid, base64, ids with a prefix; the suffix of a pod; strings of JSON that do not ' +
      'say what went wrong; names of users; quoted text without spaces that contains a digit',
    firsts: [
      'event 01ARZ3NDEKTSV4RRFFQ69G5FAV rejected',
      'no such customer: cus_NffrFeUfNV2Hib',
      'pod shop/web-0 evicted',
      "login of user 'ann' failed",
      'key `a1` missing',
    ],
  },
  '<time>': {
    what: 'dates and times of day',
    firsts: ['at 2024-01-02T10:11:12Z it broke', 'since Wed, 26 Nov 2025 10:11:12 GMT it fails'],
  },
  '<dur>': { what: 'durations', firsts: ['timed out after 12ms', 'timed out after 30 seconds'] },
  '<size>': { what: 'sizes and rates with their unit', firsts: ['heap of 10 MB used'] },
  '<ip>': {
    what: 'IP addresses, with their port or prefix',
    firsts: ['connect ECONNREFUSED 10.0.0.1:5432', 'peer 10.0.0.1 is gone'],
  },
  '<mac>': { what: 'MAC addresses', firsts: ['device 00:1b:44:11:3a:b7 is off'] },
  '<email>': { what: 'e-mail addresses', firsts: ['mail to ann.lee@example.com bounced'] },
  '<query>': { what: 'what follows the question mark of a URL', firsts: ['GET /orders?id=4711&x=1'] },
};

function pairOf<Pair extends readonly string[]>(pairs: readonly Pair[], first: string): Pair {
  const pair = pairs.find(([one]) => one === first);
  if (pair === undefined) throw new Error(`test/text/volatile.cases.ts: expected a pair with ${first}`);
  return pair;
}

/** Some of the pairs that are one problem according to the tests. */
export function maskedTable(): string {
  const rows = Object.entries(PARTS).map(([placeholder, { what, firsts }]) => {
    const examples = firsts.map((first) => {
      const [one, other, group] = pairOf(samePairs, first);
      if (!group.includes(placeholder)) throw new Error(`${one}: expected ${placeholder}, got ${group}`);
      return `${code(one)}, ${code(other)}`;
    });
    return [code(placeholder), what, examples.join('<br>')];
  });
  return table(['masked as', 'what', 'one problem'], rows);
}

/** Examples, identified by their first messages. The tests check that they are different problems. */
const KEPT: Record<string, readonly string[]> = {
  words: ['cannot open file', "no table 'users'", '{"error":"invalid_grant"}'],
  'codes and signals': [
    'status 404',
    'exit code 1',
    'errno -13',
    'SQLSTATE 42P01',
    'ORA-00942 raised',
    'E11000 duplicate key',
  ],
  'names with digits': ['disk sda1 is full', 'no digest sha1', 'zone europe-west4 is down'],
  'short numbers of things of which there are few: shards, partitions, zones, states': [
    'shard 1/3 lost',
    'partition=3 lost',
    'error state 6',
  ],
  'other short numbers': ['3 errors', 'node-2 is down'],
  versions: ['Node 20.11.1 is unsupported', 'no kind in v1beta1', 'TLS 1.2 refused'],
  'parts of a path that are not numbers': ['GET /v1/users failed', 'cannot read /etc/app/config.yaml'],
};

/** Some of the pairs that are two problems according to the tests. */
export function keptTable(): string {
  const rows = Object.entries(KEPT).map(([what, firsts]) => [
    what,
    firsts.map((first) => pairOf(differentPairs, first).map(code).join(', ')).join('<br>'),
  ]);
  return table(['kept', 'two problems'], rows);
}
