import type { Regarding } from '../object/reference.ts';
import type { Occurrence } from './occurrence.ts';
import { type Branch, KEYED, type Problem, type Statement } from './problem.ts';
import { SmallMap } from './small-map.ts';

/** The branches on which problems hang; see {@link Branch}. */
export class ProblemTree {
  /** Branches with enough below them to be combined when room is short: statements, then objects. */
  readonly foldable: readonly [statements: Set<Branch>, subjects: Set<Branch>] = [new Set(), new Set()];
  private readonly subjects = new Map<string, Branch>();

  /** The branch of an object. It is in the tree when something hangs on it. */
  subjectOf(regarding: Regarding): Branch {
    return this.subjects.get(regarding.key) ?? newBranch(undefined, regarding.key, regarding);
  }

  /** The branch of a type and reason of an object. */
  groupOf({ type, reason }: Occurrence, regarding: Regarding): Branch {
    const subject = this.subjectOf(regarding);
    const key = type === 'Warning' ? reason : `Normal ${reason}`;
    return subject.branches.get(key) ?? newBranch(subject, key, subject.regarding);
  }

  /** The branch of a statement; without one that of records with keys of their own. */
  statementIn(group: Branch, statement: Statement | undefined): Branch {
    const key = statement?.key ?? KEYED;
    const branch = group.branches.get(key) ?? newBranch(group, key, group.regarding);
    branch.statement = statement;
    return branch;
  }

  /** Hangs a problem, and the branches on which it is, into the tree. */
  attach(problem: Problem): void {
    for (let at: Branch | undefined = problem.branch; at !== undefined; at = at.parent) {
      if (at.parent === undefined) this.subjects.set(at.key, at);
      else at.parent.branches.set(at.key, at);
      if (problem.key !== undefined && at.parent !== undefined) at.problems.set(problem.key, problem);
      if (at.combined !== problem) at.size++;
      this.noteFoldable(at);
    }
  }

  /** Takes a problem out of the tree, and the branches on which nothing else is. */
  detach(problem: Problem): void {
    for (let at: Branch | undefined = problem.branch; at !== undefined; at = at.parent) {
      if (at.combined === problem) at.combined = undefined;
      else at.size--;
      if (problem.key !== undefined) at.problems.delete(problem.key);
      this.noteFoldable(at);
      if (at.size > 0 || at.combined !== undefined) continue;
      if (at.parent === undefined) this.subjects.delete(at.key);
      else at.parent.branches.delete(at.key);
    }
  }

  private noteFoldable(branch: Branch): void {
    const [statements, subjects] = this.foldable;
    const isFoldable = branch.size >= fewestToFold(branch);
    if (branch.parent === undefined) setMembership(subjects, branch, isFoldable);
    else if (branch.parent.parent !== undefined) setMembership(statements, branch, isFoldable);
  }
}

function newBranch(parent: Branch | undefined, key: string, regarding: Regarding): Branch {
  return {
    parent,
    key,
    regarding,
    branches: new SmallMap(),
    problems: new SmallMap(),
    size: 0,
    combined: undefined,
    closedAt: undefined,
    statement: undefined,
  };
}

/** Combining must leave one problem less than before, the new combined one included. */
export function fewestToFold(branch: Branch): number {
  return branch.combined === undefined ? 2 : 1;
}

function setMembership<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}
