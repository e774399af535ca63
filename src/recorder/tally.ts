import type { Occurrence } from '../correlator/occurrence.ts';
import type { Problem } from '../correlator/problem.ts';
import type { ProblemTable } from '../correlator/problem-table.ts';
import type { Regarding } from '../object/reference.ts';
import { sight } from '../statement/sighting.ts';
import type { Statements } from '../statement/statements.ts';
import { firstWordsOf } from '../statement/words.ts';
import type { Said } from './event-input.ts';
import type { Intake } from './intake.ts';

/** Counts inputs. It reads only as much of each input as it needs to find its problem. */
export class Tally {
  readonly #table: ProblemTable;
  readonly #intake: Intake;
  readonly #statements: Statements;

  constructor(table: ProblemTable, intake: Intake, statements: Statements) {
    this.#table = table;
    this.#intake = intake;
    this.#statements = statements;
  }

  /**
   * Counts an input and returns its problem.
   * @param at when it happened, in milliseconds since the epoch
   * @param callersOf returns the functions that may have logged it, see `sight`
   */
  count(said: Said, regarding: Regarding, at: number, callersOf: () => readonly unknown[]): Problem {
    const known = this.#intake.find(said, regarding.key);
    const unread = known === undefined ? this.#countUnread(said, regarding, at) : undefined;
    if (unread !== undefined) return unread;
    const occurrence = known ?? this.#intake.read(said);
    return (
      this.#table.count(occurrence, regarding, at) ??
      this.#table.countNews(occurrence, regarding, at, this.#statementOf(occurrence, said, callersOf))
    );
  }

  /** Counts an input without reading its text. In a storm of different texts, most of them make no difference. */
  #countUnread(said: Said, regarding: Regarding, at: number): Problem | undefined {
    if (typeof said.message !== 'string') return undefined;
    const [beginning] = firstWordsOf(said.message);
    const statement = this.#statements.statementBegunBy(beginning, at);
    const occurrence = statement === undefined ? undefined : this.#intake.readLater(said);
    if (statement === undefined || occurrence === undefined) return undefined;
    return this.#table.countUnread(occurrence, regarding, at, statement, beginning);
  }

  #statementOf({ isKeyed, group }: Occurrence, said: Said, callersOf: () => readonly unknown[]) {
    if (isKeyed) return undefined;
    return this.#statements.statementOf(group, () => sight(callersOf(), said.error));
  }
}
