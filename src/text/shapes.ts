import { BoundedMap } from '../bounded-map.ts';
import { type Shape, shapeKeyOf } from './shape.ts';

/** Each shape takes about 3 kB, most of it for the compiled expression. */
const MAX_KEYS = 128;
/** Texts with the same key may differ in numbers that matter, such as HTTP statuses. */
const SHAPES_PER_KEY = 4;
const LONGEST_TEXT = 512;

/** A shape, and the result for its first text. */
export interface Known<V> {
  readonly shape: Shape;
  readonly value: V;
}

interface Alike<V> {
  readonly known: Known<V>[];
  misses: number;
}

/** Remembers results for texts. Texts that differ only in numbers that mean nothing share a result. */
export class Shapes<V, Wanted> {
  readonly #byKey = new BoundedMap<number, Alike<V>>(MAX_KEYS);
  /** Most texts have the shape of the text before. */
  #last: Known<V> | undefined;
  readonly #isFor: (value: V, wanted: Wanted) => boolean;

  /** @param isFor returns true if a result fits, apart from the text */
  constructor(isFor: (value: V, wanted: Wanted) => boolean) {
    this.#isFor = isFor;
  }

  /** The result for a text of the same shape; undefined if there is none. */
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
   * Notes a text that was not found. Learning a shape takes as long as reading several texts. So a shape is learned only for
   * the second text with the same key, the fourth, the eighth and so on.
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
