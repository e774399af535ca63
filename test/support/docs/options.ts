import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { checkTransportOptions } from '../../../src/winston/options.ts';
import { table } from './markdown.ts';

const root = join(import.meta.dirname, '../../..');

interface Option {
  name: string;
  standard: string;
}

/** All options, and the names of those that only the transport has. */
async function readAll() {
  const own = await readOptions('src/winston/options.ts', 'KubernetesEventTransportOptions');
  const shared = await readOptions('src/recorder/options.ts', 'EventRecorderOptions');
  const isOwn = (name: string) => own.some((option) => option.name === name);
  const isShared = (name: string) => shared.some((option) => option.name === name);
  return {
    options: [...own, ...shared.filter(({ name }) => !isOwn(name))],
    ofTransportAlone: own.map(({ name }) => name).filter((name) => !isShared(name)),
  };
}

/** What each option takes, in the words of its error message, and whether the recorder has it too. */
export async function valuesTable(): Promise<string> {
  const { options, ofTransportAlone } = await readAll();
  const rows = options.map(({ name, standard }) => [
    `[\`${name}\`](#${name.toLowerCase()})`,
    expectedOf(name),
    standard,
    ofTransportAlone.includes(name) ? '' : 'yes',
  ]);
  return table(['option', 'takes', 'default', 'of `EventRecorder` too'], rows);
}

export async function optionNames(): Promise<string[]> {
  return (await readAll()).options.map(({ name }) => name);
}

/** The options of an interface with their doc comments. Each comment ends with the default. */
async function readOptions(path: string, name: string): Promise<Option[]> {
  const source = await readFile(join(root, path), 'utf8');
  const start = source.search(new RegExp(`^export interface ${name}\\b`, 'm'));
  if (start === -1) throw new Error(`${path}: expected an interface ${name}`);
  const body = source.slice(start, source.indexOf('\n}', start));
  return [...body.matchAll(/\/\*\*([\s\S]*?)\*\/\s+(\w+)\?:/g)].map(([, comment, option]) => {
    const text = comment!
      .replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim();
    const [, standard] = text.split(' @default ');
    if (!standard) throw new Error(`${path}: expected a @default in the comment of ${option}`);
    return { name: option!, standard: asCode(standard) };
  });
}

/** Strings and numbers are shown as code, sentences are not. */
const asCode = (text: string) => (/^('[^']*'|\d+)$/.test(text) ? `\`${text}\`` : text);

function expectedOf(name: string): string {
  try {
    checkTransportOptions({ [name]: Symbol('wrong') });
  } catch (error) {
    const [, expected] = /: expected (.*), got /.exec((error as Error).message) ?? [];
    if (expected !== undefined) return expected;
  }
  throw new Error(`expected the option ${name} to refuse a symbol and to say what it takes`);
}
