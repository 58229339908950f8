import { gunzipSync, gzipSync } from 'node:zlib';
import Type, { type Static, type TSchema } from 'typebox';
import Value from 'typebox/value';
import { FeedmillError } from '../errors.ts';
import { REFERENCE_BYTES_MAX, REFERENCE_UNPACKED_BYTES_MAX, SIGNAL_RULES_MAX } from '../limits.ts';
import { SignalRuleSchema } from '../signal/signal-rule.ts';
import { INSTRUMENT_CLASS_NAMES } from './instrument-classes.ts';

// 64-bit integers are decimal texts: JSON readers round numbers beyond 2^53.
const Int64Text = Type.String({ pattern: '^-?[0-9]{1,19}$' });
const Name = Type.String({ minLength: 1, maxLength: 255, pattern: '^[^\\u0000]+$' });
const Canonical = Type.String({
  maxLength: 255,
  pattern: '^[^\\s.\\u0000]+(\\.[^\\s.\\u0000]+)+$',
});
const literals = <const Words extends readonly string[]>(words: Words) =>
  Type.Unsafe<Words[number]>(Type.Union(words.map((word) => Type.Literal(word))));

const InstrumentRecordSchema = Type.Object({
  venue: Name,
  symbol: Name,
  instrument: Canonical,
  publisher: Type.Optional(Type.Integer({ minimum: 0, maximum: 65_535 })),
  class: Type.Optional(literals(INSTRUMENT_CLASS_NAMES)),
  base: Type.Optional(Name),
  quote: Type.Optional(Name),
  /** Times 1e-9. */
  tick: Type.Optional(Int64Text),
  lot: Type.Optional(Int64Text),
  multiplier: Type.Optional(Int64Text),
  /** ns since 1970. */
  from: Type.Optional(Int64Text),
  to: Type.Optional(Int64Text),
  negative: Type.Optional(Type.Boolean()),
  isin: Type.Optional(Name),
  figi: Type.Optional(Name),
});

export const ENTITY_NAME_KINDS = ['TICKER', 'ISIN', 'NAME', 'ALIAS'] as const;

const EntityRecordSchema = Type.Object({
  instrument: Canonical,
  kind: literals(ENTITY_NAME_KINDS),
  text: Name,
});

const RateSetSchema = Type.Object({
  reporting: Type.String({ maxLength: 32 }),
  rates: Type.Array(
    Type.Object({
      currency: Type.String({ minLength: 1, maxLength: 32 }),
      /** What one unit is worth, times 1e-9. */
      rate: Type.String({ pattern: '^[0-9]{1,19}$' }),
      /** ns since 1970; 0: from ever. */
      from: Int64Text,
    }),
  ),
});

/** The kinds of reference data, each loaded, versioned and replaced as a whole. */
export const REFERENCE_SCHEMAS = {
  instruments: Type.Array(InstrumentRecordSchema),
  entities: Type.Array(EntityRecordSchema),
  rates: RateSetSchema,
  signals: Type.Array(SignalRuleSchema, { maxItems: SIGNAL_RULES_MAX }),
} as const satisfies Record<string, TSchema>;

export type ReferenceKind = keyof typeof REFERENCE_SCHEMAS;
export const REFERENCE_KINDS = Object.keys(REFERENCE_SCHEMAS) as readonly ReferenceKind[];

export type InstrumentRecord = Static<typeof InstrumentRecordSchema>;
export type EntityRecord = Static<typeof EntityRecordSchema>;
export type RateSet = Static<typeof RateSetSchema>;
export type ReferenceContent<Kind extends ReferenceKind> = Static<(typeof REFERENCE_SCHEMAS)[Kind]>;

export const isReferenceKind = (text: string): text is ReferenceKind => text in REFERENCE_SCHEMAS;

/**
 * The bytes of a version: the same content gives the same bytes.
 *
 * @throws FeedmillError CONFIG_INVALID where it is larger than allowed
 */
export function packReference<Kind extends ReferenceKind>(
  kind: Kind,
  content: ReferenceContent<Kind>,
): Buffer {
  const packed = gzipSync(JSON.stringify(content), { level: 9 });
  if (packed.length <= REFERENCE_BYTES_MAX) return packed;
  throw new FeedmillError(
    'CONFIG_INVALID',
    `The ${kind} are ${packed.length} bytes when compressed; ${REFERENCE_BYTES_MAX} are allowed. ` +
      'Leave out what no feed sends.',
  );
}

/** @throws FeedmillError CONFIG_INVALID where the bytes are no such content */
export function unpackReference<Kind extends ReferenceKind>(
  kind: Kind,
  packed: Uint8Array,
): ReferenceContent<Kind> {
  const schema = REFERENCE_SCHEMAS[kind];
  let content: unknown;
  try {
    const options = { maxOutputLength: REFERENCE_UNPACKED_BYTES_MAX };
    content = JSON.parse(gunzipSync(packed, options).toString('utf8'));
  } catch (error) {
    throw new FeedmillError('CONFIG_INVALID', `A version of the ${kind} cannot be unpacked.`, {
      cause: error,
    });
  }
  if (Value.Check(schema, content)) return content;
  const [fault] = Value.Errors(schema, content);
  throw new FeedmillError(
    'CONFIG_INVALID',
    `A version of the ${kind} is not valid: ${fault?.instancePath ?? ''} ${fault?.message ?? ''}.`,
  );
}
