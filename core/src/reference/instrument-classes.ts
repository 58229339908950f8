/** The words of InstrumentClass, in the order of its numbers, from 1. */
export const INSTRUMENT_CLASS_NAMES = [
  'EQUITY',
  'SPOT',
  'PERPETUAL',
  'FUTURE',
  'OPTION',
  'FX',
  'INDEX',
  'SPREAD',
] as const;
