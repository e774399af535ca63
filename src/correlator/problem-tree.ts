import { BoundedMap } from '../bounded-map.ts';
import type { Regarding } from '../object/reference.ts';
import { detached } from '../text/text.ts';
import type { Occurrence } from './occurrence.ts';
import { type Branch, KEYED, type Problem, type Statement } from './problem.ts';
import { SmallMap } from './small-map.ts';

/** Statements that are combined at the same time. If there are more, their texts are compared more often. */
const MAX_OWNERS = 64;

/** The tree of branches and problems; see {@link Branch}. */
export class ProblemTree {
  /** Branches with enough problems to combine some if room is short: statements, then objects. */
  readonly foldable: readonly [statements: Set<Branch>, subjects: Set<Branch>] = [new Set(), new Set()];
  private readonly subjects = new Map<string, Branch>();
  /** For the beginning of a text: the statement that was asked for last, and whether it has all known texts that begin so. */
  private readonly owners = new BoundedMap<string, { statement: Branch; isSole: boolean }>(MAX_OWNERS);

  /** The branch of an object. It is in the tree only if a problem is below it. */
  subjectOf(regarding: Regarding): Branch {
    return this.subjects.get(regarding.key) ?? newBranch(undefined, regarding.key, regarding);
  }

  /** The branch of a type and reason of an object. */
  groupOf({ type, reason }: Occurrence, regarding: Regarding): Branch {
    const subject = this.subjectOf(regarding);
    const key = type === 'Warning' ? reason : `Normal ${reason}`;
    return subject.branches.get(key) ?? newBranch(subject, key, subject.regarding);
  }

  /** The branch of a statement. Without a statement, the branch of records with keys of their own. */
  statementIn(group: Branch, statement: Statement | undefined): Branch {
    const key = statement?.key ?? KEYED;
    const branch = group.branches.get(key) ?? newBranch(group, key, group.regarding);
    branch.statement = statement;
    return branch;
  }

  /** True if no other statement of the same type and reason has a known text with this beginning. */
  isSoleOwner(statement: Branch, beginning: string): boolean {
    const last = this.owners.get(beginning);
    if (last?.statement === statement) return last.isSole;
    const known = [...(statement.parent?.problems.values() ?? [])];
    const isSole = !known.some(({ branch, key }) => branch !== statement && key?.startsWith(beginning));
    this.owners.set(detached(beginning), { statement, isSole });
    return isSole;
  }

  /** Adds a problem to the tree, together with its branches. */
  attach(problem: Problem): void {
    this.owners.clear();
    for (let at: Branch | undefined = problem.branch; at !== undefined; at = at.parent) {
      if (at.parent === undefined) this.subjects.set(at.key, at);
      else at.parent.branches.set(at.key, at);
      if (problem.key !== undefined && at.parent !== undefined) at.problems.set(problem.key, problem);
      if (at.combined !== problem) at.size++;
      this.noteFoldable(at);
    }
  }

  /** Removes a problem from the tree, together with the branches that are then empty. */
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

/** Shared by all statements, which have no branches. There are thousands of statements. */
const NO_BRANCHES = new SmallMap<Branch>();

function newBranch(parent: Branch | undefined, key: string, regarding: Regarding): Branch {
  return {
    parent,
    key,
    regarding,
    branches: parent?.parent === undefined ? new SmallMap() : NO_BRANCHES,
    problems: new SmallMap(),
    size: 0,
    combined: undefined,
    closedAt: undefined,
    statement: undefined,
  };
}

/** After combining, there must be one problem less, including the combined one. */
export function fewestToFold(branch: Branch): number {
  return branch.combined === undefined ? 2 : 1;
}

function setMembership<T>(set: Set<T>, item: T, isMember: boolean): void {
  if (isMember) set.add(item);
  else set.delete(item);
}
