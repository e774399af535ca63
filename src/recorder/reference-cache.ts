import { BoundedMap } from '../bounded-map.ts';
import type { Regarding } from '../object/reference.ts';
import { detached } from '../text/text.ts';

/** Texts such as `deployment/web` can be chosen by whoever writes the records. */
const MAX_TEXTS = 256;

/** What is looked at to see whether an object has become another one. */
interface Identity {
  readonly kind?: unknown;
  readonly name?: unknown;
  readonly namespace?: unknown;
  readonly uid?: unknown;
  readonly fieldPath?: unknown;
}

interface Entry extends Identity {
  readonly value: object;
  readonly reference: Regarding;
}

/** Most records are about the object of the one before: it need not be read and checked again. */
export class ReferenceCache {
  readonly #byText = new BoundedMap<string, Regarding>(MAX_TEXTS);
  #last: Entry | undefined;
  #lastText: string | undefined;
  #lastOfText: Regarding | undefined;

  /** The reference that was made of this value, unless the object has become another one since. */
  get(value: unknown): Regarding | undefined {
    if (typeof value === 'string') {
      if (value !== this.#lastText) this.#lastOfText = this.#byText.get(value);
      this.#lastText = value;
      return this.#lastOfText;
    }
    const last = this.#last;
    if (last === undefined || value !== last.value) return undefined;
    const { kind, name, namespace, uid, fieldPath } = identityOf(last.value);
    const isSame =
      name === last.name &&
      namespace === last.namespace &&
      uid === last.uid &&
      kind === last.kind &&
      fieldPath === last.fieldPath;
    return isSame ? last.reference : undefined;
  }

  set(value: unknown, reference: Regarding): void {
    if (typeof value === 'object' && value !== null) {
      const identity = identityOf(value);
      // A watch event or a review: what it is about is deeper in it.
      this.#last = identity.name === undefined ? undefined : { value, ...identity, reference };
    } else if (typeof value === 'string') {
      this.#byText.set(detached(value), reference);
      this.#lastText = undefined;
    }
  }
}

function identityOf(value: object): Identity {
  try {
    const { kind, fieldPath, metadata } = value as Identity & { metadata?: unknown };
    const { name, namespace, uid } = (
      typeof metadata === 'object' && metadata !== null ? metadata : value
    ) as Identity;
    return { kind, name, namespace, uid, fieldPath };
  } catch {
    // It could be read before; who reads it again will say what is wrong.
    return {};
  }
}
