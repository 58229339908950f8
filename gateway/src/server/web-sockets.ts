import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock } from '@feedmill/core/clock';
import type { FastifyInstance } from 'fastify';
import { WebSocketServer } from 'ws';
import type { AccessControl } from '../access/access-control.ts';
import type { Services } from '../api/endpoint.ts';
import { LiveQuery, liveEndpoint } from '../api/live-endpoint.ts';
import { readQuery } from '../api/read-query.ts';
import { LIVE_LIMITS } from '../live/limits.ts';
import { WebSocketOutlet } from '../live/web-socket-outlet.ts';
import { Problem } from '../problem.ts';
import { problemOf } from './failures.ts';

export interface WebSocketOptions {
  readonly access: AccessControl;
  readonly services: Services;
  readonly clock: Clock;
  readonly bodyBytesMax: number;
}

const PROTOCOL = 'feedmill.v1';
const KEY_PROTOCOL = 'feedmill.key.';

/** The live stream over WebSocket, on the same path and with the same query. */
export function addWebSockets(app: FastifyInstance, options: WebSocketOptions): void {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: LIVE_LIMITS.liveCommandBytesMax,
    perMessageDeflate: false,
    handleProtocols: (offered) => (offered.has(PROTOCOL) ? PROTOCOL : false),
  });
  app.server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    admit(request, options).then(
      (begin) => {
        sockets.handleUpgrade(request, socket, head, (webSocket) => {
          const outlet = new WebSocketOutlet(webSocket, (delayMs, callback) => {
            options.clock.schedule(delayMs, callback);
          });
          outlet.serve(begin(outlet));
        });
      },
      (error: unknown) => refuse(socket, problemOf(error, options.bodyBytesMax)),
    );
  });
  app.addHook('onClose', () => {
    for (const socket of sockets.clients) socket.terminate();
  });
}

async function admit(request: IncomingMessage, { access, services }: WebSocketOptions) {
  const [path = '', search = ''] = (request.url ?? '').split('?', 2);
  if (path !== liveEndpoint.path) {
    throw new Problem(
      'not-found',
      `No WebSocket is spoken at ${path}, but at ${liveEndpoint.path}.`,
    );
  }
  const address = request.socket.remoteAddress ?? '';
  access.admitAddress(address);
  const { principal } = await access.admit(address, authorizationOf(request), liveEndpoint.scope);
  const answer = await liveEndpoint.handle(
    {
      principal,
      query: readQuery(LiveQuery, search),
      path: {},
      body: undefined,
      lastEventId: undefined,
    },
    services,
  );
  if (answer.kind !== 'stream') throw new Error('the live endpoint answers with no stream');
  return answer.begin;
}

/** Pages cannot set headers of a WebSocket: there the key stands among the protocols. */
function authorizationOf({ headers }: IncomingMessage): string | undefined {
  if (headers.authorization !== undefined) return headers.authorization;
  const offered = (headers['sec-websocket-protocol'] ?? '').split(',').map((text) => text.trim());
  const key = offered.find((text) => text.startsWith(KEY_PROTOCOL));
  return key === undefined ? undefined : `Bearer ${key.slice(KEY_PROTOCOL.length)}`;
}

function refuse(socket: Duplex, problem: Problem): void {
  const body = JSON.stringify(problem.document());
  const headers = Object.entries({
    ...problem.headers,
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 ${problem.status} Refused\r\n${headers.join('')}\r\n${body}`);
}
