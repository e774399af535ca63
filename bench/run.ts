/**
 * `npm run bench`: answers all questions, or those that are named, and writes `bench/results.json` and
 * `docs/benchmarks.md`. The answers to the others stay as they were.
 */
import { writeFile } from 'node:fs/promises';
import { isDeepStrictEqual } from 'node:util';
import { QUESTIONS } from './questions.ts';
import { renderDocument } from './support/render.ts';
import { DOCUMENT_FILE, readEnvironment, readResults, writeResults } from './support/results.ts';

const names = process.argv.slice(2);
const unknown = names.filter((name) => !QUESTIONS.some((question) => question.name === name));
if (unknown.length > 0) {
  const known = QUESTIONS.map(({ name }) => name).join(', ');
  throw new Error(`bench: expected some of ${known}; got ${unknown.join(', ')}`);
}
const environment = await readEnvironment();
const old = await readResults();
const isComparable = old === undefined || isDeepStrictEqual(old.environment, environment);
const asked = QUESTIONS.filter(({ name }) => names.length === 0 || names.includes(name));
if (asked.length < QUESTIONS.length && !isComparable) {
  throw new Error(
    'bench: the other results are of another machine or other versions; run all: npm run bench',
  );
}
const answers = isComparable ? { ...old?.answers } : {};
for (const question of asked) {
  console.error(question.title);
  const startedAt = performance.now();
  const date = new Date().toISOString().slice(0, 10);
  answers[question.name] = { date, ...(await question.answer()) };
  const results = { environment, answers };
  // After each, so that a run that is broken off has not been for nothing.
  await writeResults(results);
  await writeFile(DOCUMENT_FILE, renderDocument(QUESTIONS, results));
  console.error(`  ${((performance.now() - startedAt) / 1000).toFixed(0)} s`);
}
