/** An object whose contents are not known. */
export type Fields = { readonly [field: string]: unknown };

/** kubectl finds the Events of a mirror pod by the uid of its static pod (kubectl `pkg/describe`, PodDescriber). */
const MIRROR_ANNOTATION = 'kubernetes.io/config.mirror';
/** No object has more owners than this. */
const MAX_OWNERS = 64;

export function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null;
}

/** False for an absent field. YAML and JSON also write it as null or as an empty string. */
export function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

/** The uid that `kubectl describe` looks for, from the metadata of an object of this kind. */
export function uidOf(kind: unknown, { uid, annotations }: Fields): unknown {
  const mirrored = kind === 'Pod' && isObject(annotations) ? annotations[MIRROR_ANNOTATION] : undefined;
  return isGiven(mirrored) ? mirrored : uid;
}

/** The owner with `controller: true`. An object has at most one. */
export function findController(ownerReferences: unknown): Fields | undefined {
  if (!Array.isArray(ownerReferences)) return undefined;
  return ownerReferences
    .slice(0, MAX_OWNERS)
    .find((owner) => isObject(owner) && owner['controller'] === true);
}
