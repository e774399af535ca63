import { generateKeyPairSync, randomUUID, sign, verify } from 'node:crypto';
import { type Kind, kindNamed } from './kinds.ts';
import { type Json, StatusError } from './status.ts';
import type { Store } from './store.ts';

export interface User {
  username: string;
  uid?: string;
  groups: string[];
  extra?: Record<string, string[]>;
}

export interface Access {
  verb: string;
  group: string;
  resource: string;
  namespace: string;
  name: string;
}

export interface TokenOptions {
  audiences?: string[];
  seconds?: number;
  pod?: string;
}

const issuer = 'https://kubernetes.default.svc';
const administrator: User = { username: 'kubernetes-admin', groups: ['system:masters'] };
const anonymous: User = { username: 'system:anonymous', groups: ['system:unauthenticated'] };

export const serviceAccounts = kindNamed('ServiceAccount');
const [pods, nodes] = [kindNamed('Pod'), kindNamed('Node')];
const [roles, bindings] = [kindNamed('Role'), kindNamed('RoleBinding')];
const [clusterRoles, clusterBindings] = [kindNamed('ClusterRole'), kindNamed('ClusterRoleBinding')];

/**
 * Finds out who sends a request and what they may do, from the tokens of service accounts and the RBAC objects in the
 * store.
 */
export class Auth {
  readonly adminToken = randomUUID();
  readonly #key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  readonly #claims = new Map<string, Json>();
  readonly #revoked = new Set<string>();
  readonly #store: Store;
  readonly #now: () => number;

  constructor(store: Store, now: () => number) {
    this.#store = store;
    this.#now = now;
  }

  issue(
    namespace: string,
    account: string,
    options: TokenOptions = {},
  ): { token: string; expiresAt: number } {
    const identify = (object: Json) => object && { name: object.metadata.name, uid: object.metadata.uid };
    const pod = options.pod ? this.#store.get(pods, namespace, options.pod) : undefined;
    const node = pod?.spec?.nodeName ? this.#store.get(nodes, '', pod.spec.nodeName) : undefined;
    const iat = Math.floor(this.#now() / 1000);
    const exp = iat + (options.seconds ?? 3600);
    const claims = {
      aud: options.audiences ?? [issuer],
      exp,
      iat,
      iss: issuer,
      jti: randomUUID(),
      'kubernetes.io': {
        namespace,
        ...(node && { node: identify(node) }),
        ...(pod && { pod: identify(pod) }),
        serviceaccount: identify(this.#store.get(serviceAccounts, namespace, account)),
      },
      nbf: iat,
      sub: `system:serviceaccount:${namespace}:${account}`,
    };
    const text = [{ alg: 'ES256', kid: 'stand-in' }, claims]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.');
    const signature = sign('sha256', Buffer.from(text), {
      key: this.#key.privateKey,
      dsaEncoding: 'ieee-p1363',
    });
    return { token: `${text}.${signature.toString('base64url')}`, expiresAt: exp * 1000 };
  }

  revoke(token: string): void {
    this.#revoked.add(token);
  }

  authenticate(authorization: string | undefined): User {
    const token = /^Bearer\s+(\S+)/i.exec(authorization ?? '')?.[1];
    if (!token) return anonymous;
    if (token === this.adminToken) return administrator;
    const claims = this.#verified(token);
    if (!claims || this.#revoked.has(token) || claims.exp * 1000 <= this.#now()) throw unauthorized();
    if (!claims.aud.includes(issuer)) throw unauthorized();
    const { namespace, serviceaccount, pod, node } = claims['kubernetes.io'];
    const exists = (kind: Kind, { name, uid }: Json) =>
      this.#store.get(kind, namespace, name)?.metadata.uid === uid;
    if (!exists(serviceAccounts, serviceaccount) || (pod && !exists(pods, pod))) throw unauthorized();
    const about = (key: string, value: string) => ({ [`authentication.kubernetes.io/${key}`]: [value] });
    return {
      username: claims.sub,
      uid: serviceaccount.uid,
      groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
      extra: {
        ...about('credential-id', `JTI=${claims.jti}`),
        ...(node && { ...about('node-name', node.name), ...about('node-uid', node.uid) }),
        ...(pod && { ...about('pod-name', pod.name), ...about('pod-uid', pod.uid) }),
      },
    };
  }

  /** The reason why a user may do something; undefined if they may not. */
  allows(user: User, access: Access): string | undefined {
    if (user.groups.includes('system:masters')) return 'in system:masters';
    if (access.resource.startsWith('selfsubject') && user !== anonymous) return 'every user may';
    const of = (kind: Kind, namespace: string) =>
      this.#store.list(kind, namespace).map((binding) => ({ binding, kind, namespace }));
    const all = [...of(clusterBindings, ''), ...(access.namespace ? of(bindings, access.namespace) : [])];
    for (const { binding, kind, namespace } of all) {
      const subject = (binding.subjects ?? []).find((each: Json) => isSubject(user, each, namespace));
      if (!subject) continue;
      const roleKind = binding.roleRef.kind === 'Role' ? roles : clusterRoles;
      const role = this.#store.get(roleKind, roleKind.namespaced ? namespace : '', binding.roleRef.name);
      if (!role?.rules?.some((rule: Json) => covers(rule, access))) continue;
      const where = namespace ? `/${namespace}` : '';
      const who = `${subject.kind} "${subject.name}${subject.namespace ? `/${subject.namespace}` : ''}"`;
      return `RBAC: allowed by ${kind.kind} "${binding.metadata.name}${where}" of ${roleKind.kind} "${binding.roleRef.name}" to ${who}`;
    }
    return undefined;
  }

  #verified(token: string): Json | undefined {
    if (this.#claims.has(token)) return this.#claims.get(token);
    const [header, payload, signature = ''] = token.split('.');
    const key = { key: this.#key.publicKey, dsaEncoding: 'ieee-p1363' as const };
    const text = Buffer.from(`${header}.${payload}`);
    if (!verify('sha256', text, key, Buffer.from(signature, 'base64url'))) return undefined;
    const claims = JSON.parse(Buffer.from(payload ?? '', 'base64url').toString());
    this.#claims.set(token, claims);
    return claims;
  }
}

const unauthorized = () => new StatusError(401, 'Unauthorized', 'Unauthorized');

function isSubject(user: User, subject: Json, namespace: string): boolean {
  if (subject.kind === 'Group') return user.groups.includes(subject.name);
  if (subject.kind === 'User') return user.username === subject.name;
  return user.username === `system:serviceaccount:${subject.namespace ?? namespace}:${subject.name}`;
}

function covers(rule: Json, { verb, group, resource, name }: Access): boolean {
  const has = (list: string[] | undefined, value: string) =>
    list?.some((item) => item === '*' || item === value);
  const named = !rule.resourceNames?.length || rule.resourceNames.includes(name);
  return Boolean(
    has(rule.verbs, verb) && has(rule.apiGroups, group) && has(rule.resources, resource) && named,
  );
}
