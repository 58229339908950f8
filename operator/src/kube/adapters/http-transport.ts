import http from 'node:http';
import https from 'node:https';
import { apiAway } from '../api-failure.ts';
import type { ApiAnswer, ApiRequest, KubeTransport, StreamListener } from '../kube-transport.ts';

const SECOND_MS = 1_000;
// A connection that a firewall forgot is found, also when nothing is sent.
const KEEP_ALIVE_MS = 15_000;
const ERROR_TEXT_MAX = 64 * 1024;

export interface HttpTransportOptions {
  readonly server: URL;
  /** Certificates of the authority that signed the server's, in PEM. */
  readonly ca?: string | undefined;
  /** The token in force; asked for with every request, since it is changed by the hour. */
  readonly token?: (() => Promise<string>) | undefined;
  readonly answerBytesMax: number;
  /** Time, for Retry-After given as a date. */
  readonly wallMs: () => number;
}

/** Requests over HTTP/1.1 with connections that are kept. */
export function httpTransport(options: HttpTransportOptions): KubeTransport {
  const { server, ca } = options;
  const isTls = server.protocol === 'https:';
  const agentOptions = { keepAlive: true, keepAliveMsecs: KEEP_ALIVE_MS };
  const agent = isTls
    ? new https.Agent({ ...agentOptions, ...(ca === undefined ? {} : { ca }) })
    : new http.Agent(agentOptions);
  const open = isTls ? https.request : http.request;

  const start = async (request: ApiRequest): Promise<http.ClientRequest> => {
    const url = new URL(request.path, server);
    for (const [name, value] of Object.entries(request.query ?? {})) {
      url.searchParams.set(name, value);
    }
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const headers: Record<string, string | number> = {
      accept: 'application/json',
      'user-agent': 'feedmill-operator',
    };
    if (body !== undefined) {
      headers['content-type'] = request.contentType ?? 'application/json';
      headers['content-length'] = Buffer.byteLength(body);
    }
    const token = await options.token?.();
    if (token !== undefined) headers['authorization'] = `Bearer ${token}`;
    const sent = open(url, { agent, method: request.method, headers });
    sent.setSocketKeepAlive(true, KEEP_ALIVE_MS);
    sent.end(body);
    return sent;
  };

  return {
    async send(request, timeoutMs) {
      const what = nameOf(request);
      try {
        const sent = await start(request);
        const timer = setTimeout(
          () => sent.destroy(new Error(`no whole answer within ${timeoutMs} ms`)),
          timeoutMs,
        );
        try {
          const response = await responseOf(sent);
          return answerOf(response, await wholeText(response, options), options);
        } finally {
          clearTimeout(timer);
        }
      } catch (error) {
        throw apiAway(what, error);
      }
    },
    async stream(request, listener, silenceMs, signal) {
      const what = nameOf(request);
      try {
        signal.throwIfAborted();
        const sent = await start(request);
        const cut = (): void => void sent.destroy(new Error('aborted'));
        signal.addEventListener('abort', cut, { once: true });
        sent.setTimeout(silenceMs, () =>
          sent.destroy(new Error(`nothing came for ${silenceMs / SECOND_MS} s`)),
        );
        try {
          const response = await responseOf(sent);
          if (!isSuccess(response)) {
            return answerOf(response, await wholeText(response, options), options);
          }
          await readAll(response, listener);
          return answerOf(response, '', options);
        } finally {
          signal.removeEventListener('abort', cut);
        }
      } catch (error) {
        throw apiAway(what, error);
      }
    },
    close() {
      agent.destroy();
    },
  };
}

const nameOf = ({ method, path }: ApiRequest): string => `${method} ${path}`;

const isSuccess = ({ statusCode }: http.IncomingMessage): boolean =>
  statusCode !== undefined && statusCode >= 200 && statusCode < 300;

function responseOf(sent: http.ClientRequest): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.on('response', resolve);
    // Stays for the time after the response has begun: reading it then fails.
    sent.on('error', reject);
  });
}

async function wholeText(
  response: http.IncomingMessage,
  { answerBytesMax }: HttpTransportOptions,
): Promise<string> {
  const bytesMax = isSuccess(response) ? answerBytesMax : ERROR_TEXT_MAX;
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of response as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) {
      response.destroy();
      throw new Error(`the answer is longer than ${bytesMax} bytes`);
    }
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Ends with an error where the answer breaks off, which is not the same as its end. */
async function readAll(response: http.IncomingMessage, listener: StreamListener): Promise<void> {
  response.setEncoding('utf8');
  for await (const text of response as AsyncIterable<string>) listener.onText(text);
}

function answerOf(
  response: http.IncomingMessage,
  text: string,
  { wallMs }: HttpTransportOptions,
): ApiAnswer {
  const code = response.statusCode ?? 0;
  const header = response.headers['retry-after'];
  if (header === undefined) return { code, text };
  const seconds = Number(header);
  const retryAfterMs = Number.isFinite(seconds)
    ? seconds * SECOND_MS
    : Date.parse(header) - wallMs();
  return Number.isFinite(retryAfterMs) ? { code, text, retryAfterMs } : { code, text };
}
