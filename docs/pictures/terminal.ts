/** Draws the output of a terminal: converts text with the escape sequences of colours (SGR) to SVG. */

/** In pixels. The width of a monospaced letter is about 0.6 of its size. */
const FONT_SIZE = 14;
const LETTER_WIDTH = 8.4;
const LINE_HEIGHT = 20;
const PADDING = 16;
const FONT =
  "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', 'Liberation Mono', monospace";
/** A dark terminal, which is readable on light and dark pages. */
const BACKGROUND = '#0d1117';
const BORDER = '#444c56';
const FOREGROUND = '#e6edf3';
const STYLES: Record<number, string> = {
  1: 'font-weight="bold"',
  2: 'fill="#9198a1"',
  31: 'fill="#ff7b72"',
  32: 'fill="#56d364"',
  33: 'fill="#e3b341"',
  90: 'fill="#9198a1"',
};

/** The codes that end all styles, and a colour. */
const RESETS = [0, 39];

/** Letters of one style. */
interface Run {
  text: string;
  column: number;
  row: number;
  style: string;
}

/** @param columns the width at which lines are wrapped, between words and below the last column of a table */
export function toSvg(text: string, title: string, columns: number): string {
  const { runs, rows } = layOut(text.trimEnd(), columns);
  const width = Math.ceil(columns * LETTER_WIDTH + 2 * PADDING);
  const height = rows * LINE_HEIGHT + 2 * PADDING;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>${toXml(title)}</title>
<rect x="0.5" y="0.5" width="${width - 1}" height="${height - 1}" rx="8" fill="${BACKGROUND}" stroke="${BORDER}"/>
<g font-family="${FONT}" font-size="${FONT_SIZE}" fill="${FOREGROUND}">
${runs.map(draw).join('\n')}
</g>
</svg>
`;
}

/** The length is given, so that columns are aligned in every font. */
function draw({ text, column, row, style }: Run): string {
  const x = round(PADDING + column * LETTER_WIDTH);
  const y = PADDING + row * LINE_HEIGHT + FONT_SIZE;
  const length = round([...text].length * LETTER_WIDTH);
  const attributes = `x="${x}" y="${y}" textLength="${length}" lengthAdjust="spacingAndGlyphs"`;
  return `<text ${attributes}${style && ` ${style}`}>${toXml(text)}</text>`;
}

/** A letter and its style. */
interface Cell {
  letter: string;
  style: string;
}

function layOut(text: string, columns: number): { runs: Run[]; rows: number } {
  const lines = toCells(text).flatMap((line) => wrap(line, columns));
  return { runs: lines.flatMap(toRuns), rows: lines.length };
}

function toCells(text: string): Cell[][] {
  const lines: Cell[][] = [[]];
  let style = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character begins a sequence
  for (const part of text.split(/(\u001b\[[0-9;]*m|\n)/)) {
    if (part === '\n') lines.push([]);
    else if (part.startsWith('\u001b[')) {
      const codes = part.slice(2, -1).split(';').map(Number);
      style = codes.map((code) => (RESETS.includes(code) ? '' : styleOf(code))).join(' ');
    } else lines.at(-1)?.push(...[...part].map((letter) => ({ letter, style })));
  }
  return lines;
}

const BLANK: Cell = { letter: ' ', style: '' };

/**
 * Wraps a line. A name is broken only if it is longer than a line. The next line begins below the last column, or with the
 * same indentation.
 */
function wrap(line: Cell[], columns: number, indent: number = indentOf(line, columns)): Cell[][] {
  if (line.length <= columns) return [line];
  const text = textOf(line);
  const blank = text.lastIndexOf(' ', columns);
  const end = text.slice(indent, Math.max(blank, indent)).trim() === '' ? columns : blank;
  const rest = line.slice(text[end] === ' ' ? end + 1 : end);
  return [line.slice(0, end), ...wrap([...Array<Cell>(indent).fill(BLANK), ...rest], columns, indent)];
}

function indentOf(line: Cell[], columns: number): number {
  const [start] = /^.*\S {2,}(?=\S)|^ */.exec(textOf(line)) as RegExpExecArray;
  return start.length <= columns * 0.8 ? start.length : 0;
}

const textOf = (cells: Cell[]) => cells.map(({ letter }) => letter).join('');

/**
 * Splits a line into letters of one style, without spaces around them and without two in a row, because renderers leave
 * them out.
 */
function toRuns(line: Cell[], row: number): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < line.length; ) {
    const { style } = line[start] as Cell;
    let end = start;
    while (line[end]?.style === style) end++;
    const letters = textOf(line.slice(start, end));
    for (const { 0: text, index } of letters.matchAll(/\S+( \S+)*/g))
      runs.push({ text, column: start + [...letters.slice(0, index)].length, row, style });
    start = end;
  }
  return runs;
}

function styleOf(code: number): string {
  const style = STYLES[code];
  if (style === undefined) throw new Error(`expected one of the styles ${Object.keys(STYLES)}, got ${code}`);
  return style;
}

function toXml(text: string): string {
  return text.replace(/[&<>"]/g, (letter) => `&#${letter.charCodeAt(0)};`);
}

const round = (value: number) => Math.round(value * 100) / 100;
