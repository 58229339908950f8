import type { RateSet } from '@feedmill/core/reference/reference-set';
import { checkColumns, invalid, RowFault, readCsv, readRows } from './csv-table.ts';
import { decimalField, requiredField, timeField } from './field-values.ts';

/**
 * What currencies are worth in one other: rows of `currency,reporting,rate,valid_from`.
 *
 * @throws FeedmillError CONFIG_INVALID, naming every fault with its line
 */
export function readRates(text: string, file: string): RateSet {
  const table = readCsv(text, file);
  checkColumns(table, file, ['currency', 'reporting', 'rate'], ['valid_from']);
  const rows = readRows(table, file, (fields) => {
    const rate = decimalField(requiredField(fields['rate'] ?? '', 'rate'), 'rate') ?? '0';
    if (BigInt(rate) <= 0n) throw new RowFault(`rate is ${fields['rate']}; it must be above 0`);
    return [
      {
        reporting: requiredField(fields['reporting'] ?? '', 'reporting'),
        currency: requiredField(fields['currency'] ?? '', 'currency'),
        rate,
        from: timeField(fields['valid_from'] ?? '', 'valid_from') ?? '0',
      },
    ];
  });
  const [first] = rows;
  const reporting = first?.record.reporting ?? '';
  const faults = rows
    .filter(({ record }) => record.reporting !== reporting)
    .map(({ line, record }) => {
      const before = `the lines before have ${reporting}`;
      return `${line}: reporting is ${record.reporting}, ${before}; all rates are to one currency`;
    });
  if (faults.length > 0) throw invalid(file, faults);
  return {
    reporting,
    rates: rows.map(({ record: { currency, rate, from } }) => ({ currency, rate, from })),
  };
}

/** What was known, with what is new in its place. Another reporting currency begins anew. */
export function mergeRates(known: RateSet | undefined, loaded: RateSet): RateSet {
  const kept = known?.reporting === loaded.reporting ? known.rates : [];
  const merged = new Map(
    [...kept, ...loaded.rates].map((each) => [JSON.stringify([each.currency, each.from]), each]),
  );
  const rates = [...merged.entries()].sort(([a], [b]) => (a < b ? -1 : 1));
  return { reporting: loaded.reporting, rates: rates.map(([, rate]) => rate) };
}
