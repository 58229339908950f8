import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import net from 'node:net';
import path from 'node:path';
import tls from 'node:tls';
import { fileURLToPath } from 'node:url';
import { parseGatewayReady } from '@feedmill/cli/supervisor/child-message';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Child } from './harness/child.ts';
import { postgresOfFile } from './harness/file-postgres.ts';
import { selfSigned } from './harness/self-signed.ts';
import { until } from './harness/waiting.ts';

const PROGRAM = fileURLToPath(new URL('../gateway/src/main.ts', import.meta.url));
const AUDIENCE = 'feedmill';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const postgres = postgresOfFile();
const { certificate, key: certificateKey } = selfSigned();
/** Paths that the provider was asked for. */
const asked: string[] = [];
let provider: https.Server;
let issuer: string;
let signing: KeyPair;
let databaseUrl: string;
let files: { readonly certificate: string; readonly key: string };
let gateway: Child;
let address: string | undefined;

beforeAll(async () => {
  signing = await generateKeyPair('ES256', { extractable: true });
  await startProvider();
  databaseUrl = await postgres().addDatabase('tls');
  const { dir } = postgres();
  files = { certificate: path.join(dir, 'tls.crt'), key: path.join(dir, 'tls.key') };
  writeFileSync(files.certificate, certificate);
  writeFileSync(files.key, certificateKey);
  gateway = startGateway('gateway', [
    `--tls-certificate=${files.certificate}`,
    `--tls-key=${files.key}`,
    `--oidc-issuer=${issuer}`,
  ]);
  gateway.onMessage((message) => {
    address ??= parseGatewayReady(message)?.address;
  });
  await until('the gateway answers', () => address !== undefined, {
    withinMs: 60_000,
    seen: () => gateway.logText().slice(-2_000),
  });
});

afterAll(async () => {
  gateway.signal('SIGTERM');
  await gateway.ended;
  provider.close();
  provider.closeAllConnections();
});

/** An OpenID provider: what it is, and the keys that it signs with. */
async function startProvider(): Promise<void> {
  const jwk = { ...(await exportJWK(signing.publicKey)), kid: 'one', alg: 'ES256' };
  provider = https.createServer({ cert: certificate, key: certificateKey }, (request, response) => {
    asked.push(request.url ?? '');
    const documents: Readonly<Record<string, object>> = {
      '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/keys` },
      '/keys': { keys: [jwk] },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  provider.listen(0, '127.0.0.1');
  await once(provider, 'listening');
  issuer = `https://localhost:${(provider.address() as AddressInfo).port}`;
}

function startGateway(name: string, args: readonly string[]): Child {
  const { dir } = postgres();
  return new Child({
    name,
    program: PROGRAM,
    args: [`--postgres=${databaseUrl}`, '--listen=127.0.0.1:0', ...args],
    logFile: path.join(dir, `${name}.log`),
    // It trusts the provider's certificate, as it would one of a company's own authority.
    env: { NODE_EXTRA_CA_CERTS: files.certificate },
  });
}

const port = (): number => Number(address?.split(':').at(-1));

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function ask(target: string, token?: string): Promise<Answer> {
  const request = https.get({
    host: '127.0.0.1',
    port: port(),
    path: target,
    ca: certificate,
    headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += String(chunk);
  return { status: response.statusCode ?? 0, body };
}

const tokenOf = async (
  scope: string,
  key: KeyPair['privateKey'] = signing.privateKey,
): Promise<string> =>
  await new SignJWT({ sub: 'ada', name: 'Ada', scope })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setIssuedAt()
    .setExpirationTime('1h')
    .sign(key);

test('with a certificate the gateway speaks TLS 1.2 or newer, and nothing else', async () => {
  expect((await ask('/livez')).status).toBe(200);
  const socket = tls.connect({ host: '127.0.0.1', port: port(), ca: certificate });
  await once(socket, 'secureConnect');
  expect(['TLSv1.2', 'TLSv1.3']).toContain(socket.getProtocol());
  socket.destroy();
  const old = tls.connect({
    host: '127.0.0.1',
    port: port(),
    ca: certificate,
    minVersion: 'TLSv1',
    maxVersion: 'TLSv1.1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  });
  const [refused] = (await once(old, 'error')) as [Error];
  expect(refused.message).toMatch(/alert|protocol|unsupported/i);
  const plain = net.connect(port(), '127.0.0.1');
  let said = '';
  plain.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1');
  });
  plain.on('error', () => undefined);
  plain.write('GET /livez HTTP/1.1\r\nhost: localhost\r\n\r\n');
  await once(plain, 'close');
  expect(said).not.toContain('200');
});

test('a token is taken by the keys that its provider publishes over HTTPS', async () => {
  const answer = await ask('/v1/access', await tokenOf('openid feedmill:read'));
  expect(answer).toMatchObject({ status: 200 });
  expect(JSON.parse(answer.body)).toMatchObject({ name: 'Ada', scopes: ['read'] });
  expect((await ask('/v1/instruments', await tokenOf('feedmill:read'))).status).toBe(200);
  expect((await ask('/v1/instruments', await tokenOf('feedmill:live'))).status).toBe(403);
  // Its description and its keys are asked for once, however many tokens come.
  expect(asked).toEqual(['/.well-known/openid-configuration', '/keys']);
});

test('a forged token and one that nobody signed are refused', async () => {
  const other = await generateKeyPair('ES256');
  const unsigned = new UnsecuredJWT({ sub: 'ada', scope: 'feedmill:read' })
    .setIssuer(issuer)
    .setAudience(AUDIENCE)
    .setExpirationTime('1h')
    .encode();
  for (const token of [await tokenOf('feedmill:read', other.privateKey), unsigned, 'e30.e30.x']) {
    expect((await ask('/v1/access', token)).status).toBe(401);
  }
});

test('a certificate without its key is refused at the start, in a sentence', async () => {
  const half = startGateway('half', [`--tls-certificate=${files.certificate}`]);
  expect((await half.ended).code).toBe(2);
  expect(half.logText()).toContain('TLS needs both --tls-certificate and --tls-key');
});
