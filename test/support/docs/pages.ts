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

/** A page of the repository. */
export interface Page {
  /** The path from the root of the repository, with forward slashes. */
  path: string;
  text: string;
  blocks: Block[];
  /** The text without its blocks, so that their contents do not count as links and headings. */
  prose: string;
  /** The anchors that links may use. They are derived from headings as on GitHub. */
  anchors: Set<string>;
}

/** The pages in the root, in docs and in examples. */
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

/** The arguments of each call of the command, in blocks and between backticks. Calls with an ellipsis are left out. */
export function callsOf({ text, path }: Page): { args: string[]; at: string }[] {
  // The help text of the command has its own tests.
  const own = text.replace(/<!-- help:start -->[\s\S]*?<!-- help:end -->/, '').replace(/\\\n\s*/g, ' ');
  const calls = own.matchAll(
    /(?:npx winston-kubernetes-events|`winston-kubernetes-events|command\/main\.js) +([^\n`|;]*)/g,
  );
  return [...calls]
    .map(([, line]) => line!.replace(/ #.*$/, ''))
    .filter((line) => !line.includes('…'))
    .map((line) => ({ args: splitWords(line), at: path }));
}

/** Splits a line like a shell, as far as quotes are concerned. */
function splitWords(line: string): string[] {
  return [...line.matchAll(/"([^"]*)"|'([^']*)'|[^\s"']+/g)].map(
    ([word, double, single]) => double ?? single ?? word,
  );
}
