import { FeedmillError } from '@feedmill/core/errors';
import type { HttpAnswer, HttpClient, HttpRequest } from '../http-client.ts';
import { ANSWER_BYTES_MAX, REQUEST_TIMEOUT_MS } from '../limits.ts';

const USER_AGENT = 'feedmill/0.1.0';

/** HTTP on the real network. */
export class FetchClient implements HttpClient {
  async request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { method, url, headers, body } = request;
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    try {
      const response = await fetch(url, {
        method,
        headers: { 'user-agent': USER_AGENT, ...headers },
        signal: bounded,
        ...(body === undefined ? {} : { body }),
      });
      return {
        status: response.status,
        headers: Object.fromEntries(response.headers),
        text: await boundedText(response, url),
      };
    } catch (error) {
      if (error instanceof FeedmillError) throw error;
      throw new FeedmillError('SOURCE_FAILED', `${url} does not answer (${causeOf(error)}).`, {
        cause: error,
      });
    }
  }
}

async function boundedText(response: Response, url: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX) {
      const allowed = `${ANSWER_BYTES_MAX} are allowed`;
      throw new FeedmillError('SOURCE_FAILED', `${url} answers with more bytes than ${allowed}.`);
    }
    pieces.push(piece as Uint8Array);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** fetch says "fetch failed" and keeps the reason in its cause. */
function causeOf(error: unknown): string {
  const { cause } = error as { cause?: NodeJS.ErrnoException };
  return cause?.code ?? cause?.message ?? (error as Error).message;
}
