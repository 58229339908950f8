import type { FastifyInstance, FastifyReply } from 'fastify';
import type { ConsoleFiles } from './console-files.ts';

// Nothing of another host, nothing inline, in no frame.
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const YEAR_SECONDS = 31_536_000;
const RETRY_SECONDS = 2;

// Until the console is built. It comes again by itself.
const NOT_YET = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="refresh" content="${RETRY_SECONDS}">
<title>Feedmill</title>
<p>The console is being built; this page comes again in a moment.
`;

/** The console: the page and its files. They hold no data, so they need no key. */
export function addConsoleRoutes(app: FastifyInstance, files: ConsoleFiles): void {
  const serve = (path: string, reply: FastifyReply): FastifyReply => {
    reply.header('content-security-policy', CONTENT_SECURITY_POLICY);
    const file = files.file(path);
    if (file !== undefined) {
      const { type, bytes, isHashed } = file;
      const age = isHashed ? `public, max-age=${YEAR_SECONDS}, immutable` : 'no-cache';
      return reply.type(type).header('cache-control', age).send(bytes);
    }
    if (path === '/' && !files.isThere) {
      return reply
        .status(503)
        .header('retry-after', String(RETRY_SECONDS))
        .type('text/html; charset=utf-8')
        .send(NOT_YET);
    }
    return reply.callNotFound() as unknown as FastifyReply;
  };
  app.get('/', (_, reply) => serve('/', reply));
  app.get('/*', (request, reply) => {
    const { '*': path } = request.params as { readonly '*': string };
    return serve(`/${path}`, reply);
  });
}
