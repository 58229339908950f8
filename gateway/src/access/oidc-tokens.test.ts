import { createLocalJWKSet, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { beforeAll, expect, test } from 'vitest';
import { OidcTokens } from './oidc-tokens.ts';

const ISSUER = 'https://login.example';
const AUDIENCE = 'feedmill';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

let ours: KeyPair;
let others: KeyPair;
let tokens: OidcTokens;

beforeAll(async () => {
  ours = await generateKeyPair('ES256', { extractable: true });
  others = await generateKeyPair('ES256');
  const jwk = { ...(await exportJWK(ours.publicKey)), kid: 'one', alg: 'ES256' };
  tokens = new OidcTokens({
    issuer: ISSUER,
    audience: AUDIENCE,
    keys: createLocalJWKSet({ keys: [jwk] }),
    requestsPerSecond: 50,
    burst: 100,
  });
});

interface Made {
  readonly issuer?: string;
  readonly audience?: string;
  readonly expires?: string;
  readonly key?: KeyPair['privateKey'];
  readonly claims?: Readonly<Record<string, unknown>>;
}

const make = async ({ issuer, audience, expires, key, claims = {} }: Made): Promise<string> =>
  await new SignJWT({ sub: 'user-1', ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(issuer ?? ISSUER)
    .setAudience(audience ?? AUDIENCE)
    .setIssuedAt()
    .setExpirationTime(expires ?? '1h')
    .sign(key ?? ours.privateKey);

test('a token of the provider is whose it says, with the scopes meant for us', async () => {
  const claims = { name: 'Ada', scope: 'openid feedmill:read feedmill:replay other:live' };
  expect(await tokens.principal(await make({ claims }))).toMatchObject({
    kind: 'token',
    id: `${ISSUER} user-1`,
    name: 'Ada',
    scopes: new Set(['read', 'replay']),
  });
  const asList = await make({ claims: { scp: ['feedmill:live'] } });
  expect((await tokens.principal(asList))?.scopes).toEqual(new Set(['live']));
});

test.each<[string, () => Promise<string>]>([
  ['of another issuer', () => make({ issuer: 'https://evil.example' })],
  ['for another audience', () => make({ audience: 'another' })],
  ['that has expired', () => make({ expires: '-1h' })],
  ['signed by another key', () => make({ key: others.privateKey })],
  ['without a subject', () => make({ claims: { sub: undefined } })],
  [
    'without a signature',
    async () =>
      new UnsecuredJWT({ sub: 'user-1' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime('1h')
        .encode(),
  ],
  [
    'signed with the public key as if it were a secret',
    async () => {
      const secret = new TextEncoder().encode(JSON.stringify(await exportJWK(ours.publicKey)));
      return await new SignJWT({ sub: 'user-1' })
        .setProtectedHeader({ alg: 'HS256', kid: 'one' })
        .setIssuer(ISSUER)
        .setAudience(AUDIENCE)
        .setExpirationTime('1h')
        .sign(secret);
    },
  ],
  ['that is none', async () => 'a.b.c'],
])('a token %s is nobody’s', async (_, token) => {
  expect(await tokens.principal(await token())).toBeUndefined();
});
