import { loadConfig } from '@feedmill/core/process-config';
import Type, { type Static } from 'typebox';

/** Configuration of a migration. Flags, environment and the reference page follow from it. */
export const MigrateConfigSchema = Type.Object({
  postgres: Type.String({
    pattern: '^postgres(ql)?://',
    description: 'Connection URL of the Postgres whose schema is brought up to date.',
  }),
  waitMs: Type.Integer({
    minimum: 0,
    maximum: 3_600_000,
    default: 20_000,
    description: 'How long to try while Postgres does not answer.',
  }),
});

export type MigrateConfig = Static<typeof MigrateConfigSchema>;

/** @throws FeedmillError USAGE or CONFIG_INVALID, naming every fault */
export function migrateConfig(
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): MigrateConfig {
  return loadConfig(MigrateConfigSchema, { argv, env });
}
