import { maskCodes } from '../text/volatile.ts';
import { type Branch, KEYED, type Problem } from './problem.ts';

/** What was silent for so long makes no room scarce any more (client-go `tools/record/events_cache.go`: ten minutes). */
const SIMILAR_WINDOW_MS = 10 * 60_000;
/** So many texts of one statement have an Event each: few values are news, many are noise. */
const TEXTS_PER_STATEMENT = 3;
/** So many while only codes differ, such as HTTP statuses, and so many keys of one reason (client-go: the tenth is combined). */
const CODES_PER_STATEMENT = 9;
/** Nobody reads more about one object, and reasons may come from whoever sends requests. */
const PLACES_PER_SUBJECT = 100;

function isRecent(problem: Problem | undefined, at: number): boolean {
  return problem !== undefined && at - problem.lastAt < SIMILAR_WINDOW_MS;
}

/** The problem that counts a text that is known: its own, or that of its statement once that is combined. */
export function counterOf(known: Problem, at: number): Problem {
  const { combined, key } = known.branch;
  return combined !== undefined && key !== KEYED && isRecent(combined, at) ? combined : known;
}

/** The branch of which so many Events tell already that a new text of a statement has none of its own. */
export function crowdedBranch(statement: Branch, text: string, at: number): Branch | undefined {
  if (isRecent(statement.combined, at) || isLastText(statement, text, at)) return statement;
  const subject = statement.parent?.parent;
  if (subject === undefined || subject.size < PLACES_PER_SUBJECT) return undefined;
  if (placesOf(subject, at) < PLACES_PER_SUBJECT) return undefined;
  // A statement that has places already needs only one of them when it is combined.
  const hasPlace = [...statement.problems.values()].some((problem) => isRecent(problem, at));
  return hasPlace && statement.key !== KEYED ? statement : subject;
}

/** True for the text with which a statement has said too many different ones. */
function isLastText({ key, problems }: Branch, text: string, at: number): boolean {
  if (problems.size < TEXTS_PER_STATEMENT) return false;
  const texts = [...problems.values()]
    .filter((problem) => isRecent(problem, at))
    .map((problem) => problem.key ?? '');
  if (texts.length >= CODES_PER_STATEMENT) return true;
  return key !== KEYED && new Set([...texts, text].map(maskCodes)).size > TEXTS_PER_STATEMENT;
}

/** How many Events tell of an object: a combined statement holds one place. */
function placesOf(subject: Branch, at: number): number {
  let places = 0;
  for (const group of subject.branches.values()) {
    for (const { key, combined, problems } of group.branches.values()) {
      if (isRecent(combined, at)) places++;
      if (key === KEYED || !isRecent(combined, at))
        for (const problem of problems.values()) if (isRecent(problem, at)) places++;
    }
  }
  return places;
}

/** All problems below a statement or an object, without its own combined one. */
export function problemsBelow(branch: Branch): Problem[] {
  if (branch.parent !== undefined) return [...branch.problems.values()];
  const problems: Problem[] = [];
  for (const group of branch.branches.values()) {
    for (const { problems: below, combined } of group.branches.values()) {
      problems.push(...below.values());
      if (combined !== undefined) problems.push(combined);
    }
  }
  return problems;
}
