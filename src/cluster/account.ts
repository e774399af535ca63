/**
 * The account of an Event: how much of its count each writer has contributed, least recent writer first, as
 * `writer=count,writer=count`. A writer changes only its own part. So it can always see whether its last write is in the
 * Event, whoever has written since. If the Event expired, it can create it again with everything that it has counted.
 */
export type Account = string;

/** The annotation that holds the account. */
export const ACCOUNT_ANNOTATION = 'winston-kubernetes-events/writers';
/** The sum of the writers that there is no room for. No writer has a name of this length. */
const OTHERS = 'others';
/**
 * 1,000 writers take about 14 kB, of the 256 kB that all annotations of an object may have. Each restart of a process adds
 * a writer. The parts of the oldest writers are added up.
 */
export const MAX_WRITERS = 1_000;
/** 41 random bits. With a thousand writers, two have the same name in one of four million Events, and that is detected. */
const WRITER_LENGTH = 8;

const ENTRY = '[a-z0-9]{1,64}=[0-9]{1,15}';
const ONE = new RegExp(`^${ENTRY}$`);
const ALL = new RegExp(`^${ENTRY}(?:,${ENTRY})*$`);

/** Returns a name that no other writer has, even if Node runs with `--random-seed`. */
export function newWriter(): string {
  const { randomInt } = process.getBuiltinModule('node:crypto');
  const digits = Array.from({ length: WRITER_LENGTH }, () => randomInt(36).toString(36));
  return digits.join('');
}

/** Reads the annotation, without entries that are not valid. */
export function readAccount(annotation: unknown): Account {
  if (typeof annotation !== 'string') return '';
  if (ALL.test(annotation)) return annotation;
  return annotation
    .split(',')
    .filter((entry) => ONE.test(entry))
    .join(',');
}

/** The part of a writer; undefined if it has none. */
export function partOf(account: Account, writer: string): number | undefined {
  const at = positionOf(account, writer);
  return at === -1 ? undefined : Number.parseInt(account.slice(at + writer.length + 1), 10);
}

/** True if the parts of some writers were added up. A writer without a part may be among them. */
export function hasOthers(account: Account): boolean {
  return positionOf(account, OTHERS) !== -1;
}

export function countWriters(account: Account): number {
  return account === '' ? 0 : account.split(',').length;
}

/** The sum of all parts. It is the count of the Event if nobody else has changed it. */
export function sumOf(account: Account): number {
  return account === '' ? 0 : account.split(',').reduce((sum, entry) => sum + countOf(entry), 0);
}

/** Returns the account with the part of a writer set to `total`. */
export function withPart(
  account: Account,
  writer: string,
  total: number,
  most: number = MAX_WRITERS,
): Account {
  const rest = without(account, writer);
  const own = `${writer}=${total}`;
  if (rest === '') return own;
  if (countWriters(rest) < most) return `${rest},${own}`;
  const entries = without(rest, OTHERS).split(',');
  const added = entries.splice(0, Math.max(0, entries.length - most + 2));
  const others = sumOf(added.join(',')) + (partOf(rest, OTHERS) ?? 0);
  return [`${OTHERS}=${others}`, ...entries, own].join(',');
}

function without(account: Account, writer: string): Account {
  const at = positionOf(account, writer);
  if (at === -1) return account;
  const end = account.indexOf(',', at);
  if (end === -1) return account.slice(0, Math.max(0, at - 1));
  return account.slice(0, at) + account.slice(end + 1);
}

function positionOf(account: Account, writer: string): number {
  if (account.startsWith(`${writer}=`)) return 0;
  const at = account.indexOf(`,${writer}=`);
  return at === -1 ? -1 : at + 1;
}

function countOf(entry: string): number {
  return Number(entry.slice(entry.indexOf('=') + 1));
}
