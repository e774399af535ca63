import { parseArgs } from 'node:util';
import { isDnsLabel, isDnsSubdomain } from '../object/names.ts';
import { suggest } from '../text/suggest.ts';
import { quote, UsageError } from './io.ts';

/** One option of a command, for the parser and for `--help`. */
export interface OptionSpec {
  /** The placeholder of its value in `--help`. Without it, the option takes no value. */
  value?: string;
  /** The option can be given more than once. */
  isMultiple?: boolean;
  short?: string;
  help: string;
}

/** A command as `--help` shows it and as the parser takes it. */
export interface CommandSpec {
  name: string;
  /** Returns the exit status, if it is not 0. */
  run(args: Arguments): Promise<number | undefined>;
  /** What follows the name of the command. */
  usage: string;
  summary: string;
  /** More paragraphs for `--help`. */
  notes: string[];
  options: Record<string, OptionSpec>;
  /** The name of the one argument that is not an option. Without it, there is no such argument. */
  positional?: string;
}

/** The command line, checked against the specification. */
export interface Arguments {
  flags: Set<string>;
  values: Map<string, string[]>;
  positional: string | undefined;
}

export const COMMON: Record<string, OptionSpec> = {
  help: { short: 'h', help: 'show this help' },
  version: { help: 'show the version' },
};

export const API_OPTION: OptionSpec = { value: 'API', help: 'v1 (default) or events.k8s.io/v1' };

/** Reads the arguments of a command. `--help` and `--version` work even if other arguments are wrong. */
export function readArguments(args: readonly string[], spec: CommandSpec): Arguments {
  const specs: Record<string, OptionSpec> = { ...spec.options, ...COMMON };
  const options = Object.entries(specs).map(([name, { value, short }]) => {
    const type: 'boolean' | 'string' = value === undefined ? 'boolean' : 'string';
    return [name, { type, ...(short && { short }) }];
  });
  // Not strict, because the errors of strict mode have several lines and suggest nothing.
  const { tokens, positionals } = parseArgs({
    args: [...args],
    options: Object.fromEntries(options),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = tokens.filter((token) => token.kind === 'option');
  const asked = given.find(({ name }) => name === 'help' || name === 'version');
  if (asked !== undefined) return { flags: new Set([asked.name]), values: new Map(), positional: undefined };
  const flags = new Set<string>();
  const values = new Map<string, string[]>();
  for (const token of given) {
    const value = readOption(token, specs);
    if (value === undefined) flags.add(token.name);
    else if (values.has(token.name) && specs[token.name]?.isMultiple !== true)
      throw new UsageError(`${token.rawName} is given more than once; one is enough`);
    else values.set(token.name, [...(values.get(token.name) ?? []), value]);
  }
  const { positional } = spec;
  const extra = positionals[positional === undefined ? 0 : 1];
  if (extra === undefined) return { flags, values, positional: positionals[0] };
  const hint = positional === undefined ? '' : `; quote a ${positional} of several words`;
  throw new UsageError(`${quote(extra)} is more than expected${hint}`);
}

type OptionToken = Extract<NonNullable<ReturnType<typeof parseArgs>['tokens']>[number], { kind: 'option' }>;

/** The value of an option; undefined if it takes none. */
function readOption({ name, rawName, value, inlineValue }: OptionToken, specs: CommandSpec['options']) {
  const option = Object.hasOwn(specs, name) ? specs[name] : undefined;
  if (option === undefined) {
    const known = Object.keys(specs).map((each) => `--${each}`);
    const hint = suggest(rawName, known);
    const isNear = rawName.startsWith('--') && hint.startsWith(',');
    throw new UsageError(`there is no option ${rawName}${isNear ? hint : ''}`);
  }
  if (option.value === undefined) {
    if (value === undefined) return undefined;
    throw new UsageError(`${rawName} takes no value, got ${quote(value)}`);
  }
  const isNextFlag = inlineValue !== true && value !== undefined && /^-./.test(value);
  if (value !== undefined && !isNextFlag) return value;
  const hint = isNextFlag ? ` (for one that begins with a dash: --${name}=${value})` : '';
  throw new UsageError(`${rawName} needs a value: ${rawName} ${option.value}${hint}`);
}

export function optionOf({ values }: Arguments, name: string): string | undefined {
  return values.get(name)?.[0];
}

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

export function apiOf(args: Arguments): 'v1' | 'events.k8s.io/v1' | undefined {
  return choiceOf(args, 'api', ['v1', 'events.k8s.io/v1']);
}

export function millisecondsOf(args: Arguments, name: string): number | undefined {
  const value = optionOf(args, name);
  if (value === undefined) return undefined;
  if (/^[0-9]{1,9}$/.test(value) && Number(value) > 0) return Number(value);
  throw new UsageError(
    `--${name}: expected a whole number of milliseconds from 1 to 999999999, got ${quote(value)}`,
  );
}

export function checkName(
  option: string,
  what: 'namespace' | 'Role' | 'service account' | 'Kubernetes object',
  name: string,
): string {
  if (what === 'namespace' ? isDnsLabel(name) : isDnsSubdomain(name)) return name;
  const rule =
    what === 'namespace'
      ? 'label (a-z, 0-9 and -, at most 63 characters, with a letter or digit at both ends)'
      : 'subdomain (a-z, 0-9, - and ., at most 253 characters, with a letter or digit at both ends of each part)';
  throw new UsageError(`${option}: expected the name of a ${what}, a DNS-1123 ${rule}, got ${quote(name)}`);
}
