import type { FastifyInstance } from 'fastify';

const METHODS = 'GET, HEAD, POST, PATCH, DELETE';
const REQUEST_HEADERS = 'authorization, content-type, accept, last-event-id';
const ANSWER_HEADERS =
  'link, feedmill-positions, ratelimit, ratelimit-policy, retry-after, www-authenticate';
const PREFLIGHT_SECONDS = 600;

/**
 * Lets pages of other origins call the API (Fetch standard, CORS protocol). Keys come in a header
 * that a page has to set itself, so no cookies and no credentials are involved.
 *
 * @param origins separated by commas; * for all, empty for none
 */
export function addCors(app: FastifyInstance, origins: string): void {
  const allowed = new Set(
    origins
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  );
  if (allowed.size === 0) return;
  app.addHook('onRequest', async (request, reply) => {
    const { origin } = request.headers;
    if (!allowed.has('*')) reply.header('vary', 'Origin');
    if (origin === undefined || !(allowed.has('*') || allowed.has(origin))) return;
    reply.header('access-control-allow-origin', allowed.has('*') ? '*' : origin);
    reply.header('access-control-expose-headers', ANSWER_HEADERS);
    const isPreflight = request.headers['access-control-request-method'] !== undefined;
    if (request.method !== 'OPTIONS' || !isPreflight) return;
    reply.headers({
      'access-control-allow-methods': METHODS,
      'access-control-allow-headers': REQUEST_HEADERS,
      'access-control-max-age': String(PREFLIGHT_SECONDS),
    });
    await reply.status(204).send();
  });
}
