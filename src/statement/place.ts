import type { Words } from './words.ts';

/**
 * The role of a place for the texts that come from it. A `statement` logs them itself. A `wrapper` logs them for its
 * callers. A `handed` place gets them from elsewhere, and its callers do not tell them apart.
 */
export type Role = 'statement' | 'wrapper' | 'handed';

/**
 * The texts of one statement share more of their words than this. The texts of a wrapper with a fixed beginning share less.
 */
const SHARED_PART = 1 / 4;
/** A place that gets texts from elsewhere has fewer callers than this. A wrapper has one for each statement. */
const MAX_WAYS = 6;

/**
 * A place in the code where a logger was called or an error was created. Its role follows from the texts that come from it.
 */
export class Place {
  readonly name: string;
  role: Role = 'statement';
  /** The callers so far. */
  readonly #ways: number[] = [];
  #way: number | undefined;
  #all: Sample | undefined = new Sample();
  /** The last texts in a row from one caller. */
  #latest: Sample | undefined = this.#all;

  constructor(name: string) {
    this.name = name;
  }

  /** @param way the caller, as a hash that tells it apart from other callers */
  note(words: Words, way: number): void {
    const all = this.#all;
    if (all === undefined) return;
    if (way !== this.#way) {
      if (this.#way !== undefined) this.#latest = new Sample();
      if (this.#ways.length < MAX_WAYS && !this.#ways.includes(way)) this.#ways.push(way);
      this.#way = way;
    }
    all.add(words);
    if (this.#latest !== all) this.#latest?.add(words);
    this.#judge(all);
  }

  #judge(all: Sample): void {
    const isHanded = this.role === 'handed' || (this.#latest?.isMixed === true && !this.#latest.isAlike);
    if (isHanded && this.#ways.length < MAX_WAYS) this.role = 'handed';
    else if (this.#ways.length > 1 && !all.isAlike) {
      this.role = 'wrapper';
      this.#all = undefined;
      this.#latest = undefined;
    }
  }

  /** True if a text has all the words that the texts from here have in common. */
  isSharedBy(words: Words): boolean {
    return this.#all?.isPartOf(words) === true;
  }
}

/** What some texts have in common. */
class Sample {
  #common = '';
  #first = 0;
  #words = 0;
  #texts = 0;
  /** True if they do not all begin with the same word. */
  isMixed = false;

  add({ all, first }: Words): void {
    if (this.#texts++ === 0) {
      this.#common = all;
      this.#first = first;
    } else {
      if (this.#common !== '') this.#common = intersection(this.#common, all);
      if (first !== this.#first) this.isMixed = true;
    }
    this.#words += all.length;
  }

  get isAlike(): boolean {
    return this.#common.length >= (this.#words / this.#texts) * SHARED_PART;
  }

  isPartOf({ all }: Words): boolean {
    return this.#common !== '' && intersection(this.#common, all) === this.#common;
  }
}

function intersection(some: string, others: string): string {
  let common = '';
  for (let at = 0; at < some.length; at++) if (others.includes(some[at]!)) common += some[at];
  return common;
}
