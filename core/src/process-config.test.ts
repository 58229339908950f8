import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { loadConfig, maskedConfig } from './process-config.ts';

const schema = Type.Object({
  shard: Type.Integer({ minimum: 0, maximum: 4095 }),
  postgres: Type.String({ minLength: 1 }),
  journalBytesMax: Type.Integer({ minimum: 1024, default: 4096 }),
  storeBookDeltas: Type.Boolean({ default: false }),
});

describe('the configuration of a process', () => {
  it('takes defaults, then the file, then the environment, then flags', () => {
    const config = loadConfig(schema, {
      file: { shard: 1, postgres: 'from-file', journalBytesMax: 2048 },
      env: { FEEDMILL_POSTGRES: 'from-env', FEEDMILL_SHARD: '2' },
      argv: ['--shard', '3', '--store-book-deltas'],
    });
    expect(config).toEqual({
      shard: 3,
      postgres: 'from-env',
      journalBytesMax: 2048,
      storeBookDeltas: true,
    });
  });

  it('reports all faults at once, each with its origin and what was seen', () => {
    const load = () =>
      loadConfig(schema, {
        env: { FEEDMILL_SHARD: 'nine' },
        argv: ['--postgres', '', '--journal-bytes-max', '10'],
      });
    expect(load).toThrow(/FEEDMILL_SHARD: .*"nine"/);
    expect(load).toThrow(/--postgres: .*""/);
    expect(load).toThrow(/--journal-bytes-max: .*10/);
  });

  it('names the flags that exist when one does not', () => {
    expect(() => loadConfig(schema, { env: {}, argv: ['--shrad', '1'] })).toThrow(
      /--shrad.*--shard --postgres/s,
    );
  });

  it('refuses an unknown key in the file', () => {
    expect(() =>
      loadConfig(schema, { file: { shard: 1, postgres: 'x', colour: 'red' }, env: {}, argv: [] }),
    ).toThrow(/colour/);
  });

  it('masks passwords for the log', () => {
    expect(maskedConfig({ postgres: 'postgres://feedmill:s3cret@db/x', token: 't' })).toEqual({
      postgres: 'postgres://feedmill:***@db/x',
      token: '***',
    });
  });
});
