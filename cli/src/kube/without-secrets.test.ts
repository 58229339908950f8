import { expect, test } from 'vitest';
import { withoutSecrets } from './without-secrets.ts';

test.for([
  ['postgres://me:s3cr3t@db:5432/ticks', 'postgres://me:***@db:5432/ticks'],
  ['"connector": "rest:https://x.example/a?api_key=abc&rate=5"', 'api_key=***&rate=5'],
  ['wss://x.example/feed?token=abc.def', 'token=***'],
  ['{"level":30,"password":"s3\\"cr3t","msg":"started"}', '"password":"***","msg":"started"'],
  ['Authorization: Bearer abcdefgh.ijkl', 'Authorization: Bearer ***'],
] as const)('%s keeps its secret', ([text, kept]) => {
  expect(withoutSecrets(text)).toContain(kept);
});

test('what is no secret stays', () => {
  const text = '"tokenSecretRef": {"name": "my-desk-token", "key": "token"}, 10.0.0.1:7400 a@b.c';
  expect(withoutSecrets(text)).toBe(text);
});
