/**
 * A Map with string keys that needs little memory while it has only one entry, as most do here. An empty Map takes 200
 * bytes.
 */
export class SmallMap<V> {
  private key: string | undefined;
  private value: V | undefined;
  private others: Map<string, V> | undefined;

  get size(): number {
    return (this.key === undefined ? 0 : 1) + (this.others?.size ?? 0);
  }

  get(key: string): V | undefined {
    return key === this.key ? this.value : this.others?.get(key);
  }

  set(key: string, value: V): void {
    if ((this.key === undefined && !this.others?.has(key)) || this.key === key) {
      this.key = key;
      this.value = value;
    } else {
      this.others ??= new Map();
      this.others.set(key, value);
    }
  }

  delete(key: string): void {
    if (key === this.key) {
      this.key = undefined;
      this.value = undefined;
    } else if (this.others?.delete(key) && this.others.size === 0) {
      this.others = undefined;
    }
  }

  *values(): Generator<V> {
    if (this.key !== undefined) yield this.value as V;
    if (this.others !== undefined) yield* this.others.values();
  }
}
