import { maskCodes } from '../text/codes.ts';
import { type Branch, KEYED, type Problem } from './problem.ts';

/**
 * After this time without an occurrence, a text or a statement takes no place any more (client-go
 * `tools/record/events_cache.go`: ten minutes).
 */
const SIMILAR_WINDOW_MS = 10 * 60_000;
/** This many texts of one statement have an Event each. A few values are news, many are noise. */
const TEXTS_PER_STATEMENT = 3;
/**
 * This many if only codes differ, such as HTTP statuses, and this many keys of one reason (client-go combines the tenth).
 */
const CODES_PER_STATEMENT = 9;
/** Nobody reads more Events about one object, and reasons may come from untrusted input. */
const PLACES_PER_SUBJECT = 100;

function isRecent(problem: Problem | undefined, at: number): boolean {
  return problem !== undefined && at - problem.lastAt < SIMILAR_WINDOW_MS;
}

/** True while one Event counts everything that a statement logs. */
function isCombined({ combined, closedAt }: Branch, at: number): boolean {
  return isRecent(combined, at) || (closedAt !== undefined && at - closedAt < SIMILAR_WINDOW_MS);
}

/** The problem that counts a known text; undefined if its statement is combined, but has no combined problem yet. */
export function counterOf(known: Problem, at: number): Problem | undefined {
  const { branch } = known;
  return branch.key !== KEYED && isCombined(branch, at) ? branch.combined : known;
}

/** The problem that counts all texts of a statement; undefined if it is not combined. */
export function combinedOf(statement: Branch, at: number): Problem | undefined {
  return isCombined(statement, at) ? statement.combined : undefined;
}

/** True if a statement has too many different texts, including this one. */
export function isCrowded(statement: Branch, text: string, at: number): boolean {
  return isCombined(statement, at) || isLastText(statement, text, at);
}

/** The branch that must be combined before a new text of a statement can have an Event; undefined if there is a place. */
export function crowdedBranch(statement: Branch, at: number): Branch | undefined {
  const subject = statement.parent?.parent;
  if (subject === undefined || subject.size < PLACES_PER_SUBJECT) return undefined;
  // Combining a statement frees places, but does not remove the Events that are written. So a second text must not add one.
  if (statement.key !== KEYED && countRecent(statement.problems.values(), at) > 0) {
    return countRecent(problemsBelow(subject), at) >= PLACES_PER_SUBJECT ? statement : undefined;
  }
  const isFull = placesOf(subject, at) >= PLACES_PER_SUBJECT;
  // While a flood of new reasons goes on, it must not get the places that become free.
  if (!isFull && !isRecent(subject.combined, at)) return undefined;
  const loudest = loudestOf(subject, at);
  if (loudest === undefined) return subject;
  if (isFull) loudest.closedAt = at;
  return undefined;
}

/** The statement that frees the most places when it is combined. */
function loudestOf(subject: Branch, at: number): Branch | undefined {
  let loudest: Branch | undefined;
  let most = 1;
  for (const group of subject.branches.values()) {
    for (const statement of group.branches.values()) {
      if (statement.key === KEYED || isCombined(statement, at)) continue;
      const count = countRecent(statement.problems.values(), at);
      if (count > most) [loudest, most] = [statement, count];
    }
  }
  return loudest;
}

function countRecent(problems: Iterable<Problem>, at: number): number {
  let count = 0;
  for (const problem of problems) if (isRecent(problem, at)) count++;
  return count;
}

/** True if a statement has too many different texts with this one. */
function isLastText(statement: Branch, text: string, at: number): boolean {
  if (statement.problems.size < TEXTS_PER_STATEMENT) return false;
  const texts = [...statement.problems.values()]
    .filter((problem) => problem.key !== text && isRecent(problem, at))
    .map(({ key = '' }) => key);
  if (texts.length >= CODES_PER_STATEMENT) return true;
  return statement.key !== KEYED && new Set([...texts, text].map(maskCodes)).size > TEXTS_PER_STATEMENT;
}

/** The number of places that are taken. A combined statement takes one. */
function placesOf(subject: Branch, at: number): number {
  let places = 0;
  for (const group of subject.branches.values()) {
    for (const statement of group.branches.values()) {
      if (isCombined(statement, at)) places++;
      if (statement.key === KEYED || !isCombined(statement, at))
        places += countRecent(statement.problems.values(), at);
    }
  }
  return places;
}

/** All problems below a statement or an object, without its own combined problem. */
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
