// A source of lines by TLS, from a real TLS server on loopback.

import { writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { createServer, type Server, type TlsOptions } from 'node:tls';
import { NodeTcpDialer } from '@feedmill/producer/net/adapters/node-tcp-dialer';
import type { TcpTls } from '@feedmill/producer/net/tcp-dialer';
import { parseSourceSpec } from '@feedmill/producer/source-spec';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LiveReading } from './harness/live-reading.ts';
import { selfSigned } from './harness/self-signed.ts';

const ours = selfSigned();
const other = selfSigned();
const LINE =
  '{"rtype":"TRADE","symbol":"AIR","ts_event":"1736173800000000000","sequence":1,' +
  '"price":"150.25","size":3,"trade_id":"T1","aggressor_side":"BUY"}\n';

let folder = '';
let server: Server | undefined;
let reading: LiveReading | undefined;
const file = (name: string): string => path.join(folder, name);

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'feedmill-tcp-tls-'));
  writeFileSync(file('ca.pem'), ours.certificate);
  writeFileSync(file('key.pem'), ours.key);
  writeFileSync(file('other.pem'), other.certificate);
});
afterEach(async () => {
  await reading?.stop();
  reading = undefined;
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

async function port(options: TlsOptions = {}): Promise<number> {
  const made = createServer({ cert: ours.certificate, key: ours.key, ...options }, (socket) => {
    socket.on('error', () => undefined);
    socket.end(LINE);
  });
  server = made;
  made.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve));
  return (made.address() as AddressInfo).port;
}

const NO_FILES = { certFile: undefined, keyFile: undefined, servername: undefined };

async function refusal(tls: Partial<TcpTls>): Promise<string> {
  const files = { caFile: undefined, ...NO_FILES, ...tls };
  const place = { host: '127.0.0.1', port: await port(), tls: files };
  const listener = { onBytes: () => undefined, onClose: () => undefined };
  const opening = new NodeTcpDialer().open(place, listener, new AbortController().signal);
  return opening.then(
    () => 'it is open',
    (error: Error) => error.message,
  );
}

describe('a source by TLS', () => {
  it('reads a server whose authority it trusts', async () => {
    const at = await port();
    reading = new LiveReading(`tcp:127.0.0.1:${at}?venue=DESK&tls=yes&ca=${file('ca.pem')}`);
    await reading.until('a trade', (each) => each.of('trade').length > 0);
    expect(reading.of('trade')[0]?.body.value).toMatchObject({ tradeId: 'T1' });
  });

  it('shows its own certificate where the server asks for one', async () => {
    const at = await port({ requestCert: true, ca: ours.certificate });
    const files = `ca=${file('ca.pem')}&cert=${file('ca.pem')}&key=${file('key.pem')}`;
    reading = new LiveReading(`tcp:127.0.0.1:${at}?tls=yes&servername=localhost&${files}`);
    await reading.until('a trade', (each) => each.of('trade').length > 0);
    expect(reading.of('trade')[0]?.body.value).toMatchObject({ tradeId: 'T1' });
  });

  it('is let in by no server that asks for a certificate where it has none', async () => {
    const at = await port({ requestCert: true, ca: ours.certificate });
    reading = new LiveReading(`tcp:127.0.0.1:${at}?tls=yes&ca=${file('ca.pem')}`);
    await reading.until('it is cut', (each) => each.statuses.includes('DISCONNECTED'));
    expect(reading.of('trade')).toEqual([]);
  });

  it('refuses a server that an unknown authority has signed', async () => {
    expect(await refusal({ caFile: file('other.pem') })).toMatch(/SELF_SIGNED|UNABLE_TO_VERIFY/);
  });

  it('refuses a server of another name', async () => {
    const message = await refusal({ caFile: file('ca.pem'), servername: 'broker.example' });
    expect(message).toContain('ERR_TLS_CERT_ALTNAME_INVALID');
  });

  it('names a file that is missing, or holds nothing of its kind', async () => {
    expect(await refusal({ caFile: file('nowhere.pem') })).toMatch(/file of ca.*nowhere\.pem/);
    await new Promise((resolve) => server?.close(resolve));
    const text = file('text.pem');
    writeFileSync(text, 'no certificate');
    const pair = { certFile: text, keyFile: file('key.pem') };
    expect(await refusal(pair)).toMatch(/cannot use .*text\.pem.*give PEM files/);
    await new Promise((resolve) => server?.close(resolve));
    expect(await refusal({ caFile: text })).toMatch(/cannot use .*text\.pem.*give PEM files/);
  });

  it('takes no half of its parameters', () => {
    const fault = (query: string) => () => parseSourceSpec(`tcp:broker.example:9880?${query}`);
    expect(fault('tls=maybe')).toThrow("tls is 'maybe'; it must be yes or no");
    expect(fault('ca=x.pem')).toThrow('ca is of TLS; write tls=yes, or leave it out');
    expect(fault('tls=yes&cert=x.pem')).toThrow('cert needs key beside it');
    expect(fault('tls=yes&key=x.pem')).toThrow('key needs cert beside it');
    expect(fault('tls=yes&servername=10.0.0.1')).toThrow('not an address');
  });
});
