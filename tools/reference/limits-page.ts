import fs from 'node:fs';
import path from 'node:path';
import { repositoryRoot } from '../repository.ts';
import { code, page, sourceLink, table } from './markdown.ts';

/** Where named bounds are, in the order of the imports. */
const LIMITS_FILES = [
  'core/src/limits.ts',
  'store/src/copy/limits.ts',
  'store/src/shard-session/limits.ts',
  'store/src/embedded/limits.ts',
  'store/src/migrate/limits.ts',
  'store/src/verify/limits.ts',
  'pod-worker/src/limits.ts',
  'operator/src/limits.ts',
  'gateway/src/limits.ts',
  'gateway/src/live/limits.ts',
  'gateway/src/replay/limits.ts',
  'producer/src/limits.ts',
  'producer/src/capture/limits.ts',
  'producer/src/simulated/limits.ts',
  'cli/src/limits.ts',
] as const;

const INTRODUCTION = `Every queue, wait and buffer has a named bound, with its reason. Those that a
user may want to move are options, of [a worker](config-worker.md),
[a connector](config-connector.md) or [a command](cli.md); the rest change with the program.`;

interface Limit {
  readonly name: string;
  readonly reason: string;
}

export async function limitsPage(): Promise<string> {
  const parts: string[] = [];
  for (const file of LIMITS_FILES) parts.push(`## ${file}`, await limitsTable(file));
  return page('Limits', `the files named below (${sourceLink('CONTRIBUTING.md')})`, [
    INTRODUCTION,
    ...parts,
  ]);
}

async function limitsTable(file: string): Promise<string> {
  const at = path.join(repositoryRoot, file);
  const values = valuesOf((await import(at)) as Record<string, unknown>);
  const found = limitsOf(fs.readFileSync(at, 'utf8')).filter(({ name }) => values.has(name));
  const known = new Set(found.map(({ name }) => name));
  const rest = [...values.keys()].filter((name) => !known.has(name));
  if (rest.length > 0) {
    throw new Error(`${file}: no comment was found above ${rest.join(', ')}; say the reason.`);
  }
  const rows = found.map(({ name, reason }) => [code(name), valueText(values.get(name)), reason]);
  return table(['limit', 'value', 'reason'], rows);
}

/** Exported numbers and texts, and those in the object LIMITS. */
function valuesOf(module: Record<string, unknown>): Map<string, unknown> {
  const { LIMITS, ...rest } = module;
  const all = { ...rest, ...(LIMITS as Record<string, unknown> | undefined) };
  return new Map(Object.entries(all).filter(([, value]) => typeof value !== 'function'));
}

/** Names in their order, each with the comment above it or, in a pair, above its companion. */
function limitsOf(source: string): Limit[] {
  const limits: Limit[] = [];
  const pattern =
    /\/\*\*(?<comment>[\s\S]*?)\*\/|^(?:export const| {2})\s*(?<name>\w+)(?: =|:)|^(?<blank>)$/gm;
  let reason: string | undefined;
  for (const { groups } of source.matchAll(pattern)) {
    const { comment, name } = groups ?? {};
    if (comment !== undefined) reason = comment.replaceAll(/\s*\n\s*\* ?/g, ' ').trim();
    else if (name === undefined) reason = undefined;
    else if (reason !== undefined) limits.push({ name, reason });
  }
  return limits;
}

function valueText(value: unknown): string {
  if (typeof value !== 'number') return code(String(value));
  return code(String(value).replaceAll(/\B(?=(\d{3})+(?!\d))/g, value < 1000 ? '' : ' '));
}
