import type { ResolvedReference } from './object-reference.ts';

/** Texts such as `deployment/web` can be chosen by whoever writes the records. */
const MAX_TEXTS = 256;

interface Entry {
  readonly value: object;
  readonly name: unknown;
  readonly uid: unknown;
  readonly reference: ResolvedReference;
}

/** Most records are about the object of the one before: it need not be read and checked again. */
export class ReferenceCache {
  readonly #byText = new Map<string, ResolvedReference>();
  #last: Entry | undefined;

  /** The reference that was made of this value, unless the object has become another one since. */
  get(value: unknown): ResolvedReference | undefined {
    if (typeof value === 'string') return this.#byText.get(value);
    const last = this.#last;
    if (last === undefined || value !== last.value) return undefined;
    const { name, uid } = identityOf(last.value);
    return name === last.name && uid === last.uid ? last.reference : undefined;
  }

  set(value: unknown, reference: ResolvedReference): void {
    if (typeof value === 'object' && value !== null) {
      this.#last = { value, ...identityOf(value), reference };
    } else if (typeof value === 'string') {
      if (this.#byText.size >= MAX_TEXTS) this.#byText.clear();
      this.#byText.set(value, reference);
    }
  }
}

function identityOf(value: object): { name: unknown; uid: unknown } {
  const { metadata } = value as { metadata?: unknown };
  const { name, uid } = (typeof metadata === 'object' && metadata !== null ? metadata : value) as Entry;
  return { name, uid };
}
