/** The path of a record: boxes from top to bottom, each in a lane, and arrows between them. */

interface Box {
  id: string;
  /** The first line is its name. */
  lines: readonly string[];
  x: number;
  y: number;
  /** Boxes outside this library have a dashed line. */
  isOutside?: boolean;
}

interface Arrow {
  from: string;
  to: string;
  label?: string;
  /** An arrow that leads back. */
  isReturn?: boolean;
}

const BOX_WIDTH = 236;
const LINE_HEIGHT = 17;
const MIDDLE = 272;
const LEFT = 16;
const RIGHT = 528;
const WIDTH = 780;

/** The lanes: within the call of the logger, and after it. */
const LANES = [
  { label: 'within the call: no I/O, nothing waits', top: 96, bottom: 476 },
  { label: 'later: by timers, within the budget', top: 488, bottom: 808 },
];

const BOXES: readonly Box[] = [
  {
    id: 'winston',
    lines: ['winston', "logger.error('…', { regarding })"],
    x: MIDDLE,
    y: 16,
    isOutside: true,
  },
  {
    id: 'transport',
    lines: ['winston/transport.ts', 'level, silent, ending, exceptions'],
    x: MIDDLE,
    y: 128,
  },
  {
    id: 'record',
    lines: ['winston/read-record.ts', 'message, error, object,', 'reason'],
    x: RIGHT,
    y: 208,
  },
  {
    id: 'translator',
    lines: ['winston/translator.ts', 'what an Event says of it'],
    x: MIDDLE,
    y: 216,
  },
  { id: 'recorder', lines: ['recorder/', 'masks credentials, volatile parts'], x: MIDDLE, y: 304 },
  { id: 'own', lines: ['your code', 'EventRecorder.warning(…)'], x: LEFT, y: 304, isOutside: true },
  {
    id: 'statement',
    lines: ['statement/', 'where the logger was called,', 'only if the text is new'],
    x: RIGHT,
    y: 384,
  },
  { id: 'table', lines: ['correlator/', 'which problem it is: count + 1'], x: MIDDLE, y: 392 },
  {
    id: 'schedule',
    lines: ['delivery/schedule.ts', 'first ones now, repeats together,', 'within the budget'],
    x: MIDDLE,
    y: 528,
  },
  { id: 'sink', lines: ['EventSink', 'console, MemorySink, yours'], x: LEFT, y: 650 },
  { id: 'writer', lines: ['cluster/event-writer.ts', 'POST, PATCH, counts of others'], x: MIDDLE, y: 650 },
  {
    id: 'answers',
    lines: ['cluster/answers.ts', 'written, again, read first,', 'forbidden, given up'],
    x: RIGHT,
    y: 590,
  },
  { id: 'client', lines: ['cluster/client.ts', 'HTTPS, token, CA, timeouts'], x: MIDDLE, y: 738 },
  { id: 'server', lines: ['API server', 'one Event for each problem'], x: MIDDLE, y: 838, isOutside: true },
];

const ARROWS: readonly Arrow[] = [
  { from: 'winston', to: 'transport', label: 'record' },
  { from: 'transport', to: 'translator' },
  { from: 'record', to: 'translator' },
  { from: 'translator', to: 'recorder', label: 'Said' },
  { from: 'own', to: 'recorder' },
  { from: 'recorder', to: 'table', label: 'Occurrence' },
  { from: 'statement', to: 'table' },
  { from: 'table', to: 'schedule', label: 'Problem' },
  { from: 'schedule', to: 'writer' },
  { from: 'schedule', to: 'sink' },
  { from: 'writer', to: 'client' },
  { from: 'client', to: 'server' },
  { from: 'writer', to: 'answers', label: 'answer' },
  { from: 'answers', to: 'schedule', label: 'verdict', isReturn: true },
];

