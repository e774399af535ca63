import { COMMON, type CommandSpec, type OptionSpec } from './arguments.ts';
import { NAME } from './io.ts';

const WIDTH = 100;

export function overview(commands: readonly CommandSpec[]): string {
  const lines = commands.map(({ name, summary }) => `  ${name.padEnd(8)}${summary}`);
  return `Check whether an application can write Kubernetes Events, and write Events from a shell.

Usage: ${NAME} COMMAND [OPTION…]

Commands:
${lines.join('\n')}

Options:
${optionLines(COMMON)}

More about a command: ${NAME} COMMAND --help
Exit status: 0 when all is well, 1 when not.
`;
}

export function helpOf({ name, usage, summary, notes, options }: CommandSpec): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.

${wrap(`Usage: ${NAME} ${name} ${usage}`, '  ')}

Options:
${optionLines({ ...options, ...COMMON })}
${notes.map((note) => `\n${wrap(note, '')}\n`).join('')}`;
}

function optionLines(options: Record<string, OptionSpec>): string {
  const rows = Object.entries(options).map(([name, { short, value = '', isMultiple, help }]) => {
    const flag = `  ${short === undefined ? '   ' : `-${short},`} --${name} ${value}`.trimEnd();
    return { flag, help: isMultiple === true ? `${help} (may be given again)` : help };
  });
  const width = Math.max(...rows.map(({ flag }) => flag.length)) + 2;
  return rows.map(({ flag, help }) => wrap(flag.padEnd(width) + help, ' '.repeat(width))).join('\n');
}

/** Breaks text into lines of at most WIDTH characters. All but the first line are indented. */
function wrap(text: string, indent: string): string {
  const [first = '', ...words] = text.split(' ');
  let lines = '';
  let line = first;
  for (const word of words) {
    const longer = `${line} ${word}`;
    if (longer.length > WIDTH) {
      lines += `${line}\n`;
      line = indent + word;
    } else line = longer;
  }
  return lines + line;
}
