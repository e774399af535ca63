import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { readDocuments } from './support/write-docs.ts';

const root = join(import.meta.dirname, '..');

test('the tables of the documents are those of the code', async () => {
  for (const { path, text, expected } of await readDocuments()) {
    assert.equal(text, expected, `${path} is stale: run node --import tsx test/support/write-docs.ts`);
  }
});

test('the links of the README to files of this repository lead to files', async () => {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  const links = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map(([, path]) => path!);
  assert.ok(links.length > 0);
  for (const path of links)
    await assert.doesNotReject(readFile(join(root, path)), `README.md links to ${path}`);
});

test('the README runs the commands that are in package.json', async () => {
  const text = await readFile(join(root, 'README.md'), 'utf8');
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));
  for (const [, name] of text.matchAll(/npm (?:run )?(test|demo|check|bench)\b/g))
    assert.ok(scripts[name!], name);
  assert.match(text, /npm ci && npm test/);
});
