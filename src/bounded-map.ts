/** A map for what others may fill without end: when it is full, the entry that was set longest ago is forgotten. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #maxSize: number;

  /** @param maxSize how many entries it holds at most, one or more */
  constructor(maxSize: number) {
    super();
    this.#maxSize = maxSize;
  }

  /** Sets an entry, which is then the last to be forgotten. */
  override set(key: K, value: V): this {
    this.delete(key);
    if (this.size >= this.#maxSize) this.delete(this.keys().next().value as K);
    return super.set(key, value);
  }
}
