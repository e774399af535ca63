import { parseArgs } from 'node:util';
import { isDnsLabel, isDnsSubdomain } from '../object/names.ts';
import { suggest } from '../text/suggest.ts';
import { UsageError } from './io.ts';

/** One option of a command, for the parser and for `--help`. */
export interface OptionSpec {
  /** The placeholder of its value; none: it takes no value. */
  value?: string;
  /** Allowed more than once. */
  isMultiple?: boolean;
  short?: string;
  help: string;
}

/** A command as `--help` shows it and as the parser takes it. */
export interface CommandSpec {
  name: string;
  /** After the name of the command. */
  usage: string;
  summary: string;
  /** More paragraphs of `--help`. */
  notes: string[];
  options: Record<string, OptionSpec>;
  /** What `--help` calls the one argument without a flag; none: no such argument is allowed. */
  positional?: string;
}

/** What was given on the command line, checked against the specification. */
export interface Arguments {
  flags: ReadonlySet<string>;
  values: ReadonlyMap<string, readonly string[]>;
  positionals: readonly string[];
}

/** Options of every command. */
export const COMMON: Record<string, OptionSpec> = {
  help: { short: 'h', help: 'show this help' },
  version: { help: 'show the version' },
};

/**
 * Reads the arguments of a command; `--help` and `--version` are returned before anything is complained about.
 * @throws UsageError that names the option and, for an unknown one, the nearest right one
 */
export function readArguments(args: readonly string[], spec: CommandSpec): Arguments {
  const specs: Record<string, OptionSpec> = { ...spec.options, ...COMMON };
  const options = Object.fromEntries(
    Object.entries(specs).map(([name, { value, short }]) => [
      name,
      {
        type: value === undefined ? ('boolean' as const) : ('string' as const),
        multiple: true,
        ...(short && { short }),
      },
    ]),
  );
  // Not strict: its errors are several lines, and know no nearest name.
  const { tokens } = parseArgs({
    args: [...args],
    options,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === 'option');
  const asked = given.find(({ name }) => name === 'help' || name === 'version');
  if (asked !== undefined) return { flags: new Set([asked.name]), values: new Map(), positionals: [] };
  const positionals = tokens.filter((token) => token.kind === 'positional').map(({ value }) => value);
  const read = readOptions(given, specs);
  checkPositionals(positionals, spec);
  return { ...read, positionals };
}

interface OptionToken {
  name: string;
  /** With its dashes, as it was given. */
  rawName: string;
  value: string | undefined;
  /** The value stood behind an equals sign. */
  inlineValue: boolean | undefined;
}

function readOptions(given: readonly OptionToken[], specs: Record<string, OptionSpec>) {
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  for (const { name, rawName, value, inlineValue } of given) {
    const option = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (option === undefined) throw new UsageError(`there is no option ${rawName}${nearest(name, specs)}`);
    if (option.value === undefined) {
      if (value !== undefined) throw new UsageError(`${rawName} takes no value, got ${quote(value)}`);
      flags.add(name);
      continue;
    }
    const isNextFlag = inlineValue !== true && value !== undefined && /^-./.test(value);
    if (value === undefined || isNextFlag) {
      const hint = isNextFlag ? ` (for one that begins with a dash: --${name}=${value})` : '';
      throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}${hint}`);
    }
    const earlier = values.get(name) ?? [];
    if (earlier.length > 0 && option.isMultiple !== true) {
      throw new UsageError(`${rawName} is given more than once; one is enough`);
    }
    values.set(name, [...earlier, value]);
  }
  return { flags, values };
}

function checkPositionals(positionals: readonly string[], { positional }: CommandSpec): void {
  const extra = positionals[positional === undefined ? 0 : 1];
  if (extra === undefined) return;
  const hint = positional === undefined ? '' : `; quote a ${positional} of several words`;
  throw new UsageError(`${quote(extra)} is more than expected${hint}`);
}

/** The value of an option that is given once at the most. */
export function optionOf({ values }: Arguments, name: string): string | undefined {
  return values.get(name)?.[0];
}

/**
 * The value of an option that has only a few.
 * @throws UsageError that names the nearest of them
 */
export function choiceOf<T extends string>(
  args: Arguments,
  name: string,
  allowed: readonly T[],
): T | undefined {
  const value = optionOf(args, name);
  const choice = allowed.find((each) => each === value);
  if (value === undefined || choice !== undefined) return choice;
  throw new UsageError(`--${name}: there is no ${quote(value)}${suggest(value, allowed)}`);
}

/**
 * The value of an option that takes a number of milliseconds.
 * @throws UsageError that names the rule
 */
export function millisecondsOf(args: Arguments, name: string): number | undefined {
  const value = optionOf(args, name);
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value) && Number(value) > 0) return Number(value);
  throw new UsageError(
    `--${name}: expected a whole number of milliseconds from 1 to 999999999, got ${quote(value)}`,
  );
}

/** @throws UsageError that names the rule */
export function checkNamespace(option: string, name: string): string {
  if (isDnsLabel(name)) return name;
  throw new UsageError(
    `${option}: expected the name of a namespace, a DNS-1123 label (a-z, 0-9 and -, at most 63 characters, ` +
      `with a letter or digit at both ends), got ${quote(name)}`,
  );
}

/** @throws UsageError that names the rule */
export function checkName(option: string, what: string, name: string): string {
  if (isDnsSubdomain(name)) return name;
  throw new UsageError(
    `${option}: expected the name of a ${what}, a DNS-1123 subdomain (a-z, 0-9, - and ., at most 253 characters, ` +
      `with a letter or digit at both ends of each part), got ${quote(name)}`,
  );
}

/** Text from outside, as it may stand in a message: cut to 60 characters. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 60)}…` : text);
}

function nearest(name: string, specs: Record<string, OptionSpec>): string {
  const known = Object.entries(specs).flatMap(([long, { short }]) => [
    `--${long}`,
    ...(short ? [`-${short}`] : []),
  ]);
  const hint = suggest(`--${name}`, known);
  return hint.startsWith(',') ? hint : '';
}
