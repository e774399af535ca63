/** A map of bounded size, for keys that others choose. When it is full, the entry that was set longest ago is forgotten. */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #maxSize: number;

  /** @param maxSize the most entries that it holds, one or more */
  constructor(maxSize: number) {
    super();
    this.#maxSize = maxSize;
  }

  /** Sets an entry. It is then the newest one. */
  override set(key: K, value: V): this {
    this.delete(key);
    if (this.size >= this.#maxSize) this.delete(this.keys().next().value as K);
    return super.set(key, value);
  }
}
