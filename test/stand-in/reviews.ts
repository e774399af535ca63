import type { Auth, User } from './auth.ts';
import { parseBody } from './bodies.ts';
import { type Json, seconds } from './status.ts';

/** Issues a token of a service account, as the body requests it. */
export function tokenRequest(auth: Auth, body: string, namespace: string, account: string): Json {
  const { spec = {} } = parseBody(body, 'TokenRequest');
  const { token, expiresAt } = auth.issue(namespace, account, {
    audiences: spec.audiences,
    seconds: spec.expirationSeconds,
    pod: spec.boundObjectRef?.name,
  });
  const status = { token, expirationTimestamp: seconds(expiresAt) };
  return { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1', metadata: {}, spec, status };
}

/** What the user may do, or the user that the review names. */
export function accessReview(auth: Auth, body: string, user: User): Json {
  const { spec, kind } = parseBody(body, 'SelfSubjectAccessReview');
  const { verb, group = '', resource, subresource, namespace = '', name = '' } = spec.resourceAttributes;
  const subject = spec.user ? { username: spec.user, groups: spec.groups ?? [] } : user;
  const what = subresource ? `${resource}/${subresource}` : resource;
  const reason = auth.allows(subject, { verb, group, resource: what, namespace, name });
  const status = { allowed: reason !== undefined, ...(reason && { reason }) };
  return { kind, apiVersion: 'authorization.k8s.io/v1', metadata: {}, spec, status };
}

/** Who the user is. */
export function selfReview(userInfo: User, now: number): Json {
  const metadata = { creationTimestamp: seconds(now) };
  const apiVersion = 'authentication.k8s.io/v1';
  return { kind: 'SelfSubjectReview', apiVersion, metadata, status: { userInfo } };
}
