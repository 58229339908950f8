import { FeedmillError } from '@feedmill/core/errors';
import { SIGNAL_RULES_MAX } from '@feedmill/core/limits';
import {
  SIGNAL_KINDS,
  type SignalKindName,
  type SignalRule,
  SignalRuleSchema,
} from '@feedmill/core/signal/signal-rule';
import Value from 'typebox/value';
import { parse } from 'yaml';
import { invalid } from './csv-table.ts';

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const DURATION = /^(\d+)(ms|s|m|h|d)$/;
const STEPS = 20;
const MEASURES: ReadonlySet<SignalKindName> = new Set(['return', 'volatility']);
const FIELDS = ['name', 'kind', 'instruments', 'window', 'steps', 'threshold', 'cooldown', 'alert'];

/**
 * Rules of a YAML or JSON file with a list `signals`, with what was left out filled in.
 *
 * @throws FeedmillError CONFIG_INVALID, naming every fault with its rule
 */
export function readSignalRules(text: string, file: string): SignalRule[] {
  const list = listOf(text, file);
  const faults: string[] = [];
  const rules = list.flatMap((given, index) => {
    const found = ruleOf(given);
    if (found.faults.length === 0) return [found.rule as SignalRule];
    const { name } = found.rule;
    const which = typeof name === 'string' ? `rule '${name}'` : `rule ${index + 1}`;
    faults.push(...found.faults.map((fault) => ` ${which}: ${fault}`));
    return [];
  });
  const names = rules.map(({ name }) => name);
  for (const name of new Set(names.filter((each, at) => names.indexOf(each) !== at))) {
    faults.push(` rule '${name}' is there more than once`);
  }
  if (faults.length > 0) throw invalid(file, faults);
  return rules;
}

/**
 * What was known, with what is new in its place.
 *
 * @throws FeedmillError CONFIG_INVALID where there are more than allowed
 */
export function mergeSignalRules(
  known: readonly SignalRule[],
  loaded: readonly SignalRule[],
): SignalRule[] {
  const merged = new Map([...known, ...loaded].map((rule) => [rule.name, rule]));
  if (merged.size > SIGNAL_RULES_MAX) {
    throw new FeedmillError(
      'CONFIG_INVALID',
      `There would be ${merged.size} rules for signals; ${SIGNAL_RULES_MAX} are allowed. ` +
        'Load them with --replace to forget the others.',
    );
  }
  return [...merged.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function listOf(text: string, file: string): readonly unknown[] {
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    throw invalid(file, [` ${FeedmillError.from(error).message}`]);
  }
  const found = typeof document === 'object' && document !== null ? document : {};
  const unknown = Object.keys(found).filter((key) => key !== 'signals');
  const list = (found as { signals?: unknown }).signals;
  if (Array.isArray(list) && unknown.length === 0) return list;
  const seen = unknown.length > 0 ? `'${unknown.join("', '")}' is not known` : 'there is none';
  throw invalid(file, [` a list 'signals' is expected; ${seen}`]);
}

/** A rule, which is one only where there are no faults. */
function ruleOf(given: unknown): { readonly rule: Partial<SignalRule>; faults: string[] } {
  if (typeof given !== 'object' || given === null) {
    return { rule: {}, faults: [`is ${JSON.stringify(given)}; fields are expected`] };
  }
  const fields = given as Record<string, unknown>;
  const faults = Object.keys(fields)
    .filter((key) => !FIELDS.includes(key))
    .map((key) => `'${key}' is not known; allowed are ${FIELDS.join(', ')}`);
  const duration = (field: string): number | undefined => {
    const found = fields[field];
    if (found === undefined) return undefined;
    const [, count, unit = ''] = DURATION.exec(typeof found === 'string' ? found : '') ?? [];
    if (count !== undefined) return Number(count) * (UNIT_MS[unit] ?? 0);
    faults.push(`${field} is ${JSON.stringify(found)}; write 500ms, 30s, 5m, 1h or 1d`);
    return undefined;
  };
  const isTrade = fields['kind'] === 'large-trade';
  const isMeasure = MEASURES.has(fields['kind'] as SignalKindName);
  // A single trade needs no window; the length is there for all kinds alike.
  const windowMs = duration('window') ?? (isTrade ? UNIT_MS['s'] : undefined);
  const rule = {
    name: fields['name'],
    kind: fields['kind'],
    instruments: fields['instruments'] ?? ['*'],
    windowMs,
    steps: fields['steps'] ?? STEPS,
    threshold: fields['threshold'] ?? (isMeasure ? 0 : undefined),
    cooldownMs: duration('cooldown') ?? (isTrade ? 0 : windowMs),
    alert: fields['alert'] ?? false,
  };
  if (faults.length === 0) faults.push(...faultsOf(rule, windowMs));
  return { rule: rule as Partial<SignalRule>, faults };
}

function faultsOf(rule: Readonly<Record<string, unknown>>, windowMs: number | undefined): string[] {
  const { kind, threshold, alert } = rule;
  if (!SIGNAL_KINDS.includes(kind as SignalKindName)) {
    return [`kind is ${JSON.stringify(kind)}; allowed are ${SIGNAL_KINDS.join(', ')}`];
  }
  if (windowMs === undefined) return ['window is missing; write 30s, 5m or 1h'];
  const isMeasure = MEASURES.has(kind as SignalKindName);
  if (threshold === undefined || (threshold === 0 && (alert === true || !isMeasure))) {
    return [`threshold is ${threshold === 0 ? '0' : 'missing'}; it must be above 0`];
  }
  const faults = [...Value.Errors(SignalRuleSchema, rule)].map(
    ({ instancePath, message }) =>
      `${instancePath.slice(1).replace('windowMs', 'window')} ${message} ` +
      `(seen: ${JSON.stringify(rule[instancePath.split('/')[1] ?? ''])})`,
  );
  const steps = Number(rule['steps']);
  if (faults.length === 0 && windowMs % steps !== 0) {
    faults.push(`window is ${windowMs} ms, which ${steps} steps do not divide`);
  }
  return faults;
}
