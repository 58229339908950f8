import { Problem, type ProblemKind } from '../problem.ts';

// What Fastify refuses by itself, and what it means here.
const REFUSALS: Readonly<Record<string, readonly [ProblemKind, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['body-too-large', 'The body is larger than {bytes} bytes.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'A body is read as application/json; say so in Content-Type.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-request', 'The body is empty; send a JSON document.'],
  FST_ERR_CTP_INVALID_JSON_BODY: ['malformed-request', 'The body is not JSON.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed-request',
    'The body is not as long as Content-Length says.',
  ],
  FST_ERR_BAD_URL: ['malformed-request', 'The path is not percent-encoded as it should be.'],
  FST_ERR_MAX_PARAM_LENGTH: ['uri-too-long', 'A part of the path is too long.'],
};

/** Any failure of a request as the answer to it. What is unknown is ours, and says nothing. */
export function problemOf(error: unknown, bodyBytesMax: number): Problem {
  if (error instanceof Problem) return error;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const refusal = REFUSALS[code];
  if (refusal !== undefined) {
    const [kind, text] = refusal;
    return new Problem(kind, text.replace('{bytes}', String(bodyBytesMax)), { cause: error });
  }
  if (error instanceof SyntaxError && 'statusCode' in error && error.statusCode === 400) {
    return new Problem('malformed-request', 'The body is not JSON.', { cause: error });
  }
  return new Problem('internal', 'Something went wrong here; the log of the gateway says what.', {
    cause: error,
  });
}

/** Answers of the HTTP parser, for requests that never became one. */
export function refusedSocket(code: string | undefined): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers-too-large', 'The headers are larger than allowed.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('malformed-request', 'The request did not come in time.');
    default:
      return new Problem('malformed-request', 'This is not HTTP as it is spoken here.');
  }
}
