import { parseArgs } from 'node:util';
import type { Static, TObject } from 'typebox';
import Value from 'typebox/value';
import { FeedmillError } from './errors.ts';

/** Where values come from, in rising precedence: defaults, `file`, `env`, `argv`. */
export interface ConfigSources {
  /** Content of a JSON configuration file. */
  readonly file?: unknown;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Arguments without the program's name. */
  readonly argv: readonly string[];
}

const ENV_PREFIX = 'FEEDMILL_';

/** Flag of a property: `journalBytesMax` is `--journal-bytes-max`. */
export const flagName = (property: string): string =>
  property.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Environment variable of a property: `journalBytesMax` is `FEEDMILL_JOURNAL_BYTES_MAX`. */
export const envName = (property: string): string =>
  ENV_PREFIX + flagName(property).replaceAll('-', '_').toUpperCase();

/**
 * Builds the configuration of a process from one schema. Unknown keys and flags are refused, and
 * all faults are reported at once, each with where the value came from.
 *
 * @throws FeedmillError USAGE (unknown flag) or CONFIG_INVALID (values)
 */
export function loadConfig<Schema extends TObject>(
  schema: Schema,
  sources: ConfigSources,
): Static<Schema> {
  const origin = new Map<string, string>();
  const values: Record<string, unknown> = {};
  const take = (property: string, value: unknown, from: string): void => {
    values[property] = value;
    origin.set(property, from);
  };
  if (typeof sources.file === 'object' && sources.file !== null) {
    for (const [property, value] of Object.entries(sources.file)) {
      take(property, value, `'${property}' in the configuration file`);
    }
  }
  for (const property of Object.keys(schema.properties)) {
    const value = sources.env[envName(property)];
    if (value !== undefined) take(property, value, envName(property));
  }
  for (const [flag, value] of Object.entries(parseFlags(schema, sources.argv))) {
    const property = Object.keys(schema.properties).find((each) => flagName(each) === flag);
    if (property !== undefined) take(property, value, `--${flag}`);
  }
  const config = Value.Convert(schema, Value.Default(schema, values));
  const faults = Value.Errors({ ...schema, additionalProperties: false }, config);
  if (faults.length === 0) return config as Static<Schema>;
  const sentences = new Set<string>();
  for (const fault of faults) {
    const property = fault.instancePath.split('/')[1] ?? '';
    const flag = property === '' ? 'configuration' : `--${flagName(property)}`;
    const where = origin.get(property) ?? flag;
    const seen = property in values ? ` (seen: ${JSON.stringify(values[property])})` : '';
    sentences.add(`${where}: ${fault.message}${seen}`);
  }
  throw new FeedmillError('CONFIG_INVALID', `${[...sentences].join('; ')}.`);
}

/** The configuration for the log: passwords in URLs and secret properties are masked. */
export function maskedConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const masked: Record<string, unknown> = {};
  const passwordInUrl = /:\/\/([^:/@]+):[^@]*@/;
  for (const [property, value] of Object.entries(config)) {
    if (/token|password|secret/i.test(property)) masked[property] = '***';
    else if (typeof value === 'string') {
      masked[property] = value.replace(passwordInUrl, '://$1:***@');
    } else masked[property] = value;
  }
  return masked;
}

function parseFlags(schema: TObject, argv: readonly string[]): Record<string, unknown> {
  const options: Record<string, { type: 'string' | 'boolean' }> = {};
  for (const [property, type] of Object.entries(schema.properties)) {
    const isBoolean = 'type' in type && type.type === 'boolean';
    options[flagName(property)] = { type: isBoolean ? 'boolean' : 'string' };
  }
  try {
    return parseArgs({ args: [...argv], options, strict: true, allowPositionals: false }).values;
  } catch (error) {
    const allowed = Object.keys(options).map((flag) => `--${flag}`);
    const seen = FeedmillError.from(error).message;
    throw new FeedmillError('USAGE', `${seen} Allowed: ${allowed.join(' ')}.`);
  }
}
