import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { KubeObject } from '../kube/kube-object.ts';
import { ObjectTable, type TableEvent, TableFault } from './object-table.ts';

/** A request as a script sees it. */
export interface SeenRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly isWatch: boolean;
}

/** Answers a request instead of the server; false lets the server answer. */
export type Script = (request: SeenRequest, response: ServerResponse) => boolean;

interface Target {
  readonly collection: string;
  readonly namespace: string;
  readonly name: string | undefined;
  readonly subresource: string | undefined;
}

interface Watcher {
  readonly target: Target;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

/**
 * An API server over real HTTP, as far as clients can tell: lists in pages, watches with bookmarks,
 * server-side apply. A script may take over any answer, to cut, stall or refuse it.
 */
export class ApiServer {
  readonly table = new ObjectTable();
  readonly requests: SeenRequest[] = [];
  /** Asked in turn, the newest first. */
  readonly scripts: Script[] = [];
  readonly #server: Server;
  readonly #watchers = new Set<Watcher>();

  private constructor(server: Server) {
    this.#server = server;
    this.table.onEvent = (event) => this.#tell(event);
    server.on('request', (request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ApiServer> {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return new ApiServer(server);
  }

  get url(): URL {
    return new URL(`http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`);
  }

  get watchers(): number {
    return this.#watchers.size;
  }

  /** Requests that change something. */
  get writes(): readonly SeenRequest[] {
    return this.requests.filter(({ method }) => method !== 'GET');
  }

  /** Sends text to every watcher as it is. */
  say(text: string): void {
    for (const { response } of this.#watchers) response.write(text);
  }

  /** Ends every watch, in order or by cutting the connection. */
  endWatches(how: 'end' | 'cut'): void {
    for (const { response } of this.#watchers) {
      if (how === 'end') response.end();
      else response.destroy();
    }
    this.#watchers.clear();
  }

  bookmark(): void {
    const metadata = { resourceVersion: String(this.table.version) };
    this.say(`${JSON.stringify({ type: 'BOOKMARK', object: { metadata } })}\n`);
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://api');
    const seen: SeenRequest = {
      method: request.method ?? 'GET',
      path: url.pathname,
      query: url.searchParams,
      isWatch: url.searchParams.get('watch') === '1',
    };
    this.requests.push(seen);
    const parts: Buffer[] = [];
    for await (const part of request as AsyncIterable<Buffer>) parts.push(part);
    for (const script of [...this.scripts].reverse()) if (script(seen, response)) return;
    try {
      const text = Buffer.concat(parts).toString('utf8');
      const body = (text === '' ? {} : JSON.parse(text)) as KubeObject;
      const target = targetOf(url.pathname);
      if (seen.isWatch) this.#watch(target, url.searchParams, response);
      else if (seen.method === 'GET' && target.name === undefined) {
        send(response, 200, this.#list(target, url.searchParams));
      } else send(response, 200, this.#change(seen, target, body, request));
    } catch (error) {
      if (error instanceof TableFault) sendStatus(response, error.code, error);
      else sendStatus(response, 500, { reason: 'InternalError', message: String(error) });
    }
  }

  #change(
    { method, query }: SeenRequest,
    { collection, namespace, name = '', subresource }: Target,
    body: KubeObject,
    request: IncomingMessage,
  ): KubeObject {
    const { table } = this;
    switch (method) {
      case 'GET':
        return table.get(collection, namespace, name);
      case 'POST':
        return table.create(collection, body);
      case 'PUT':
        return table.update(collection, body);
      case 'PATCH': {
        if (request.headers['content-type'] === 'application/merge-patch+json') {
          return table.mergePatch(collection, namespace, name, body as never);
        }
        return table.apply(collection, subresource, body, query.get('fieldManager') ?? '');
      }
      case 'DELETE': {
        const { preconditions } = body as { preconditions?: { uid?: string } };
        return table.delete(collection, namespace, name, preconditions?.uid);
      }
      default:
        throw new TableFault(405, 'MethodNotAllowed', method);
    }
  }

  #list({ collection, namespace }: Target, query: URLSearchParams): object {
    const items = this.table
      .list(collection, namespace)
      .filter((object) => isSelected(object, query));
    const limit = Number(query.get('limit') ?? 0);
    const from = Number(query.get('continue') ?? 0);
    const page = limit > 0 ? items.slice(from, from + limit) : items;
    const isMore = from + page.length < items.length;
    const metadata = {
      resourceVersion: String(this.table.version),
      ...(isMore ? { continue: String(from + page.length) } : {}),
    };
    return { kind: 'List', metadata, items: page };
  }

  #watch(target: Target, query: URLSearchParams, response: ServerResponse): void {
    const from = Number(query.get('resourceVersion') ?? 0);
    if (from < this.table.compactedVersion) {
      throw new TableFault(410, 'Expired', `too old resource version: ${from}`);
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    const watcher = { target, query, response };
    this.#watchers.add(watcher);
    response.on('close', () => this.#watchers.delete(watcher));
    for (const event of this.table.history) if (event.version > from) sendEvent(watcher, event);
  }

  #tell(event: TableEvent): void {
    for (const watcher of this.#watchers) sendEvent(watcher, event);
  }
}

/** Refuses with a Status object, as the API server does. */
export function sendStatus(
  response: ServerResponse,
  code: number,
  { reason, message }: { readonly reason: string; readonly message: string },
  headers: Readonly<Record<string, string>> = {},
): void {
  const body = { kind: 'Status', status: 'Failure', code, reason, message };
  response.writeHead(code, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function sendEvent({ target, query, response }: Watcher, event: TableEvent): void {
  const { collection, object, type } = event;
  const isHere = target.namespace === '' || target.namespace === object.metadata.namespace;
  if (collection !== target.collection || !isHere || !isSelected(object, query)) return;
  response.write(`${JSON.stringify({ type, object })}\n`);
}

function isSelected({ metadata }: KubeObject, query: URLSearchParams): boolean {
  const labels = (query.get('labelSelector') ?? '').split(',').filter((each) => each !== '');
  const fields = (query.get('fieldSelector') ?? '').split(',').filter((each) => each !== '');
  return (
    labels.every((each) => {
      const [name = '', value = ''] = each.split('=');
      return metadata.labels?.[name] === value;
    }) && fields.every((each) => each === `metadata.name=${metadata.name}`)
  );
}

const TARGET = new RegExp(
  [
    '^(?<root>/api/v1|/apis/[^/]+/[^/]+)',
    '(?:/namespaces/(?<namespace>[^/]+))?',
    '/(?<plural>[a-z]+)(?:/(?<name>[^/]+))?(?:/(?<part>[a-z]+))?$',
  ].join(''),
);

function targetOf(path: string): Target {
  const match = TARGET.exec(path);
  if (match?.groups === undefined) throw new TableFault(404, 'NotFound', path);
  const { root, namespace, plural, name, part } = match.groups;
  return {
    collection: `${root}/${plural}`,
    namespace: namespace ?? '',
    name,
    subresource: part,
  };
}
