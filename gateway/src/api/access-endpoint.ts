import Type from 'typebox';
import { SCOPE_NAMES } from '../access/scope.ts';
import { endpoint } from './endpoint.ts';

export const accessEndpoint = endpoint({
  method: 'GET',
  path: '/v1/access',
  name: 'getAccess',
  tag: 'access',
  summary: 'Whose key or token this is, and what it may do',
  scope: undefined,
  query: Type.Object({}),
  pathSchema: Type.Object({}),
  answer: {
    kind: 'document',
    schema: Type.Object({
      kind: Type.Enum(['key', 'token']),
      name: Type.String(),
      scopes: Type.Array(Type.Enum([...SCOPE_NAMES])),
      ts_expires: Type.Union([Type.String({ pattern: '^[0-9]+$' }), Type.Null()], {
        description: 'In ns; null where it does not expire.',
      }),
    }),
  },
  handle({ principal: { kind, name, scopes, expiresMs } }) {
    const expires = expiresMs === undefined ? null : `${expiresMs}000000`;
    return { kind: 'document', body: { kind, name, scopes: [...scopes], ts_expires: expires } };
  },
});
