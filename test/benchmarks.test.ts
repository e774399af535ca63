import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { QUESTIONS } from '../bench/questions.ts';
import { renderDocument } from '../bench/support/render.ts';
import { DOCUMENT_FILE, readResults } from '../bench/support/results.ts';

test('docs/benchmarks.md is what the results say; npm run bench writes both', async () => {
  const results = await readResults();
  assert.ok(results, 'expected bench/results.json');
  assert.deepEqual(Object.keys(results.answers).sort(), QUESTIONS.map(({ name }) => name).sort());
  assert.equal(await readFile(DOCUMENT_FILE, 'utf8'), renderDocument(QUESTIONS, results));
});
