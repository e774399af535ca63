/** An object of which nothing is known. */
export type Fields = { readonly [field: string]: unknown };

/** A mirror pod is known to kubectl by the uid of its static pod (kubectl `pkg/describe`, PodDescriber). */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** More owners than any object has. */
const MAX_OWNERS = 64;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** YAML and JSON write an absent field also as null or as an empty string. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** The uid that `kubectl describe` looks for, of an object of this kind with this metadata. */
export function uidOf(kind: unknown, { uid, annotations }: Fields): unknown {
  const mirrored = kind === 'Pod' && isObject(annotations) ? annotations[MIRROR_ANNOTATION] : undefined;
  return isGiven(mirrored) ? mirrored : uid;
}

/** The owner that is in charge (`controller: true`); an object has at most one. */
export function findController(ownerReferences: unknown): Fields | undefined {
  if (!Array.isArray(ownerReferences)) return undefined;
  return ownerReferences
    .slice(0, MAX_OWNERS)
    .find((owner) => isObject(owner) && owner['controller'] === true);
}
