import type { Clock } from '@feedmill/core/clock';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import type { AccessControl, Admitted } from '../access/access-control.ts';
import type { Audit } from '../access/audit.ts';
import type { Answer, Endpoint, Services } from '../api/endpoint.ts';
import { readBody, readPath, readQuery } from '../api/read-query.ts';
import { MEDIA_TYPES, type MediaType, negotiate } from '../format/negotiate.ts';
import type { TimeStyle } from '../format/time-text.ts';
import type { GatewayLimits } from '../limits.ts';
import type { GatewayMetrics } from '../observe/gateway-metrics.ts';
import { Problem } from '../problem.ts';
import { sendProblem, sendRows } from './answers.ts';
import { addCors } from './cors.ts';
import { problemOf, refusedSocket } from './failures.ts';
import { sendStream } from './live-stream.ts';

/** A log as pino is one. */
export interface GatewayLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface ServerOptions {
  readonly endpoints: readonly Endpoint[];
  readonly services: Services;
  readonly access: AccessControl;
  readonly limits: GatewayLimits;
  readonly metrics: GatewayMetrics;
  readonly clock: Clock;
  readonly log: GatewayLog;
  /** Certificate and key, PEM; undefined serves without TLS. */
  readonly tls: { readonly cert: Buffer; readonly key: Buffer } | undefined;
  readonly trustProxy: boolean;
  /** Origins whose pages may call, separated by commas. */
  readonly corsOrigins: string;
  readonly audit: Audit;
}

/** What is known of a request beside what Fastify knows. */
interface Passage {
  readonly startedMs: number;
  admitted?: Admitted;
}

/** The HTTP server with all endpoints; not listening yet. */
export function makeServer(options: ServerOptions): FastifyInstance {
  const { limits, access, clock, metrics, log } = options;
  const passages = new WeakMap<FastifyRequest, Passage>();
  const app = fastifyOf(options);
  app.addHook('onRequest', async (request, reply) => {
    passages.set(request, { startedMs: clock.monotonicMs() });
    reply.header('x-content-type-options', 'nosniff');
    reply.header('referrer-policy', 'no-referrer');
    access.admitAddress(request.ip);
    const { length } = request.raw.url ?? '';
    if (length > limits.urlBytesMax) {
      throw new Problem(
        'uri-too-long',
        `Path and query have ${length} characters, ${limits.urlBytesMax} are allowed.`,
      );
    }
  });
  app.addHook('onResponse', async (request, reply) => {
    const endpoint = endpointOf(request);
    metrics.requests.inc({ endpoint, status: reply.statusCode });
    const { startedMs, admitted } = passages.get(request) ?? {};
    if (startedMs === undefined) return;
    const durationMs = clock.monotonicMs() - startedMs;
    metrics.requestSeconds.observe({ endpoint }, durationMs / 1000);
    if (!request.url.startsWith('/v1/')) return;
    options.audit({
      request: request.id,
      address: request.ip,
      principal: admitted?.principal,
      method: request.method,
      target: request.url.slice(0, limits.urlBytesMax),
      status: reply.statusCode,
      durationMs,
    });
  });
  app.setErrorHandler((error, request, reply) => {
    const problem = problemOf(error, limits.bodyBytesMax);
    metrics.problems.inc({ kind: problem.kind });
    if (problem.kind === 'internal') {
      log.error(
        { request: request.id, url: request.routeOptions.url, err: error },
        problem.message,
      );
    }
    return sendProblem(reply, problem, request.id);
  });
  app.setNotFoundHandler((request) => {
    throw new Problem('not-found', `There is nothing at ${request.url.split('?')[0]}.`);
  });
  addCors(app, options.corsOrigins);
  for (const endpoint of options.endpoints) addEndpoint(app, endpoint, options, passages);
  addRefusedMethods(app, options.endpoints);
  return app;
}

const endpointOf = (request: FastifyRequest): string => request.routeOptions.url ?? 'none';

