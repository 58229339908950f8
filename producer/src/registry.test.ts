import { describe, expect, it } from 'vitest';
import { DiskFiles } from './capture/adapters/disk-files.ts';
import { MemoryFiles } from './capture/testing/memory-files.ts';
import { sourceOf } from './capture/testing/source-reading.ts';
import { checkSource, listSources } from './registry.ts';
import { parseSourceSpec } from './source-spec.ts';

describe('the registry of sources', () => {
  it('lists every kind and format with an example that can be read', () => {
    const listed = listSources();
    expect(listed.map(({ kind, format }) => [kind, format])).toEqual([
      ['capture', 'binance'],
      ['capture', 'cryptofeed'],
      ['capture', 'dbn'],
      ['capture', 'gemini-csv'],
      ['capture', 'news-csv'],
      ['live', undefined],
      ['poll', undefined],
      ['news', undefined],
      ['tcp', undefined],
      ['simulated', undefined],
      ['push', undefined],
    ]);
    for (const { kind, example, parameters } of listed) {
      expect(parseSourceSpec(example).kind).toBe(kind);
      for (const each of parameters) expect(each.defaultText).not.toBe('');
    }
  });

  it('opens nothing for a producer that pushes', () => {
    expect(() => sourceOf('push:x')).toThrow(/nothing to open here/);
  });

  it('says which file is missing before anything starts', async () => {
    const files = new MemoryFiles({ a: '' });
    await checkSource(parseSourceSpec('capture:binance:a'), files);
    await expect(checkSource(parseSourceSpec('capture:binance:a,b'), files)).rejects.toThrow(
      /^--source 'capture:binance:a,b\?producer=a-to-b&speed=1': .*'b' does not exist\.$/,
    );
    await expect(
      checkSource(parseSourceSpec('capture:binance:/no/such/file.gz'), new DiskFiles()),
    ).rejects.toThrow(/'\/no\/such\/file.gz' does not exist; check the path\.$/);
    await expect(
      checkSource(parseSourceSpec(`capture:binance:${import.meta.dirname}`), new DiskFiles()),
    ).rejects.toThrow(/is a folder; name the capture files in it/);
  });
});
