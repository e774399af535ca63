import { BoundedMap } from '../bounded-map.ts';
import type { Clock } from '../clock.ts';
import { detached } from '../text/text.ts';
import { hashOf, longHashOf } from './hash.ts';
import { type LookBudget, lookBudgetOf } from './look-budget.ts';
import { Place, type Role } from './place.ts';
import type { Frames } from './place-name.ts';
import type { Sighting } from './sighting.ts';
import { beginningOf, firstWordsOf, type Words, wordsOf } from './words.ts';

const MAX_PLACES = 4096;
const MAX_BEGINNINGS = 1024;
/** A place, and two more if it and its caller are wrappers. */
const MAX_CANDIDATES = 3;
/** So many callers show where a text came from: for example the other part of a wrapper in two parts, and the statement. */
const WAY = 2;

/** The log statement that texts come from, or what stands for it. */
export class Statement {
  /** The same in all processes that run one build, and after each restart. */
  readonly key: string;
  readonly #call: Place | undefined;
  readonly #source: Place | undefined;
  /** The role of its places when it was found. */
  readonly #role: Role;

  /**
   * @param call where the logger was called
   * @param source where the error came from
   */
  constructor(key: string, call?: Place, source?: Place, role: Role = 'statement') {
    this.key = key;
    this.#call = call;
    this.#source = source;
    this.#role = role;
  }

  /** True if later texts have shown another role. Its texts then count as new when they are logged again. */
  get isStale(): boolean {
    const role = this.#role;
    return (this.#call?.role ?? role) !== role || (this.#source?.role ?? role) !== role;
  }

  /** True if its place in the code is known, and the role has not changed. */
  get isSeen(): boolean {
    return this.#role === 'statement' && !this.isStale && (this.#call ?? this.#source) !== undefined;
  }

  /** True if a text has all the words that the texts of the statement have in common. */
  couldSay(words: Words): boolean {
    return this.#call?.isSharedBy(words) === true;
  }
}

/**
 * Finds the log statement of a text, and learns from each text. At first, a place counts as the statement. When its texts
 * have too little in common, its caller does. In the end, the beginning of the text does.
 */
export class Statements {
  readonly #budget: LookBudget;
  readonly #places = new BoundedMap<string, Place>(MAX_PLACES);
  /** The statements by the beginnings of their texts. */
  readonly #beginnings = new BoundedMap<string, Statement>(MAX_BEGINNINGS);
  #latest: Statement | undefined;

  /** @param clock everything with the same clock shares one budget for looks */
  constructor(clock: Clock) {
    this.#budget = lookBudgetOf(clock);
  }

  /**
   * Finds the statement of a new text. It is not called for each record: {@link Statement.isStale} says when a known text
   * must be asked again.
   * @param text the message with its volatile parts masked
   * @param see looks at the stack. It is called at most once, and not if the budget is used up. Then earlier texts decide
   */
  statementOf(text: string, see?: () => Sighting): Statement {
    const sighting = see === undefined ? undefined : this.#budget.spend(see);
    return sighting === undefined ? this.#guess(text) : this.#find(text, sighting);
  }

  /**
   * The statement that a text belongs to according to its first two words, whatever the rest of it says. Only in a storm,
   * when the budget for looks is used up; otherwise undefined.
   * @param beginning the first two words, see {@link firstWordsOf}
   * @param at now, in milliseconds since the epoch
   */
  statementBegunBy(beginning: string, at: number): Statement | undefined {
    const known = this.#beginnings.get(beginning);
    return known?.isSeen === true && this.#budget.isSpent(at) ? known : undefined;
  }

  #find(text: string, { frames, origin, errorText }: Sighting): Statement {
    const call = this.#visit('', frames, wordsOf(text));
    const source = origin.length === 0 ? undefined : this.#visit('!', origin, wordsOf(errorText));
    const [two, one] = firstWordsOf(text);
    const statement = statementAt(call, source, text, this.#beginnings.get(two));
    for (const beginning of [two, one]) this.#beginnings.set(detached(beginning), statement);
    this.#latest = statement;
    return statement;
  }

  /** Notes a text at the places that it may come from, up to the first one that is not a wrapper. */
  #visit(kind: string, frames: Frames, words: Words): Place | undefined {
    for (let at = 0; at < frames.length && at < MAX_CANDIDATES; at++) {
      const place = this.#placeOf(kind + frames[at]);
      place.note(words, hashOf(frames.slice(at + 1, at + 1 + WAY).join(' ')));
      if (place.role !== 'wrapper') return place;
    }
    return undefined;
  }

  #placeOf(name: string): Place {
    const place = this.#places.get(name) ?? new Place(name);
    this.#places.set(place.name, place);
    return place;
  }

  /**
   * Without a look at the stack: a known statement with the same beginning, else the latest statement if the text has all
   * of its common words.
   */
  #guess(text: string): Statement {
    const [two, one] = firstWordsOf(text);
    const known = this.#beginnings.get(two) ?? this.#beginnings.get(one);
    if (known?.isSeen === true) return known;
    const latest = this.#latest;
    if (latest?.isSeen === true && latest.couldSay(wordsOf(text))) return latest;
    return new Statement(keyOfText(text));
  }
}

function statementAt(
  call: Place | undefined,
  source: Place | undefined,
  text: string,
  known: Statement | undefined,
): Statement {
  const [seen, from] = [call, source].map((place) => (place?.role === 'statement' ? place : undefined));
  if (seen === undefined && from === undefined) return new Statement(keyOfText(text), call, source, 'handed');
  const key = (seen?.name ?? '') + (from?.name ?? '');
  return known?.key === key && known.isSeen ? known : new Statement(key, seen, from);
}

function keyOfText(text: string): string {
  return `"${longHashOf(beginningOf(text))}`;
}
