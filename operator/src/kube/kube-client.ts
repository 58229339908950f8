import { FeedmillError } from '@feedmill/core/errors';
import { type ApiStatus, apiRefused, isNotFound } from './api-failure.ts';
import type { KubeObject } from './kube-object.ts';
import type { ApiAnswer, ApiRequest, KubeTransport, StreamListener } from './kube-transport.ts';
import { apiVersionOf, assertAllowed, pathOf, type Resource, type Verb } from './resource.ts';

const APPLY = 'application/apply-patch+yaml';
const MERGE_PATCH = 'application/merge-patch+json';

/** One page of a list. */
export interface ObjectList<T extends KubeObject> {
  readonly items: readonly T[];
  readonly resourceVersion: string;
  /** Where the next page begins; empty after the last. */
  readonly next: string;
}

/** Which objects of a kind are meant. */
export interface Selection {
  /** Empty: all namespaces. */
  readonly namespace: string;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface KubeClientOptions {
  readonly transport: KubeTransport;
  readonly requestMs: number;
  /** Called before everything that changes something; throws where we may not any more. */
  readonly guard?: (() => void) | undefined;
  /** Told of every request, for counting. */
  readonly onRequest?: ((verb: Verb, resource: Resource) => void) | undefined;
}

/** The calls that the operator makes, each held against what its resources declare. */
export class KubeClient {
  readonly #options: KubeClientOptions;

  constructor(options: KubeClientOptions) {
    this.#options = options;
  }

  /** @throws FeedmillError API_UNAVAILABLE or API_REFUSED, as every call here */
  async get<T extends KubeObject>(resource: Resource, namespace: string, name: string): Promise<T> {
    this.#note('get', resource);
    return await this.#call<T>({ method: 'GET', path: pathOf(resource, namespace, name) });
  }

  /** Undefined where there is no such object. */
  async find<T extends KubeObject>(
    resource: Resource,
    namespace: string,
    name: string,
  ): Promise<T | undefined> {
    try {
      return await this.get<T>(resource, namespace, name);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list<T extends KubeObject>(
    resource: Resource,
    selection: Selection,
    page: { readonly limit: number; readonly next: string },
  ): Promise<ObjectList<T>> {
    this.#note('list', resource);
    const query: Record<string, string> = selectors(selection);
    if (page.limit > 0) query['limit'] = String(page.limit);
    if (page.next !== '') query['continue'] = page.next;
    const found = await this.#call<{
      readonly items?: readonly T[] | null;
      readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
    }>({ method: 'GET', path: pathOf(resource, selection.namespace), query });
    const { resourceVersion, continue: next = '' } = found.metadata;
    return { items: found.items ?? [], resourceVersion, next };
  }

  /** Resolves when the server ends the watch. */
  async watch(
    resource: Resource,
    selection: Selection,
    from: { readonly resourceVersion: string; readonly timeoutMs: number },
    silence: { readonly silenceMs: number; readonly signal: AbortSignal },
    listener: StreamListener,
  ): Promise<void> {
    this.#note('watch', resource);
    const query = {
      ...selectors(selection),
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: from.resourceVersion,
      timeoutSeconds: String(Math.ceil(from.timeoutMs / 1000)),
    };
    const request: ApiRequest = {
      method: 'GET',
      path: pathOf(resource, selection.namespace),
      query,
    };
    const { silenceMs, signal } = silence;
    const answer = await this.#options.transport.stream(request, listener, silenceMs, signal);
    if (answer.code >= 300) throw refusalOf(answer, request);
  }

  /** Server-side apply: what `manager` said before and does not say now is removed. */
  async apply<T extends KubeObject>(
    resource: Resource,
    object: KubeObject,
    manager: string,
    subresource?: string,
  ): Promise<T> {
    this.#change('patch', resource, subresource);
    const { namespace = '', name } = object.metadata;
    const path = pathOf(resource, namespace, name, subresource);
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    const query = { fieldManager: manager, force: 'true' };
    return await this.#call<T>({ method: 'PATCH', path, query, contentType: APPLY, body });
  }

  /** @throws FeedmillError for which `isConflict` where it is there already */
  async create<T extends KubeObject>(resource: Resource, object: KubeObject): Promise<T> {
    this.#change('create', resource);
    const path = pathOf(resource, object.metadata.namespace ?? '');
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return await this.#call<T>({ method: 'POST', path, body });
  }

  /**
   * Replaces an object, only as it was read.
   *
   * @throws FeedmillError for which `isConflict` where its resourceVersion is another by now
   */
  async update<T extends KubeObject>(resource: Resource, object: KubeObject): Promise<T> {
    this.#change('update', resource);
    const { namespace = '', name } = object.metadata;
    const body = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...object };
    return await this.#call<T>({ method: 'PUT', path: pathOf(resource, namespace, name), body });
  }

  /** Changes single fields of an object that somebody else made. */
  async mergePatch(
    resource: Resource,
    namespace: string,
    name: string,
    body: object,
  ): Promise<void> {
    this.#change('patch', resource);
    const path = pathOf(resource, namespace, name);
    await this.#call({ method: 'PATCH', path, contentType: MERGE_PATCH, body });
  }

  /**
   * Deletes the very object that was read, not one that came after it. One that is gone is deleted.
   *
   * @param cascade `Orphan` leaves what the object owns
   */
  async delete(
    resource: Resource,
    { metadata }: KubeObject,
    cascade: 'Background' | 'Orphan' = 'Background',
  ): Promise<void> {
    this.#change('delete', resource);
    const { namespace = '', name, uid } = metadata;
    const body = {
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: cascade,
      ...(uid === undefined ? {} : { preconditions: { uid } }),
    };
    try {
      await this.#call({ method: 'DELETE', path: pathOf(resource, namespace, name), body });
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }

  #change(verb: Verb, resource: Resource, subresource?: string): void {
    this.#options.guard?.();
    this.#note(verb, resource, subresource);
  }

  #note(verb: Verb, resource: Resource, subresource?: string): void {
    assertAllowed(resource, verb, subresource);
    this.#options.onRequest?.(verb, resource);
  }

  async #call<T>(request: ApiRequest): Promise<T> {
    const { transport, requestMs } = this.#options;
    const answer = await transport.send(request, requestMs);
    if (answer.code >= 300) throw refusalOf(answer, request);
    try {
      return JSON.parse(answer.text) as T;
    } catch (error) {
      throw new FeedmillError(
        'API_UNAVAILABLE',
        `The API server's answer to ${request.method} ${request.path} is not JSON.`,
        { cause: error },
      );
    }
  }
}

function selectors({ labelSelector, fieldSelector }: Selection): Record<string, string> {
  return {
    ...(labelSelector === undefined ? {} : { labelSelector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
}

function refusalOf(answer: ApiAnswer, { method, path }: ApiRequest): FeedmillError {
  return apiRefused(statusOf(answer), `${method} ${path}`);
}

/** The server's Status object; a proxy in between may have answered with something else. */
function statusOf({ code, text, retryAfterMs }: ApiAnswer): ApiStatus {
  const wait = retryAfterMs === undefined ? {} : { retryAfterMs };
  try {
    const { reason = '', message = '' } = JSON.parse(text) as Partial<ApiStatus>;
    return { code, reason, message, ...wait };
  } catch {
    return { code, reason: '', message: text.slice(0, 200), ...wait };
  }
}
