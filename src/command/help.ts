import { COMMON, type CommandSpec, type OptionSpec } from './arguments.ts';

export const NAME = 'winston-kubernetes-events';

const WIDTH = 100;

/** What `--help` prints about all commands. */
export function overview(commands: readonly CommandSpec[]): string {
  const width = Math.max(...commands.map(({ name }) => name.length)) + 2;
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}`);
  return `For applications that write Kubernetes Events: whether they may, and Events from a shell.

Usage: ${NAME} COMMAND [OPTION…]

Commands:
${lines.join('\n')}

Options:
${optionLines(COMMON)}

More about a command: ${NAME} COMMAND --help
Exit status: 0 when all is well, 1 when not.
`;
}

/** What `--help` prints about one command. */
export function helpOf({ name, usage, summary, notes, options }: CommandSpec): string {
  const title = `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
  const paragraphs = notes.map((note) => `\n${wrap(note, 0)}\n`).join('');
  return `${wrap(title, 0)}

${wrap(`Usage: ${NAME} ${name} ${usage}`, 2)}

Options:
${optionLines({ ...options, ...COMMON })}
${paragraphs}`;
}

function optionLines(options: Record<string, OptionSpec>): string {
  const rows = Object.entries(options).map(([name, { short, value, isMultiple, help }]) => {
    const flag = `${short === undefined ? '    ' : `-${short}, `}--${name}${value === undefined ? '' : ` ${value}`}`;
    return { flag, help: isMultiple === true ? `${help} (may be given again)` : help };
  });
  const width = Math.max(...rows.map(({ flag }) => flag.length)) + 4;
  return rows.map(({ flag, help }) => `  ${flag}`.padEnd(width) + wrap(help, width, width)).join('\n');
}

/** Lines of at most WIDTH characters; all but the first are indented. */
function wrap(text: string, indent: number, start = 0): string {
  const lines = [''];
  let column = start;
  for (const word of text.split(' ')) {
    const last = lines.length - 1;
    const line = lines[last] as string;
    if (line !== '' && column + 1 + word.length > WIDTH) {
      lines.push(word);
      column = indent + word.length;
    } else {
      lines[last] = line === '' ? word : `${line} ${word}`;
      column += word.length + (line === '' ? 0 : 1);
    }
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
