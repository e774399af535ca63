import type { Clock } from '../clock.ts';
import { detached } from '../text/text.ts';
import { type LookBudget, lookBudgetOf } from './look-budget.ts';
import { Place, type Role } from './place.ts';
import type { Frames } from './place-name.ts';
import type { Sighting } from './sighting.ts';
import { beginningOf, firstWordsOf, hashOf, type Words, wordsOf } from './words.ts';

const MAX_PLACES = 4096;
const MAX_BEGINNINGS = 1024;
/** A place and two that may be wrappers around it. */
const MAX_CANDIDATES = 3;
/** By so many callers one knows on which way a text came: a wrapper in two parts and the statement. */
const WAY = 2;

/** The log statement, or what stands for it, that texts come from. */
export class Statement {
  /** The same in all processes that run one build, and after each start. */
  readonly key: string;
  readonly #places: readonly Place[];
  readonly #roles: readonly Role[];

  constructor(key: string, places: readonly Place[]) {
    this.key = key;
    this.#places = places;
    this.#roles = places.map(({ role }) => role);
  }

  /** True when what was learnt since says otherwise: the next time its texts are logged, they are news. */
  get isStale(): boolean {
    for (let at = 0; at < this.#places.length; at++)
      if (this.#places[at]!.role !== this.#roles[at]) return true;
    return false;
  }

  /** True when a text has all the words that those of the statement have in common. */
  couldSay(words: Words): boolean {
    return this.#places.some((place) => place.role === 'statement' && place.isSharedBy(words));
  }
}

/**
 * Tells which log statement a text comes from, and learns by it. A place is believed to be the statement until what comes
 * from it has too little in common; then whoever called it is, and in the end the beginning of the text.
 */
export class Statements {
  readonly #budget: LookBudget;
  /** Least recently seen first. */
  readonly #places = new Map<string, Place>();
  /** What texts that begin alike were found to be, oldest first. */
  readonly #beginnings = new Map<string, Statement>();
  #latest: Statement | undefined;

  /** @param clock those who share one share the budget for looks */
  constructor(clock: Clock) {
    this.#budget = lookBudgetOf(clock);
  }

  /**
   * The statement of a text that is news. Not to be asked for each record: that is what {@link Statement.isStale} is for.
   * @param text the message with its volatile parts masked
   * @param see looks at the stack; called at most once, and not when the budget is spent: then what was learnt decides
   */
  statementOf(text: string, see?: () => Sighting): Statement {
    const sighting = see === undefined ? undefined : this.#budget.spend(see);
    return sighting === undefined ? this.#guess(text) : this.#find(text, sighting);
  }

  #find(text: string, { frames, origin, errorText }: Sighting): Statement {
    const called = this.#visit('at', frames, wordsOf(text));
    const thrown = origin.length === 0 ? NONE : this.#visit('error', origin, wordsOf(errorText));
    const key = [called, thrown].flatMap(nameOfStatement).join(' ') || keyOfText(text);
    const [two, one] = firstWordsOf(text);
    const known = this.#beginnings.get(two);
    const statement =
      known?.key === key && !known.isStale ? known : new Statement(key, [...called, ...thrown]);
    this.#remember(two, statement);
    this.#remember(one, statement);
    this.#latest = statement;
    return statement;
  }

  /** Notes a text at the places that it may come from, up to the one that is believed. */
  #visit(kind: string, frames: Frames, words: Words): readonly Place[] {
    const visited: Place[] = [];
    for (let at = 0; at < frames.length && at < MAX_CANDIDATES; at++) {
      const place = this.#placeOf(`${kind} ${frames[at]}`);
      place.note(words, hashOf(frames.slice(at + 1, at + 1 + WAY).join('\n')));
      visited.push(place);
      if (place.role !== 'wrapper') break;
    }
    return visited;
  }

  #placeOf(name: string): Place {
    const place = this.#places.get(name) ?? new Place(name);
    this.#places.delete(name);
    this.#places.set(place.name, place);
    if (this.#places.size > MAX_PLACES) deleteFirst(this.#places);
    return place;
  }

  #remember(beginning: string, statement: Statement): void {
    this.#beginnings.set(detached(beginning), statement);
    if (this.#beginnings.size > MAX_BEGINNINGS) deleteFirst(this.#beginnings);
  }

  /** In a storm: what begins alike, else what has all the words of the latest statement. */
  #guess(text: string): Statement {
    const [two, one] = firstWordsOf(text);
    const known = this.#beginnings.get(two) ?? this.#beginnings.get(one);
    if (known?.isStale === false) return known;
    const latest = this.#latest;
    if (latest?.isStale === false && latest.couldSay(wordsOf(text))) return latest;
    return new Statement(keyOfText(text), NONE);
  }
}

const NONE: readonly Place[] = [];

function nameOfStatement(visited: readonly Place[]): string[] {
  const last = visited.at(-1);
  return last?.role === 'statement' ? [last.name] : [];
}

function keyOfText(text: string): string {
  return `text ${beginningOf(text)}`;
}

function deleteFirst(map: Map<string, unknown>): void {
  for (const key of map.keys()) {
    map.delete(key);
    return;
  }
}
