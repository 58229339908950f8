import Type from 'typebox';
import { type Endpoint, endpoint } from './endpoint.ts';
import { openApiDocument } from './open-api.ts';

/** These endpoints, and the one that describes them. */
export function withDescription(endpoints: readonly Endpoint[]): readonly Endpoint[] {
  const description = openApiDocument(endpoints);
  return [
    ...endpoints,
    endpoint({
      method: 'GET',
      path: '/v1/openapi.json',
      name: 'getDescription',
      tag: 'access',
      summary: 'This API as an OpenAPI 3.1 document',
      scope: undefined,
      query: Type.Object({}),
      pathSchema: Type.Object({}),
      answer: { kind: 'document', schema: Type.Object({}) },
      handle: () => ({ kind: 'document', body: description }),
    }),
  ];
}
