/**
 * `node --import tsx docs/pictures/draw.ts [demo] [doctor] [record]`: draws the pictures of the documents. The pictures of
 * a terminal show the output of programs, so each drawing runs them again. They need `npm run build` before.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { examineAndMend } from './doctor.ts';
import { drawRecord } from './record.ts';
import { toSvg } from './terminal.ts';

const root = join(import.meta.dirname, '../..');
/** A page shows pictures 830 pixels wide. Letters are then 12 pixels high. */
const COLUMNS = 108;

/** Programs print colours only to a terminal, so this makes them believe that there is one. */
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
  doctor: async () => toSvg(await examineAndMend(TERMINAL), 'winston-kubernetes-events doctor', COLUMNS),
  record: async () => drawRecord(),
};

const names = process.argv.slice(2);
for (const [name, draw] of Object.entries(PICTURES)) {
  if (names.length > 0 && !names.includes(name)) continue;
  await writeFile(join(import.meta.dirname, `${name}.svg`), await draw());
}
