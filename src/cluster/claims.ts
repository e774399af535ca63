/** The contents of a service account token. Nothing is verified here, because the API server does that. */
export interface Claims {
  /** When it expires, in seconds since the epoch; undefined: never. */
  expiresAt: number | undefined;
  /** The audience, as it is in the token: a name or a list of names. */
  audience: unknown;
  namespace: string | undefined;
  serviceAccountName: string | undefined;
  /** The pod that the token is bound to. */
  podName: string | undefined;
  podUid: string | undefined;
  /** The node of that pod. */
  nodeName: string | undefined;
}

/**
 * Reads the claims that the API server puts into every bound token (KEP-1205, the node since KEP-4193).
 * @returns undefined when it is not a JSON Web Token
 */
export function readClaims(token: string): Claims | undefined {
  let claims: unknown;
  try {
    claims = JSON.parse(Buffer.from(token.split('.', 2)[1] ?? '', 'base64url').toString());
  } catch {
    return undefined;
  }
  if (typeof claims !== 'object' || claims === null) return undefined;
  const about = at(claims, 'kubernetes.io');
  const expiresAt = at(claims, 'exp');
  return {
    expiresAt: typeof expiresAt === 'number' ? expiresAt : undefined,
    audience: at(claims, 'aud'),
    namespace: textAt(about, 'namespace'),
    serviceAccountName: textAt(at(about, 'serviceaccount'), 'name'),
    podName: textAt(at(about, 'pod'), 'name'),
    podUid: textAt(at(about, 'pod'), 'uid'),
    nodeName: textAt(at(about, 'node'), 'name'),
  };
}

function at(value: unknown, field: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[field] : undefined;
}

function textAt(value: unknown, field: string): string | undefined {
  const text = at(value, field);
  return typeof text === 'string' ? text : undefined;
}
