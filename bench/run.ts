/**
 * `npm run bench`: answers all questions, or those that are named, and writes `bench/results.json` and
 * `docs/benchmarks.md`. The answers to the others stay as they were. Times of two machines never meet there; what is
 * counted may be of another one, which is then noted.
 */
import { writeFile } from 'node:fs/promises';
import { QUESTIONS } from './questions.ts';
import { renderDocument } from './support/render.ts';
import {
  DOCUMENT_FILE,
  note,
  readEnvironment,
  readResults,
  resume,
  writeResults,
} from './support/results.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !QUESTIONS.some((question) => question.name === name));
if (unknown.length > 0) {
  const known = QUESTIONS.map(({ name }) => name).join(', ');
  throw new Error(`bench: expected some of ${known}; got ${unknown.join(', ')}`);
}
const environment = await readEnvironment();
const asked = QUESTIONS.filter(({ name }) => names.length === 0 || names.includes(name));
const results = resume(await readResults(), environment, asked, QUESTIONS);
for (const question of asked) {
  console.error(question.title);
  const startedAt = performance.now();
  note(results, question.name, await question.answer(), environment);
  // After each, so that a run that is broken off has not been for nothing.
  await writeResults(results);
  await writeFile(DOCUMENT_FILE, renderDocument(QUESTIONS, results));
  console.error(`  ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
