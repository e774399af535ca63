/**
 * `node --import tsx docs/pictures/draw.ts [demo] [record]`: draws the pictures of the documents. That of the demo shows
 * what it has printed, so each drawing is a new run, after `npm run build`.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { drawRecord } from './record.ts';
import { toSvg } from './terminal.ts';

const root = join(import.meta.dirname, '../..');
/** A page shows pictures 830 pixels wide: letters of 12 pixels there. */
const COLUMNS = 108;

/** Programs print colours to a terminal only, so they are told that it is one. */
const TERMINAL = 'data:text/javascript,process.stdout.isTTY=true';

async function runDemo(): Promise<string> {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME };
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--import', TERMINAL, '--import', 'tsx', 'examples/demo.ts'],
    { cwd: root, env },
  );
  return `$ npm run demo\n${stdout}`;
}

const PICTURES: Record<string, () => Promise<string>> = {
  demo: async () => toSvg(await runDemo(), 'npm run demo', COLUMNS),
  record: async () => drawRecord(),
};

const names = process.argv.slice(2);
for (const [name, draw] of Object.entries(PICTURES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  await writeFile(join(import.meta.dirname, `${name}.svg`), await draw());
}
