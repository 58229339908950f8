import type { TObject, TSchema } from 'typebox';
import { SCOPES } from '../access/scope.ts';
import { MEDIA_TYPES } from '../format/negotiate.ts';
import { PROBLEMS } from '../problem.ts';
import { type Endpoint, TAGS } from './endpoint.ts';
import { rowSchema } from './row-schema.ts';

type Json = Readonly<Record<string, unknown>>;

// What any endpoint may answer, whatever is asked.
const COMMON_STATUSES = [400, 401, 403, 406, 414, 422, 429, 431, 500, 503, 504] as const;

const ROWS_HEADERS: Json = {
  Link: {
    description: 'The next page as rel="next", where there is one.',
    schema: { type: 'string' },
  },
  'Feedmill-Positions': {
    description: 'Of a strong read: shard=position of each shard, separated by commas.',
    schema: { type: 'string' },
  },
};

const INFO: Json = {
  title: 'Feedmill',
  version: '1',
  summary: 'Market data as they were, and as they are now.',
  description:
    'Instruments, quotes, trades, bars, news, gaps, and how the feeds are. Prices and sizes are ' +
    'exact decimal texts, 64-bit integers are texts, and times are nanoseconds since 1970. Every ' +
    'answer that is not a success is `application/problem+json` and says what was seen, what is ' +
    'allowed and what to do.',
  license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
};

/** The OpenAPI 3.1 document of these endpoints. */
export function openApiDocument(endpoints: readonly Endpoint[]): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const endpoint of endpoints) {
    const path = paths[endpoint.path] ?? {};
    paths[endpoint.path] = path;
    path[endpoint.method.toLowerCase()] = operationOf(endpoint);
  }
  return {
    openapi: '3.1.0',
    info: INFO,
    servers: [{ url: '/' }],
    security: [{ bearer: [] }],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      schemas: { Problem: PROBLEM_SCHEMA },
      responses: Object.fromEntries(
        statuses().map((status) => [`Problem${status}`, problemOf(status)]),
      ),
      securitySchemes: {
        bearer: {
          type: 'http',
          scheme: 'bearer',
          description: `An API key (fmk_…), or a token of the OpenID provider. ${scopesText()}`,
        },
      },
    },
  };
}

const scopesText = (): string =>
  `Scopes: ${Object.entries(SCOPES)
    .map(([name, may]) => `\`${name}\`: ${may}`)
    .join('; ')}.`;

function operationOf(endpoint: Endpoint): Json {
  const { name, tag, summary, description, scope, pathSchema, query, body, answer } = endpoint;
  const problems = new Set([
    ...COMMON_STATUSES,
    ...(endpoint.problems ?? []),
    ...(body === undefined ? [] : [413, 415]),
  ]);
  const scopeText =
    scope === undefined ? 'Needs any key or token.' : `Needs the scope \`${scope}\`.`;
  return {
    operationId: name,
    tags: [tag],
    summary,
    description: description === undefined ? scopeText : `${description} ${scopeText}`,
    parameters: [...parametersOf(pathSchema, 'path'), ...parametersOf(query, 'query')],
    ...(body !== undefined && {
      requestBody: { required: true, content: { 'application/json': { schema: plain(body) } } },
    }),
    responses: {
      ...successOf(answer),
      ...Object.fromEntries(
        [...problems]
          .sort((one, other) => one - other)
          .map((status) => [status, { $ref: `#/components/responses/Problem${status}` }]),
      ),
    },
  };
}

function successOf(answer: Endpoint['answer']): Json {
  switch (answer.kind) {
    case 'empty':
      return { 204: { description: 'Done.' } };
    case 'stream':
      return {
        200: {
          description: 'A stream that lasts until one of both ends it.',
          content: { 'text/event-stream': { schema: { type: 'string' } } },
        },
      };
    case 'document':
      return {
        [answer.status ?? 200]: {
          description: 'As asked.',
          content: { 'application/json': { schema: plain(answer.schema) } },
        },
      };
    case 'rows': {
      const row = plain(rowSchema(answer.columns));
      const page = {
        type: 'object',
        required: ['items'],
        properties: {
          items: { type: 'array', items: row },
          ...(answer.isPaged && {
            next: { type: 'string', description: 'Cursor of the next page; absent on the last.' },
          }),
          positions: {
            type: 'object',
            additionalProperties: { type: 'string' },
            description: 'Of a strong read: the journal position that each shard had committed.',
          },
        },
      };
      const others = MEDIA_TYPES.slice(1).map((type) => [type, {}]);
      return {
        200: {
          description: 'Rows, in the format that Accept names.',
          headers: ROWS_HEADERS,
          content: { 'application/json': { schema: page }, ...Object.fromEntries(others) },
        },
      };
    }
  }
}

function parametersOf(schema: TObject, place: 'path' | 'query'): Json[] {
  const required = new Set((schema as { readonly required?: readonly string[] }).required ?? []);
  const properties = schema.properties as Readonly<Record<string, TSchema & Json>>;
  return Object.entries(properties).map(([name, property]) => {
    const { description, examples, ...facts } = plain(property) as Json & {
      readonly examples?: readonly unknown[];
    };
    const isList = facts['type'] === 'array';
    return {
      name,
      in: place,
      description,
      // What has a default may be left out.
      required: place === 'path' || (required.has(name) && !('default' in facts)),
      schema: facts,
      ...(examples !== undefined && { example: examples[0] }),
      ...(isList && { style: 'form', explode: false }),
    };
  });
}

const PROBLEM_SCHEMA: Json = {
  type: 'object',
  description: 'RFC 9457.',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', format: 'uri', description: 'Names the kind of problem.' },
    title: { type: 'string', description: 'The same for every problem of the kind.' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'What was seen, what is allowed, what to do.' },
    instance: { type: 'string', description: 'Id of the request, as it stands in the log.' },
  },
};

const statuses = (): number[] =>
  [...new Set(Object.values(PROBLEMS).map(([status]) => status))].sort((a, b) => a - b);

const RETRYABLE_STATUSES: ReadonlySet<number> = new Set([429, 503]);

function problemOf(status: number): Json {
  const kinds = Object.entries(PROBLEMS).filter(([, [each]]) => each === status);
  return {
    description: kinds.map(([kind, [, title]]) => `${kind}: ${title}`).join(' '),
    ...(RETRYABLE_STATUSES.has(status) && {
      headers: {
        'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } },
      },
    }),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** A schema of typebox without what only typebox reads. */
const plain = (schema: TSchema): Json => JSON.parse(JSON.stringify(schema)) as Json;
