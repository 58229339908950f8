import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HttpServer, Metrics, Readiness } from '../probes.ts';

// A scrape or probe takes milliseconds; whoever needs longer is not one.
const REQUEST_TIMEOUT_MS = 5_000;
const CONNECTIONS_MAX = 64;

/** Serves /metrics, /livez and /readyz. */
export async function startProbeServer(
  listen: string,
  registry: Metrics,
  readiness: () => Readiness,
): Promise<HttpServer> {
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT_MS }, (request, response) => {
    const answer = (status: number, body: string, type = 'text/plain; charset=utf-8'): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const path = new URL(request.url ?? '/', 'http://probes').pathname;
    if (path === '/metrics') {
      registry.metrics().then(
        (text) => answer(200, text, registry.contentType),
        (error: unknown) => answer(500, `The metrics cannot be collected: ${String(error)}\n`),
      );
    } else if (path === '/livez') {
      answer(200, 'ok\n');
    } else if (path === '/readyz') {
      const state = readiness();
      answer(state.ready ? 200 : 503, state.ready ? 'ok\n' : `${state.why}\n`);
    } else {
      answer(404, 'Nothing is here; try /metrics, /livez or /readyz.\n');
    }
  });
  server.maxConnections = CONNECTIONS_MAX;
  const separator = listen.lastIndexOf(':');
  const host = listen.slice(0, separator);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(Number(listen.slice(separator + 1)), host, resolve);
  });
  return {
    address: `${host}:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
