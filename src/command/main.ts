#!/usr/bin/env node
import { suggest } from '../text/suggest.ts';
import { oneLine, paintFor } from '../text/terminal.ts';
import { cleanText } from '../text/text.ts';
import { VERSION } from '../version.ts';
import { type Arguments, type CommandSpec, quote, readArguments } from './arguments.ts';
import { DOCTOR, doctor } from './doctor.ts';
import { EMIT, emit } from './emit.ts';
import { helpOf, NAME, overview } from './help.ts';
import { CommandError, type Io, UsageError } from './io.ts';
import { RBAC, rbac } from './rbac.ts';

interface Command {
  spec: CommandSpec;
  /** The exit status. */
  run(args: Arguments, io: Io): number | Promise<number>;
}

const COMMANDS: readonly Command[] = [
  { spec: DOCTOR, run: doctor },
  { spec: RBAC, run: rbac },
  { spec: EMIT, run: emit },
];

const SPECS: readonly CommandSpec[] = COMMANDS.map(({ spec }) => spec);
const NAMES = SPECS.map(({ name }) => name);
/** An Event holds far less. */
const MAX_INPUT_BYTES = 64 * 1024;

async function main(argv: readonly string[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) throw fault(`expected a command: ${NAMES.join(', ')}`);
  if (first === 'help') return showHelp(rest[0]);
  if (first === '--help' || first === '-h') return showHelp();
  if (first === '--version') return showVersion();
  const command = COMMANDS.find(({ spec }) => spec.name === first);
  if (command === undefined) {
    const what = first.startsWith('-') ? 'option' : 'command';
    throw fault(
      `there is no ${what} ${quote(first)}${suggest(first, [...NAMES, 'help', '--help', '--version'])}`,
    );
  }
  try {
    const args = readArguments(rest, command.spec);
    if (args.flags.has('help')) return showHelp(first);
    if (args.flags.has('version')) return showVersion();
    return await command.run(args, io(first));
  } catch (error) {
    if (error instanceof UsageError) throw fault(error.message, first);
    if (error instanceof Error) throw new CommandError(`${NAME} ${first}: ${error.message}`);
    throw error;
  }
}

/** One line that says where to read more. */
function fault(message: string, command?: string): CommandError {
  const where = command === undefined ? NAME : `${NAME} ${command}`;
  return new CommandError(`${where}: ${message}${message.endsWith('?') ? '' : '.'} See ${where} --help`);
}

function showHelp(name?: string): number {
  const spec = SPECS.find((each) => each.name === name);
  if (name !== undefined && spec === undefined) {
    throw fault(`there is no command ${quote(name)}${suggest(name, NAMES)}`);
  }
  process.stdout.write(spec === undefined ? overview(SPECS) : helpOf(spec));
  return 0;
}

function showVersion(): number {
  process.stdout.write(`${VERSION}\n`);
  return 0;
}

function io(command: string): Io {
  const { env, stdout } = process;
  return {
    env,
    print: (text) => void stdout.write(text),
    warn: (text) => complain(`${NAME} ${command}: ${text}`),
    readInput,
    paint: paintFor(stdout, env),
  };
}

/** One line that a terminal shows as it is. */
function complain(text: string): void {
  process.stderr.write(`${oneLine(cleanText(text))}\n`);
}

async function readInput(): Promise<string | undefined> {
  if (process.stdin.isTTY) return undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  // The rest is read too: else the program that writes it would fail with a broken pipe.
  for await (const chunk of process.stdin as AsyncIterable<Buffer>) {
    if (size < MAX_INPUT_BYTES) chunks.push(chunk);
    size += chunk.length;
  }
  return Buffer.concat(chunks).subarray(0, MAX_INPUT_BYTES).toString();
}

// The command says itself what is wrong, so no warning of the library or of another package is printed beside it.
process.removeAllListeners('warning');
// With `| head` the reader goes away early, which is no error.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
}
void main(process.argv.slice(2))
  .catch((error: unknown) => {
    complain(error instanceof Error ? error.message : `${NAME}: ${error}`);
    return 1;
  })
  .then((status) => {
    process.exitCode = status;
  });
