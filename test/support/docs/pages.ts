import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../../..');

/** A block of code in a page. */
export interface Block {
  language: string;
  text: string;
  /** Where it begins, for messages: `docs/concepts.md:12`. */
  at: string;
}

/** A document of the repository. */
export interface Page {
  /** From the root of the repository, with forward slashes. */
  path: string;
  text: string;
  blocks: Block[];
  /** The same without its blocks, so that what is in them is no link and no heading. */
  prose: string;
  /** What links to parts of it may name, as forges make it of headings. */
  anchors: Set<string>;
}

/** Those beside the README, those in docs and in examples. */
export async function readPages(): Promise<Page[]> {
  const folders = await Promise.all(
    ['docs', 'examples'].map(async (folder) =>
      (await readdir(join(root, folder), { recursive: true })).map((name) => `${folder}/${name}`),
    ),
  );
  const paths = [...(await readdir(root)), ...folders.flat()]
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.md'));
  return Promise.all(paths.map(async (path) => toPage(path, await readFile(join(root, path), 'utf8'))));
}

function toPage(path: string, text: string): Page {
  const blocks: Block[] = [];
  const prose = text.replace(
    /^( *)```(\w*)[^\n]*\n([\s\S]*?)^\1```$/gm,
    (block, _indent, language, content, offset) => {
      const line = text.slice(0, offset).split('\n').length;
      blocks.push({ language, text: content, at: `${path}:${line}` });
      return '\n'.repeat(block.split('\n').length - 1);
    },
  );
  return { path, text, blocks, prose, anchors: anchorsOf(prose) };
}

function anchorsOf(prose: string): Set<string> {
  const anchors = new Set<string>();
  for (const [, heading] of prose.matchAll(/^#{1,6} +(.+)$/gm)) {
    const anchor = heading!
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_\- ]/gu, '')
      .trim()
      .replaceAll(' ', '-');
    let unique = anchor;
    for (let again = 1; anchors.has(unique); again++) unique = `${anchor}-${again}`;
    anchors.add(unique);
  }
  return anchors;
}

/** The targets of links and pictures. */
export function linksOf({ prose }: Page): string[] {
  const text = prose.replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href|srcset)="([^"]+)"/g)].map(
    ([, markdown, html]) => (markdown ?? html)!,
  );
}

/** The arguments of each call of the command, in blocks and between backticks; not those with something left out. */
export function callsOf({ text, path }: Page): { args: string[]; at: string }[] {
  // What the command prints of itself has its own tests.
  const own = text.replace(/<!-- help:start -->[\s\S]*?<!-- help:end -->/, '').replace(/\\\n\s*/g, ' ');
  const calls = own.matchAll(
    /(?:npx winston-kubernetes-events|`winston-kubernetes-events|command\/main\.js) +([^\n`|;]*)/g,
  );
  return [...calls]
    .map(([, line]) => line!.replace(/ #.*$/, ''))
    .filter((line) => !line.includes('…'))
    .map((line) => ({ args: splitWords(line), at: path }));
}

/** As a shell does, as far as quotes go. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/g)].map(
    ([word, double, single]) => double ?? single ?? word,
  );
}
