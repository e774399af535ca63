import { BoundedMap } from '../bounded-map.ts';
import { type Shape, shapeKeyOf } from './shape.ts';

/** Each shape takes some 3 kB, most of it the compiled expression. */
const MAX_KEYS = 128;
/** Texts that are alike but for numbers that matter, such as HTTP statuses. */
const SHAPES_PER_KEY = 4;
const LONGEST_TEXT = 512;

/** A shape, and what was made of its first text. */
export interface Known<V> {
  readonly shape: Shape;
  readonly value: V;
}

interface Alike<V> {
  readonly known: Known<V>[];
  misses: number;
}

/** Remembers what was made of texts, for those that differ from one of them in numbers that mean nothing. */
export class Shapes<V, Wanted> {
  readonly #byKey = new BoundedMap<number, Alike<V>>(MAX_KEYS);
  /** Most texts look like the one before. */
  #last: Known<V> | undefined;
  readonly #isFor: (value: V, wanted: Wanted) => boolean;

  /** @param isFor whether what was made of a text is wanted for another one, apart from what the texts say */
  constructor(isFor: (value: V, wanted: Wanted) => boolean) {
    this.#isFor = isFor;
  }

  /** What was made of a text of the same shape. */
  find(text: string, wanted: Wanted): V | undefined {
    if (text.length > LONGEST_TEXT) return undefined;
    const last = this.#last;
    if (last !== undefined && this.#isFor(last.value, wanted) && last.shape.matches(text)) return last.value;
    const alike = this.#byKey.get(shapeKeyOf(text));
    const known = alike?.known.find(({ shape, value }) => this.#isFor(value, wanted) && shape.matches(text));
    if (known === undefined) return undefined;
    last?.shape.settle();
    this.#last = known;
    return known.value;
  }

  /**
   * Tells of a text that was not found. To learn a shape takes as long as some texts do, so it is done for the second one
   * that looks alike, the fourth, the eighth and so on.
   */
  miss(text: string, learn: () => Known<V>): void {
    if (text.length > LONGEST_TEXT) return;
    const key = shapeKeyOf(text);
    let alike = this.#byKey.get(key);
    if (alike === undefined) {
      alike = { known: [], misses: 0 };
      this.#byKey.set(key, alike);
    }
    alike.misses++;
    const isPowerOfTwo = (alike.misses & (alike.misses - 1)) === 0;
    if (alike.misses === 1 || !isPowerOfTwo) return;
    if (alike.known.length === SHAPES_PER_KEY) alike.known.shift();
    alike.known.push(learn());
  }
}
