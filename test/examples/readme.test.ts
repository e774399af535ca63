import assert from 'node:assert/strict';
import { access, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';

const EXAMPLES = join(import.meta.dirname, '../../examples');
/** The files of `npm run demo`. */
const OTHERS = ['demo'];
/** Reasons that no example names, because they come from errors. */
const DERIVED = ['TypeError'];

const readme = await readFile(join(EXAMPLES, 'README.md'), 'utf8');

test('the README lists every example, and its links lead to files', async () => {
  const entries = await readdir(EXAMPLES, { withFileTypes: true });
  const folders = entries.filter((entry) => entry.isDirectory() && !OTHERS.includes(entry.name));
  const listed = [...readme.matchAll(/^\| \[([a-z-]+)\]/gm)].map(([, name]) => name);
  assert.deepEqual(listed.sort(), folders.map(({ name }) => name).sort());
  for (const [, path] of readme.matchAll(/\]\(([^)]+)\)/g)) await access(join(EXAMPLES, path!));
});

test('the Events that the README shows are those that the examples make', async () => {
  const paths = (await readdir(EXAMPLES, { recursive: true })).filter((path) => /\.(mjs|ts)$/.test(path));
  const sources = await Promise.all(paths.map((path) => readFile(join(EXAMPLES, path), 'utf8')));
  const shown = [...readme.matchAll(/^ {2}(?:Warning|Normal) +(\w+)/gm)].map(([, reason]) => reason!);
  assert.ok(shown.length > 0);
  for (const reason of shown.filter((reason) => !DERIVED.includes(reason)))
    assert.ok(
      sources.some((source) => source.includes(`'${reason}'`)),
      reason,
    );
});
