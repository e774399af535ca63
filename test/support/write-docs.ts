/**
 * The tables of the documents, made from the code that they describe. `node --import tsx test/support/write-docs.ts`
 * writes them between their markers; a test fails when a table is stale.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DOCTOR } from '../../src/command/doctor.ts';
import { EMIT } from '../../src/command/emit.ts';
import { helpOf } from '../../src/command/help.ts';
import { RBAC } from '../../src/command/rbac.ts';
import { DIAGNOSTICS } from '../../src/diagnostics.ts';

const root = join(import.meta.dirname, '../..');

export interface Document {
  path: string;
  /** As it is. */
  text: string;
  /** As it has to be. */
  expected: string;
}

export async function readDocuments(): Promise<Document[]> {
  return [
    await readDocument('README.md', 'options', await optionsTable()),
    await readDocument('docs/errors.md', 'codes', codesTable()),
    await readDocument('docs/command.md', 'help', commandHelp()),
  ];
}

async function readDocument(name: string, marker: string, table: string): Promise<Document> {
  const path = join(root, name);
  const text = await readFile(path, 'utf8');
  const start = `<!-- ${marker}:start -->`;
  const end = `<!-- ${marker}:end -->`;
  const [before, rest] = text.split(start);
  const [, after] = rest?.split(end) ?? [];
  if (after === undefined) throw new Error(`${name}: expected ${start} and ${end}`);
  const expected = `${before}${start}\n${table}\n${end}${after}`;
  return { path, text, expected };
}

interface Option {
  name: string;
  standard: string;
  meaning: string;
}

async function optionsTable(): Promise<string> {
  const source = await readFile(join(root, 'src/options.ts'), 'utf8');
  const own = readOptions(source, 'KubernetesEventTransportOptions');
  const shared = readOptions(source, 'EventRecorderOptions');
  const isShared = ({ name }: Option) => shared.some((option) => option.name === name);
  const inherited = shared.filter(({ name }) => !own.some((option) => option.name === name));
  const rows = [...own, ...inherited].map(({ name, standard, meaning }) => [
    `\`${name}\``,
    standard,
    meaning,
  ]);
  const ownOnly = own.filter((option) => !isShared(option)).map(({ name }) => `\`${name}\``);
  return `${table(['option', 'default', 'meaning'], rows)}\n\nAn \`EventRecorder\` takes the same but ${ownOnly.join(', ')} and functions as \`regarding\`.`;
}

/** The options of an interface with their doc comments, which end with the default. */
function readOptions(source: string, name: string): Option[] {
  const start = source.search(new RegExp(`^export interface ${name}\\b`, 'm'));
  if (start === -1) throw new Error(`src/options.ts: expected an interface ${name}`);
  const body = source.slice(start, source.indexOf('\n}', start));
  return [...body.matchAll(/\/\*\*([\s\S]*?)\*\/\s+(\w+)\?:/g)].map(([, comment, option]) => {
    const text = comment!
      .replace(/^\s*\* ?/gm, '')
      .replace(/\s+/g, ' ')
      .trim();
    const [meaning, standard] = text.split(' @default ');
    if (!standard) throw new Error(`src/options.ts: expected a @default in the comment of ${option}`);
    return { name: option!, standard: asCode(standard), meaning: meaning! };
  });
}

/** Strings and numbers are code, sentences are not. */
const asCode = (text: string) => (/^('[^']*'|\d+)$/.test(text) ? `\`${text}\`` : text);

function codesTable(): string {
  const rows = Object.entries(DIAGNOSTICS).map(([code, { what, fix, forOperator }]) => [
    `\`${code}\``,
    what,
    fix,
    forOperator ? 'yes' : '',
  ]);
  return table(['code', 'what', 'how to mend it', 'process warning'], rows);
}

function commandHelp(): string {
  return [DOCTOR, RBAC, EMIT].map((spec) => `\`\`\`\n${helpOf(spec)}\`\`\``).join('\n\n');
}

function table(head: string[], rows: string[][]): string {
  const line = (cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

if (process.argv[1] === import.meta.filename) {
  for (const { path, expected } of await readDocuments()) await writeFile(path, expected);
}
