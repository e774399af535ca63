import { BoundedMap } from '../bounded-map.ts';
import type { Regarding } from '../object/reference.ts';
import { detached } from '../text/text.ts';

/** Whoever writes the records can choose texts such as `deployment/web`, so only this many are remembered. */
const MAX_TEXTS = 256;

/** The fields that show whether an object was changed. */
interface Identity {
  readonly apiVersion?: unknown;
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

/** Remembers references. Most records are about the same object as the record before, which then need not be read again. */
export class ReferenceCache {
  readonly #byText = new BoundedMap<string, Regarding>(MAX_TEXTS);
  #last: Entry | undefined;
  #lastText: string | undefined;
  #lastOfText: Regarding | undefined;

  /** The reference that was read from this value before, unless the object was changed since. */
  get(value: unknown): Regarding | undefined {
    if (typeof value === 'string') {
      if (value !== this.#lastText) this.#lastOfText = this.#byText.get(value);
      this.#lastText = value;
      return this.#lastOfText;
    }
    const last = this.#last;
    if (last === undefined || value !== last.value) return undefined;
    const { apiVersion, kind, name, namespace, uid, fieldPath } = identityOf(last.value);
    const isSame =
      name === last.name &&
      namespace === last.namespace &&
      uid === last.uid &&
      kind === last.kind &&
      apiVersion === last.apiVersion &&
      fieldPath === last.fieldPath;
    return isSame ? last.reference : undefined;
  }

  set(value: unknown, reference: Regarding): void {
    if (typeof value === 'object' && value !== null) {
      const identity = identityOf(value);
      // Not for a watch event or a review, because its object is nested deeper.
      this.#last = identity.name === undefined ? undefined : { value, ...identity, reference };
    } else if (typeof value === 'string') {
      this.#byText.set(detached(value), reference);
      this.#lastText = undefined;
    }
  }
}

function identityOf(value: object): Identity {
  try {
    const { apiVersion, kind, fieldPath, metadata } = value as Identity & { metadata?: unknown };
    const { name, namespace, uid } = (
      typeof metadata === 'object' && metadata !== null ? metadata : value
    ) as Identity;
    return { apiVersion, kind, name, namespace, uid, fieldPath };
  } catch {
    // It could be read before. The caller reads it again and reports what is wrong.
    return {};
  }
}
