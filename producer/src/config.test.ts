import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { connectorConfig, workerAddresses } from './config.ts';
import { CLIENT_NAME } from './sdk/producer-options.ts';

const required = ['--source', 'simulated:', '--state-dir', '/tmp/x'];

describe('the configuration of a connector', () => {
  it('needs a source and a folder, and has a default for all the rest', () => {
    const config = connectorConfig([...required, '--locate', 'a:1'], {});
    expect(config).toMatchObject({ reportMs: 250, lingerMs: 0, token: '', logLevel: 'info' });
    expect(config).not.toHaveProperty('speed');
    expect(() => connectorConfig([], {})).toThrow(/source.*stateDir/);
  });

  it('takes the secret from the environment', () => {
    expect(connectorConfig(required, { FEEDMILL_TOKEN: 's3cret' }).token).toBe('s3cret');
  });

  it('reports every value that is not allowed at once', () => {
    const argv = [...required, '--producer', 'a/b', '--speed', '-1', '--report-ms', '1'];
    expect(() => connectorConfig(argv, {})).toThrow(/--producer.*--speed.*--report-ms/s);
  });

  it('reads a list of workers, a fixed address, or both', () => {
    const addresses = (...argv: string[]) =>
      workerAddresses(connectorConfig([...required, ...argv], {}));
    expect(addresses('--locate', 'a:1, b:2,')).toEqual({ workers: ['a:1', 'b:2'] });
    expect(addresses('--address', '[::1]:9')).toEqual({ workers: [], fixed: '[::1]:9' });
    expect(() => addresses()).toThrow('No worker is named');
    expect(() => addresses('--locate', 'a:1,b')).toThrow("'b' is not host:port");
    expect(() => addresses('--address', 'a:70000')).toThrow("'a:70000' is not host:port");
  });
});

it('names itself to the worker with the version of its package', async () => {
  const manifest = await readFile(new URL('../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { version: string };
  expect(CLIENT_NAME).toBe(`feedmill-producer/${version}`);
});
