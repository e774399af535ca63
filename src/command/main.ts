#!/usr/bin/env node
import { suggest } from '../text/suggest.ts';
import { VERSION } from '../version.ts';
import { type CommandSpec, readArguments } from './arguments.ts';
import { DOCTOR } from './doctor.ts';
import { EMIT } from './emit.ts';
import { helpOf, overview } from './help.ts';
import { CommandError, NAME, print, quote, UsageError, warn } from './io.ts';
import { RBAC } from './rbac.ts';

const COMMANDS: readonly CommandSpec[] = [DOCTOR, RBAC, EMIT];
const NAMES = COMMANDS.map((command) => command.name);

async function main([first, ...rest]: readonly string[]): Promise<number | undefined> {
  if (first === undefined) throw fault(NAME, `expected a command: ${NAMES.join(', ')}`);
  if (first === '--version') return print(`${VERSION}\n`);
  const isHelp = ['help', '--help', '-h'].includes(first);
  const [name] = isHelp ? rest : [first];
  if (name === undefined) return print(overview(COMMANDS));
  const command = COMMANDS.find((each) => each.name === name);
  if (command === undefined) {
    const what = name.startsWith('-') ? 'option' : 'command';
    const known = [...NAMES, 'help', '--help', '--version'];
    throw fault(NAME, `there is no ${what} ${quote(name)}${suggest(name, known)}`);
  }
  const where = `${NAME} ${name}`;
  try {
    const args = readArguments(isHelp ? ['--help'] : rest, command);
    if (args.flags.has('help')) return print(helpOf(command));
    if (args.flags.has('version')) return print(`${VERSION}\n`);
    return await command.run(args);
  } catch (error) {
    if (error instanceof UsageError) throw fault(where, error.message);
    if (error instanceof Error) throw new CommandError(`${where}: ${error.message}`);
    throw error;
  }
}

function fault(where: string, message: string): CommandError {
  return new CommandError(`${where}: ${message}${message.endsWith('?') ? '' : '.'} See ${where} --help`);
}

// The command reports what is wrong itself, so warnings of the library and of other packages are not printed.
process.removeAllListeners('warning');
// With `| head` the reader stops early, which is not an error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}
main(process.argv.slice(2)).then(
  (status = 0) => {
    process.exitCode = status;
  },
  (error: unknown) => {
    warn(error instanceof Error ? error.message : `${NAME}: ${error}`);
    process.exitCode = 1;
  },
);
