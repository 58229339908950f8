import { fileURLToPath } from 'node:url';

/**
 * Where Node keeps what it compiled, for us and for the children: most of a short command's time,
 * and much of a worker's start, is spent on loading code. In the checkout and not in /tmp, where
 * others could put something. Where it may not be written, Node goes on without.
 */
export const COMPILE_CACHE_FOLDER = fileURLToPath(
  new URL('../../node_modules/.cache/feedmill-compile', import.meta.url),
);
