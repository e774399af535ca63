import type { Words } from './words.ts';

/**
 * What a place in the code is to the texts that come from it: `statement`: it says them. `wrapper`: who calls it does.
 * `handed`: it is given them, and nobody who calls it says more.
 */
export type Role = 'statement' | 'wrapper' | 'handed';

/** Texts of one statement share more of their words; those of a wrapper with a fixed beginning share less. */
const SHARED_PART = 1 / 4;
/** What is handed over comes on fewer ways; a wrapper has as many as it has statements. */
const MAX_WAYS = 6;

/** A place in the code at which a logger was called or an error was made, judged by the texts that were seen there. */
export class Place {
  readonly name: string;
  role: Role = 'statement';
  /** The ways here, each as one character. */
  #ways = '';
  #way: number | undefined;
  #all: Sample | undefined = new Sample();
  /** The texts in a row that came on one way. */
  #latest: Sample | undefined = this.#all;

  constructor(name: string) {
    this.name = name;
  }

  /** @param way who called: a hash of 16 bits */
  note(words: Words, way: number): void {
    const all = this.#all;
    if (all === undefined) return;
    if (way !== this.#way) {
      if (this.#way !== undefined) this.#latest = new Sample();
      const character = String.fromCharCode(way);
      if (this.#ways.length < MAX_WAYS && !this.#ways.includes(character)) this.#ways += character;
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

  /** True for what has all the words that the texts from here have in common. */
  isSharedBy(words: Words): boolean {
    return this.#all?.isPartOf(words) === true;
  }
}

/** What texts have in common. */
class Sample {
  #common = '';
  #first = 0;
  #words = 0;
  #texts = 0;
  /** They do not begin with the same word. */
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
