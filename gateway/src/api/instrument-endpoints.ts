import { stableId } from '@feedmill/core/stable-id';
import Type from 'typebox';
import { jsonObject } from '../format/json-rows.ts';
import { Problem } from '../problem.ts';
import { INSTRUMENT_COLUMNS, searchInstruments, selectInstrument } from '../query/instruments.ts';
import { endpoint } from './endpoint.ts';
import {
  cursorParameter,
  instrumentParameter,
  limitParameter,
  timeStyleParameter,
  venueParameter,
} from './parameters.ts';
import { rowSchema } from './row-schema.ts';

const SEARCH_PATTERN = '^[^\\u0000-\\u001f\\u007f]{0,120}$';

export const instrumentsEndpoint = endpoint({
  method: 'GET',
  path: '/v1/instruments',
  name: 'searchInstruments',
  tag: 'instruments',
  summary: 'Instruments that a text fits, by name',
  scope: 'read',
  query: Type.Object({
    search: Type.String({
      pattern: SEARCH_PATTERN,
      default: '',
      description: 'A part of the name or symbol, upper or lower case; or a whole ISIN or FIGI.',
      examples: ['AAPL'],
    }),
    venue: venueParameter,
    limit: limitParameter,
    cursor: cursorParameter,
    time: timeStyleParameter,
  }),
  pathSchema: Type.Object({}),
  answer: { kind: 'rows', columns: INSTRUMENT_COLUMNS, isPaged: true },
  async handle({ query }, { database }) {
    const page = await database.read('latest', (reader) => searchInstruments(reader, query));
    return { kind: 'rows', columns: INSTRUMENT_COLUMNS, ...page };
  },
});

export const instrumentEndpoint = endpoint({
  method: 'GET',
  path: '/v1/instruments/{instrument}',
  name: 'getInstrument',
  tag: 'instruments',
  summary: 'One instrument',
  scope: 'read',
  query: Type.Object({ time: timeStyleParameter }),
  pathSchema: Type.Object({ instrument: instrumentParameter }),
  answer: { kind: 'document', schema: rowSchema(INSTRUMENT_COLUMNS) },
  problems: [404],
  async handle({ path, query }, { database }) {
    const id = String(stableId(path.instrument));
    const row = await database.read('latest', (reader) => selectInstrument(reader, id));
    if (row === undefined) {
      throw new Problem('not-found', `There is no instrument '${path.instrument}'.`);
    }
    return { kind: 'document', body: jsonObject(INSTRUMENT_COLUMNS, row, query.time) };
  },
});
