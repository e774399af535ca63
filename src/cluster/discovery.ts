import { BoundedMap } from '../bounded-map.ts';
import { type Answer, type Api, get, type JsonObject } from './client.ts';

/** A kind that the API server serves. */
export interface Resource {
  /** Such as `Deployment`. */
  kind: string;
  /** The name in paths, such as `deployments`. */
  plural: string;
  isNamespaced: boolean;
  /** The names that kubectl accepts, in lower case: kind, plural, singular and short names. */
  names: readonly string[];
}

/** An answer without the requested list. */
interface Failure {
  failure: Answer;
}

type Listing = { resources: readonly Resource[] } | Failure;

/** Clusters with very many definitions serve a few hundred versions of groups. */
const MAX_REMEMBERED = 256;

/** Asks the API server which kinds it serves. Answers are remembered. After a failure, it asks again the next time. */
export class Discovery {
  readonly #api: Pick<Api, 'request'>;
  /** The listings by version of a group. */
  readonly #listings = new BoundedMap<string, Promise<Listing>>(MAX_REMEMBERED);

  constructor(api: Pick<Api, 'request'>) {
    this.#api = api;
  }

  /**
   * The resources of a version of a group, such as `apps/v1`, or an answer without them. It never rejects.
   * @param timeoutMs how long to wait for the answer. Others who ask for the same in the meantime wait as long
   */
  resourcesOf(apiVersion: string, timeoutMs: number): Promise<Listing> {
    const known = this.#listings.get(apiVersion);
    if (known !== undefined) return known;
    const listing = this.#list(apiVersion, timeoutMs);
    this.#listings.set(apiVersion, listing);
    void listing.then((result) => {
      if ('failure' in result && this.#listings.get(apiVersion) === listing)
        this.#listings.delete(apiVersion);
    });
    return listing;
  }

  /** Makes the next call ask again. */
  forget(apiVersion: string): void {
    this.#listings.delete(apiVersion);
  }

  async #list(apiVersion: string, timeoutMs: number): Promise<Listing> {
    const root = apiVersion.includes('/') ? '/apis' : '/api';
    const answer = await get(this.#api, `${root}/${apiVersion}`, timeoutMs);
    const resources = bodyOf(answer)?.['resources'];
    return Array.isArray(resources) ? { resources: resources.flatMap(readResource) } : { failure: answer };
  }

  /**
   * The version of a group that the API server prefers, such as `example.org/v1`, or an answer without it: 404 if there is
   * no such group. It never rejects, and the answer is not remembered.
   */
  async preferredVersion(group: string, timeoutMs: number): Promise<{ apiVersion: string } | Failure> {
    const answer = await get(this.#api, `/apis/${group}`, timeoutMs);
    const preferred = bodyOf(answer)?.['preferredVersion'] as JsonObject | undefined;
    const apiVersion = preferred?.['groupVersion'];
    return typeof apiVersion === 'string' ? { apiVersion } : { failure: answer };
  }
}

function bodyOf(answer: Answer): JsonObject | undefined {
  return 'status' in answer && answer.status === 200 ? answer.body : undefined;
}

/** Without subresources such as `deployments/status`, which are parts of the resource with the plain name. */
function readResource(resource: JsonObject | null): Resource[] {
  const { kind, name: plural, namespaced, singularName, shortNames } = resource ?? {};
  if (typeof kind !== 'string' || typeof plural !== 'string' || !/^[a-z0-9.-]+$/.test(plural)) return [];
  const more = [singularName, ...(Array.isArray(shortNames) ? shortNames : [])];
  const names = [kind.toLowerCase(), plural, ...more.filter((name) => typeof name === 'string')];
  return [{ kind, plural, isNamespaced: namespaced !== false, names }];
}
