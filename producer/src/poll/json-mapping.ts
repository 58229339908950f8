import { parseNewsTime } from '../news/news-time.ts';
import { hint, type SourceParameter } from '../source-parameters.ts';
import { JsonPath } from './json-path.ts';

/** What the items of an answer are. */
export type MappedKind = 'trade' | 'quote' | 'news';

/** What a field is read from: a path, or the same text for all. */
export type FieldSource = JsonPath | string;

/** How the items of a JSON answer become events. */
export interface JsonMapping {
  readonly kind: MappedKind;
  readonly venue: string;
  readonly items: JsonPath;
  readonly fields: ReadonlyMap<string, FieldSource>;
  /** Nanoseconds that one of a time in digits stands for. */
  readonly timeUnitNanos: bigint;
  /** Zone of times that name none. */
  readonly zone: string;
}

const KINDS: readonly MappedKind[] = ['trade', 'quote', 'news'];

const TIME_UNITS: Readonly<Record<string, bigint>> = {
  s: 1_000_000_000n,
  ms: 1_000_000n,
  us: 1_000n,
  ns: 1n,
};

interface FieldRule {
  readonly name: string;
  readonly kinds: readonly MappedKind[];
  readonly meaning: string;
  readonly isRequired: boolean;
}

const rule = (
  name: string,
  kinds: readonly MappedKind[],
  meaning: string,
  isRequired = false,
): FieldRule => ({ name, kinds, meaning, isRequired });

const FIELDS: readonly FieldRule[] = [
  rule('symbol', ['trade', 'quote'], 'symbol of the instrument', true),
  rule('time', ['trade', 'quote', 'news'], 'when it happened; without it, when it was received'),
  rule('id', ['trade'], "the trade's own id, by which it is sent once", true),
  rule('price', ['trade'], 'price of the trade', true),
  rule('size', ['trade'], 'size of the trade', true),
  rule('side', ['trade'], "the taker's: buy or sell"),
  rule('bid', ['quote'], 'best bid'),
  rule('ask', ['quote'], 'best ask'),
  rule('bid-size', ['quote'], 'size of the best bid'),
  rule('ask-size', ['quote'], 'size of the best ask'),
  rule('news-id', ['news'], "the article's own id; without it, its link"),
  rule('headline', ['news'], 'headline of the article', true),
  rule('link', ['news'], 'address of the article'),
  rule('language', ['news'], 'language of the article, as en'),
];

const FIELD_DEFAULT = 'none';

/** The parameters of a mapping. */
export const MAPPING_PARAMETERS: readonly SourceParameter[] = [
  { name: 'as', meaning: 'what an item is: trade, quote or news', defaultText: 'required' },
  { name: 'items', meaning: 'path to the items, as $.data[*]', defaultText: '$' },
  { name: 'venue', meaning: 'whose symbols these are, in upper case', defaultText: 'the name' },
  ...FIELDS.map(({ name, meaning, isRequired }) => ({
    name,
    meaning: `${meaning}: a path from the item (@.x) or the answer ($.x), or a text`,
    defaultText: isRequired ? 'required' : FIELD_DEFAULT,
  })),
  { name: 'time-unit', meaning: 'of times in digits: s, ms, us or ns', defaultText: 'ms' },
  { name: 'zone', meaning: 'of times that name none, as -05:00', defaultText: 'Z' },
];

/** The mapping that the parameters say, or what is wrong as the second half of a sentence. */
export function jsonMapping(
  name: string,
  options: Readonly<Record<string, string>>,
): JsonMapping | string {
  const { as = '', items = '$', venue = name.toUpperCase(), zone = 'Z' } = options;
  const kind = KINDS.find((each) => each === as);
  if (kind === undefined) {
    return `as is '${as}'; it must be one of ${KINDS.join(', ')}${hint(as, KINDS)}`;
  }
  const path = JsonPath.parse(items);
  if (path === undefined || path.isOfItem) {
    return `items is '${items}'; write a path from the answer, as $.data[*]`;
  }
  if (!/^[A-Z0-9][A-Z0-9._-]{0,31}$/.test(venue)) {
    return `venue is '${venue}'; write up to 32 upper-case letters and digits, as FXCM`;
  }
  if (!/^(Z|[+-]\d\d:\d\d)$/.test(zone) || parseNewsTime(`2000-01-02T00:00${zone}`) === undefined) {
    return `zone is '${zone}'; write Z or hours and minutes from UTC, as -05:00`;
  }
  const unit = options['time-unit'] ?? 'ms';
  const timeUnitNanos = TIME_UNITS[unit];
  if (timeUnitNanos === undefined) {
    return `time-unit is '${unit}'; it must be one of ${Object.keys(TIME_UNITS).join(', ')}`;
  }
  const fields = fieldsOf(kind, options);
  if (typeof fields === 'string') return fields;
  return { kind, venue, items: path, fields, timeUnitNanos, zone };
}

function fieldsOf(
  kind: MappedKind,
  options: Readonly<Record<string, string>>,
): Map<string, FieldSource> | string {
  const fields = new Map<string, FieldSource>();
  for (const { name, kinds, isRequired } of FIELDS) {
    const text = options[name];
    if (text === undefined) {
      if (isRequired && kinds.includes(kind)) {
        return `${name} is missing, which a ${kind} needs; write ${name}=@.${name}, or where it is`;
      }
      continue;
    }
    if (!kinds.includes(kind)) {
      const allowed = FIELDS.filter((each) => each.kinds.includes(kind));
      return `a ${kind} has no ${name}, but ${allowed.map((each) => each.name).join(', ')}`;
    }
    const path = JsonPath.parse(text);
    if (path === undefined && /^[$@]/.test(text)) {
      return `${name} is '${text}'; write a path as @.x, @['x y'] or @[0]`;
    }
    if (path?.isPlural === true) return `${name} is '${text}'; a field is one value, without *`;
    fields.set(name, path ?? text);
  }
  if (kind === 'quote' && !fields.has('bid') && !fields.has('ask')) {
    return 'bid and ask are missing; a quote needs one of them at least, as bid=@.bid';
  }
  return fields;
}