function fastifyOf({ limits, tls, trustProxy, metrics }: ServerOptions): FastifyInstance {
  let requests = 0;
  const app = Fastify({
    ...(tls !== undefined && { https: { ...tls, minVersion: 'TLSv1.2' } }),
    trustProxy,
    bodyLimit: limits.bodyBytesMax,
    requestTimeout: limits.requestTimeoutMs,
    keepAliveTimeout: limits.keepAliveTimeoutMs,
    forceCloseConnections: true,
    genReqId: () => {
      requests += 1;
      return requests.toString(36);
    },
    // What comes in the query is read by the schema of the endpoint alone.
    routerOptions: { querystringParser: () => ({}), maxParamLength: limits.urlBytesMax },
    frameworkErrors: (error, request, reply) => {
      void sendProblem(reply, problemOf(error, limits.bodyBytesMax), request.id);
    },
    clientErrorHandler(error, socket) {
      if (!socket.writable) return;
      const problem = refusedSocket(error.code);
      metrics.problems.inc({ kind: problem.kind });
      const body = JSON.stringify(problem.document());
      socket.end(
        `HTTP/1.1 ${problem.status} Refused\r\ncontent-type: application/problem+json\r\n` +
          `content-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
      );
    },
  }) as unknown as FastifyInstance;
  app.server.headersTimeout = limits.headersTimeoutMs;
  app.server.maxConnections = limits.socketsMax;
  return app;
}

function addEndpoint(
  app: FastifyInstance,
  endpoint: Endpoint,
  options: ServerOptions,
  passages: WeakMap<FastifyRequest, Passage>,
): void {
  const { access, services } = options;
  app.route({
    method: endpoint.method,
    url: routeOf(endpoint.path),
    // Before the body is read.
    async onRequest(request, reply) {
      const { authorization } = request.headers;
      const admitted = await access.admit(request.ip, authorization, endpoint.scope);
      reply.headers(admitted.headers);
      const passage = passages.get(request);
      if (passage !== undefined) passage.admitted = admitted;
    },
    async handler(request, reply) {
      const admitted = passages.get(request)?.admitted;
      if (admitted === undefined) throw new Error('a request came past its admission');
      const type = negotiatedType(endpoint, request.headers.accept);
      const query = readQuery(endpoint.query, searchOf(request));
      const answer = await endpoint.handle(
        {
          principal: admitted.principal,
          query,
          path: readPath(endpoint.pathSchema, request.params as Record<string, unknown>),
          body: endpoint.body && readBody(endpoint.body, request.body),
          lastEventId: lastEventIdOf(request),
        },
        services,
      );
      reply.header('cache-control', 'no-store');
      return send(request, reply, answer, type, (query as { time?: TimeStyle }).time ?? 'ns');
    },
  });
}

/** The format of rows; other answers have one, which Accept has to allow. */
function negotiatedType(endpoint: Endpoint, accept: string | undefined): MediaType {
  const { kind } = endpoint.answer;
  if (kind === 'rows') return negotiate<MediaType>(accept, MEDIA_TYPES);
  negotiate(accept, [kind === 'stream' ? 'text/event-stream' : 'application/json']);
  return 'application/json';
}

function send(
  request: FastifyRequest,
  reply: FastifyReply,
  answer: Answer,
  type: MediaType,
  style: TimeStyle,
): FastifyReply {
  switch (answer.kind) {
    case 'rows':
      return sendRows(request, reply, answer, type, style);
    case 'document':
      return reply
        .status(answer.status ?? 200)
        .headers(answer.headers ?? {})
        .type('application/json; charset=utf-8')
        .send(JSON.stringify(answer.body));
    case 'empty':
      return reply.status(204).send();
    case 'stream':
      return sendStream(request, reply, answer);
  }
}

/** Whatever other method a known path is asked with. */
function addRefusedMethods(app: FastifyInstance, endpoints: readonly Endpoint[]): void {
  for (const [path, all] of Map.groupBy(endpoints, (endpoint) => endpoint.path)) {
    const methods = all.map(({ method }) => method as string);
    if (methods.includes('GET')) methods.push('HEAD');
    const allowed = methods.join(', ');
    app.route({
      method: app.supportedMethods.filter((method) => !methods.includes(method)),
      url: routeOf(path),
      onRequest: (request) => {
        throw new Problem(
          'method-not-allowed',
          `${request.method} is not spoken here, but ${allowed}.`,
          { headers: { allow: allowed } },
        );
      },
      handler: () => undefined,
    });
  }
}

function lastEventIdOf({ headers }: FastifyRequest): string | undefined {
  const id = headers['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
}

const routeOf = (path: string): string => path.replaceAll(/\{(\w+)\}/g, ':$1');

function searchOf({ raw: { url = '' } }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at + 1);
}
