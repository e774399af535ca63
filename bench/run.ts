/**
 * `npm run bench`: answers all questions, or only the named ones, and writes `bench/results.json` and `docs/benchmarks.md`.
 * The answers to other questions are kept. The page never mixes times of two machines. Answers without times may come from
 * another machine, which the page then names.
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
  // After each answer, so that an interrupted run is not lost.
  await writeResults(results);
  await writeFile(DOCUMENT_FILE, renderDocument(QUESTIONS, results));
  console.error(`  ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
