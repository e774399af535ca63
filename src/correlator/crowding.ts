import type { Branch, Problem } from './problem.ts';

/**
 * So many different problems with one reason about one object get an Event each; the next is combined, as in
 * client-go (`tools/record/events_cache.go`: the tenth within ten minutes).
 */
const SINGLES_PER_GROUP = 9;
const SIMILAR_WINDOW_MS = 10 * 60_000;
/**
 * An object of which so many Events tell within that time has one more for the rest: nobody reads more, and reasons may
 * come from whoever sends requests.
 */
const PROBLEMS_PER_SUBJECT = 100;
/** The branch of which so many Events tell already that a new message has none of its own. */
export function crowdedBranch(group: Branch, at: number): Branch | undefined {
  const isRecent = (problem: Problem | undefined) =>
    problem !== undefined && at - problem.lastAt < SIMILAR_WINDOW_MS;
  const isCrowded = (branch: Branch, most: number) =>
    isRecent(branch.combined) ||
    (branch.size >= most && problemsBelow(branch).filter(isRecent).length >= most);
  if (isCrowded(group, SINGLES_PER_GROUP)) return group;
  const { parent } = group;
  if (parent !== undefined && parent.size >= PROBLEMS_PER_SUBJECT && isCrowded(parent, PROBLEMS_PER_SUBJECT))
    return parent;
  return undefined;
}

/** All problems below a branch, without its own combined one. */
export function problemsBelow(branch: Branch): Problem[] {
  const problems = [...branch.problems.values()];
  for (const { problems: below, combined } of branch.branches.values()) {
    problems.push(...below.values());
    if (combined !== undefined) problems.push(combined);
  }
  return problems;
}
