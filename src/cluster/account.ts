/**
 * The account of an Event: how much each writer has contributed to its count, least recent writer first, as
 * `writer=count,writer=count`. Every writer owns its part, so it can always see whether a write of its own is in the
 * Event, whoever wrote since, and an Event that expired can be made anew with all that was counted in it.
 */
export type Account = string;

/** The annotation that holds the account. */
export const ACCOUNT_ANNOTATION = 'winston-kubernetes-events/writers';
/** The sum of the writers for which there is no room; no writer has a name of this length. */
const OTHERS = 'others';
/**
 * About 14 kB of annotation at the most, of the 256 kB that an object may have. Each restart of a process is a new writer;
 * the parts of the oldest are added up.
 */
export const MAX_WRITERS = 1_000;
/** 41 random bits: of a thousand writers two have the same name in one of four million Events, and that is noticed. */
const WRITER_LENGTH = 8;

const ENTRY = '[a-z0-9]{1,64}=[0-9]{1,15}';
const ONE = new RegExp(`^${ENTRY}$`);
const ALL = new RegExp(`^${ENTRY}(?:,${ENTRY})*$`);

/** A name that no other writer has, also where a process was told which pseudo-random numbers to draw. */
export function newWriter(): string {
  const { randomInt } = process.getBuiltinModule('node:crypto');
  const digits = Array.from({ length: WRITER_LENGTH }, () => randomInt(36).toString(36));
  return digits.join('');
}

/** Reads the annotation; what is not understood is left out. */
export function readAccount(annotation: unknown): Account {
  if (typeof annotation !== 'string') return '';
  if (ALL.test(annotation)) return annotation;
  return annotation
    .split(',')
    .filter((entry) => ONE.test(entry))
    .join(',');
}

/** What a writer has contributed; undefined: it has no part of its own. */
export function partOf(account: Account, writer: string): number | undefined {
  const at = positionOf(account, writer);
  return at === -1 ? undefined : Number.parseInt(account.slice(at + writer.length + 1), 10);
}

/** Parts of writers were added up: that of a writer without one may be among them. */
export function hasOthers(account: Account): boolean {
  return positionOf(account, OTHERS) !== -1;
}

export function countWriters(account: Account): number {
  return account === '' ? 0 : account.split(',').length;
}

/** The sum of all parts: the count of an Event to which nobody else has written. */
export function sumOf(account: Account): number {
  return account === '' ? 0 : account.split(',').reduce((sum, entry) => sum + countOf(entry), 0);
}

/** The account after a writer has brought its part to `total`. */
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
