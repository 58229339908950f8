// The parameters that several endpoints have in common.
import Type from 'typebox';
import { TIME_PATTERN } from '../format/time-text.ts';
import { LIMITS } from '../limits.ts';

/** A canonical SYMBOL.VENUE; symbols of venues hold almost anything but what separates names. */
export const INSTRUMENT_PATTERN = '^[^\\s,*?\\u0000-\\u001f\\u007f]{1,120}$';

export const instrumentParameter = Type.String({
  pattern: INSTRUMENT_PATTERN,
  description: 'Name of the instrument, SYMBOL.VENUE, as GET /v1/instruments lists it.',
  examples: ['AAPL.XNAS'],
});

export const instrumentsParameter = Type.Array(Type.String({ pattern: INSTRUMENT_PATTERN }), {
  minItems: 1,
  maxItems: LIMITS.instrumentsMax,
  description:
    'Names of instruments, SYMBOL.VENUE, separated by commas, ' +
    `${LIMITS.instrumentsMax} at most.`,
  examples: [['AAPL.XNAS', 'MSFT.XNAS']],
});

export const venueParameter = Type.String({
  pattern: '^[^\\u0000-\\u001f\\u007f]{0,120}$',
  default: '',
  description: 'Only instruments of this venue.',
  examples: ['XNAS'],
});

export const feedParameter = Type.String({
  pattern: '^[^\\s,\\u0000-\\u001f\\u007f]{1,120}$',
  description: 'Name of a feed, as GET /v1/feeds lists it.',
  examples: ['market'],
});

const neededTime = (description: string) =>
  Type.String({
    pattern: TIME_PATTERN,
    description:
      `${description} ISO 8601 with its zone (2024-08-08T13:30:00.123456789Z), a date ` +
      '(its midnight in UTC), or nanoseconds since 1970.',
    examples: ['2024-08-08T13:30:00Z'],
  });

const timeParameter = (description: string) => Type.Optional(neededTime(description));

// Of questions that sum up, whose answer depends on where they begin and end.
export const rangeStartParameter = neededTime('First time that belongs to the range.');
export const rangeEndParameter = neededTime('First time behind the range.');

const fromParameter = timeParameter('First time that belongs to the range.');
const toParameter = timeParameter('First time behind the range.');

export const asOfParameter = timeParameter(
  'The bars as they were known at this time: by when what they say came into the journal.',
);

// What has a default is not wrapped as optional: it is there once the query was read.

const orderParameter = Type.Enum(['asc', 'desc'], {
  default: 'asc',
  description: 'Oldest first (asc) or newest first (desc).',
});

export const limitParameter = Type.Integer({
  minimum: 1,
  maximum: LIMITS.rowsMax,
  default: LIMITS.rowsDefault,
  description: 'Rows of a page at most.',
});

export const cursorParameter = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_-]{1,500}$',
    description:
      'Where the page begins: `next` of the page before, with the same other parameters. Rows ' +
      'that are written meanwhile neither repeat nor hide others.',
  }),
);

export const timeStyleParameter = Type.Enum(['ns', 'iso'], {
  default: 'ns',
  description:
    'How times are written in JSON and CSV: nanoseconds since 1970 (ns), or ISO 8601 with nine ' +
    'decimals (iso).',
});

export const consistencyParameter = Type.Enum(['eventual', 'strong'], {
  default: 'eventual',
  description:
    'eventual reads what Postgres holds now. strong waits until it holds everything that was ' +
    'acknowledged before the request, reads one snapshot, and says the position of each shard.',
});

/** Of every endpoint that answers with pages of rows. */
export const PAGE_PARAMETERS = {
  from: fromParameter,
  to: toParameter,
  order: orderParameter,
  limit: limitParameter,
  cursor: cursorParameter,
  time: timeStyleParameter,
  consistency: consistencyParameter,
};
