import { BoundedMap } from '../bounded-map.ts';
import { type Answer, type Api, get, type JsonObject } from './client.ts';

/** A kind that the API server serves. */
export interface Resource {
  /** Such as `Deployment`. */
  kind: string;
  /** Its name in paths, such as `deployments`. */
  plural: string;
  isNamespaced: boolean;
  /** What kubectl takes for it, in lower case: kind, plural, singular and short names. */
  names: readonly string[];
}

/** An answer that is not what was asked for. */
interface Failure {
  failure: Answer;
}

type Listing = { resources: readonly Resource[] } | Failure;

/** The clusters with the most definitions serve some hundred versions of groups. */
const MAX_REMEMBERED = 256;

/** Asks the API server which kinds it serves. What it says is remembered; a failure is asked again the next time. */
export class Discovery {
  readonly #api: Pick<Api, 'request'>;
  /** By version of a group. */
  readonly #listings = new BoundedMap<string, Promise<Listing>>(MAX_REMEMBERED);

  constructor(api: Pick<Api, 'request'>) {
    this.#api = api;
  }

  /**
   * The resources of a version of a group, such as `apps/v1`, or the answer that has none. It never rejects.
   * @param timeoutMs how long to wait for the answer; whoever asks for the same meanwhile waits as long
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

  /** Asks again the next time. */
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
   * The version of a group that the API server prefers, such as `example.org/v1`, or the answer that has none: 404 when
   * there is no such group. It never rejects, and nothing of it is remembered.
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

/** Without `deployments/status` and the like, which are parts of what has the plain name. */
function readResource(resource: JsonObject | null): Resource[] {
  const { kind, name: plural, namespaced, singularName, shortNames } = resource ?? {};
  if (typeof kind !== 'string' || typeof plural !== 'string' || !/^[a-z0-9.-]+$/.test(plural)) return [];
  const more = [singularName, ...(Array.isArray(shortNames) ? shortNames : [])];
  const names = [kind.toLowerCase(), plural, ...more.filter((name) => typeof name === 'string')];
  return [{ kind, plural, isNamespaced: namespaced !== false, names }];
}
