import type { Readiness } from '@feedmill/core/probes';
import type { FastifyInstance } from 'fastify';

/** Whether the gateway lives, and whether it answers questions: the only ones without a key. */
export function addHealthRoutes(app: FastifyInstance, readiness: () => Readiness): void {
  app.get('/livez', (_, reply) => reply.type('text/plain; charset=utf-8').send('ok\n'));
  app.get('/readyz', (_, reply) => {
    const state = readiness();
    return reply
      .status(state.ready ? 200 : 503)
      .type('text/plain; charset=utf-8')
      .send(state.ready ? 'ok\n' : `${state.why}\n`);
  });
}
