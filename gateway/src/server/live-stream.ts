import type { FastifyReply, FastifyRequest } from 'fastify';
import type { StreamAnswer } from '../api/endpoint.ts';
import { SseOutlet } from '../live/sse-outlet.ts';

/** Answers with a stream, which lasts until one of both ends it. */
export function sendStream(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: StreamAnswer,
): FastifyReply {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // A proxy that gathered messages would make them late.
    'x-accel-buffering': 'no',
  });
  request.raw.socket.setNoDelay(true);
  const outlet = new SseOutlet(raw);
  outlet.serve(answer.begin(outlet));
  return reply;
}