const STYLE = `
  .page { fill: #ffffff; stroke: #d1d9e0; } .lane { fill: #f6f8fa; stroke: #d1d9e0; }
  .box { fill: #ffffff; stroke: #0969da; stroke-width: 1.5; } .outside { stroke: #818b98; stroke-dasharray: 5 4; }
  .name { fill: #1f2328; font-weight: bold; } .text, .label { fill: #59636e; } .arrow { fill: none; stroke: #59636e; stroke-width: 1.5; }
  .head { fill: #59636e; }
  @media (prefers-color-scheme: dark) {
    .page { fill: #0d1117; stroke: #3d444d; } .lane { fill: #151b23; stroke: #3d444d; }
    .box { fill: #0d1117; stroke: #4493f8; } .outside { stroke: #9198a1; }
    .name { fill: #f0f6fc; } .text, .label { fill: #9198a1; } .arrow { stroke: #9198a1; } .head { fill: #9198a1; }
  }`;
const FONT = "-apple-system, 'Segoe UI', 'Noto Sans', Helvetica, Arial, 'DejaVu Sans', sans-serif";
const HEIGHT = 908;

export function drawRecord(): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" font-family="${FONT}" font-size="13">
<title>The path of a record</title>
<style>${STYLE}
</style>
<defs><marker id="head" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="head" d="M0,0 L8,4 L0,8 z"/></marker></defs>
<rect class="page" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>
${[...LANES.map(drawLane), ...ARROWS.map(drawArrow), ...BOXES.map(drawBox)].join('\n')}
</svg>
`;
}

function drawLane({ label, top, bottom }: (typeof LANES)[number]): string {
  return `<rect class="lane" x="8" y="${top}" width="${WIDTH - 16}" height="${bottom - top}" rx="6"/>
<text class="label" x="${LEFT + 4}" y="${top + 20}" font-style="italic">${label}</text>`;
}

const heightOf = ({ lines }: Box) => lines.length * LINE_HEIGHT + 18;

function drawBox(box: Box): string {
  const { lines, x, y, isOutside } = box;
  const text = lines.map((line, index) => {
    const at = `x="${x + BOX_WIDTH / 2}" y="${y + 22 + index * LINE_HEIGHT}"`;
    return `<text class="${index === 0 ? 'name' : 'text'}" ${at} text-anchor="middle">${line}</text>`;
  });
  const shape = `class="box${isOutside ? ' outside' : ''}" x="${x}" y="${y}" width="${BOX_WIDTH}" height="${heightOf(box)}" rx="6"`;
  return [`<rect ${shape}/>`, ...text].join('\n');
}

/** Draws an arrow down, to the side, or around a corner. */
function drawArrow({ from, to, label = '', isReturn }: Arrow): string {
  const start = find(from);
  const end = find(to);
  const half = BOX_WIDTH / 2;
  const middle = (box: Box) => box.y + heightOf(box) / 2;
  let path: string;
  let at: string;
  if (start.x === end.x) {
    const x = start.x + half;
    path = `M${x},${start.y + heightOf(start)} V${end.y}`;
    // Near its start, because the border of a lane may be in the middle.
    at = `x="${x + 8}" y="${start.y + heightOf(start) + 20}"`;
  } else if (isReturn) {
    path = `M${start.x + half},${start.y} V${middle(end)} H${end.x + BOX_WIDTH}`;
    at = `x="${end.x + BOX_WIDTH + 20}" y="${middle(end) - 6}"`;
  } else if (Math.abs(middle(start) - middle(end)) < 12) {
    const isRight = end.x > start.x;
    path = `M${isRight ? start.x + BOX_WIDTH : start.x},${middle(end)} H${isRight ? end.x : end.x + BOX_WIDTH}`;
    at = '';
  } else if (end.y > start.y) {
    path = `M${start.x},${middle(start)} H${end.x + half} V${end.y}`;
    at = '';
  } else {
    path = `M${start.x + BOX_WIDTH},${middle(start)} H${end.x + half} V${end.y + heightOf(end)}`;
    at = `x="${start.x + BOX_WIDTH + 20}" y="${middle(start) + 16}"`;
  }
  const text = label && `\n<text class="label" ${at}>${label}</text>`;
  return `<path class="arrow" d="${path}" marker-end="url(#head)"/>${text}`;
}

function find(id: string): Box {
  const box = BOXES.find((each) => each.id === id);
  if (box === undefined) throw new Error(`there is no box ${id}`);
  return box;
}
