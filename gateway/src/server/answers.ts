import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RowsAnswer } from '../api/endpoint.ts';
import { arrowStream } from '../format/arrow-rows.ts';
import { csv } from '../format/csv-rows.ts';
import { jsonArray, ndjson } from '../format/json-rows.ts';
import { FORMATS, type MediaType } from '../format/negotiate.ts';
import type { TimeStyle } from '../format/time-text.ts';
import type { Problem } from '../problem.ts';

const CHARSET = '; charset=utf-8';

/** Sends a page of rows in the format that was agreed on. */
export function sendRows(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: RowsAnswer,
  type: MediaType,
  style: TimeStyle,
): FastifyReply {
  const { next, positions } = answer;
  if (next !== undefined) reply.header('link', `<${nextPage(request.url, next)}>; rel="next"`);
  if (positions !== undefined) {
    const pairs = Object.entries(positions).map(([shard, position]) => `${shard}=${position}`);
    reply.header('feedmill-positions', pairs.join(','));
  }
  switch (FORMATS[type]) {
    case 'json':
      return reply.type(type + CHARSET).send(jsonPage(answer, style));
    case 'ndjson':
      return reply.type(type + CHARSET).send(ndjson(answer, style));
    case 'csv':
      return reply.type(`${type}${CHARSET}; header=present`).send(csv(answer, style));
    case 'arrow':
      return reply.type(type).send(Buffer.from(arrowStream(answer)));
  }
}

function jsonPage(answer: RowsAnswer, style: TimeStyle): string {
  const next = answer.next === undefined ? '' : `,"next":${JSON.stringify(answer.next)}`;
  const positions =
    answer.positions === undefined ? '' : `,"positions":${JSON.stringify(answer.positions)}`;
  return `{"items":${jsonArray(answer, style)}${next}${positions}}`;
}

/** The same request with another cursor. */
function nextPage(url: string, cursor: string): string {
  const at = url.indexOf('?');
  const path = at === -1 ? url : url.slice(0, at);
  const query = new URLSearchParams(at === -1 ? '' : url.slice(at + 1));
  query.set('cursor', cursor);
  return `${path}?${query.toString()}`;
}

export function sendProblem(reply: FastifyReply, problem: Problem, id: string): FastifyReply {
  return reply
    .status(problem.status)
    .headers(problem.headers)
    .type('application/problem+json')
    .send(JSON.stringify(problem.document(id)));
}
