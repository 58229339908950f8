import { mix32 } from './mix32.ts';
import { COMPANIES, type SimCompany } from './sim-instruments.ts';

/** A: the first company, B: another one; with `$` its cashtag instead of its name. */
const TEMPLATES = [
  'A beats estimates as cloud revenue climbs 18 percent',
  'A misses third-quarter profit forecasts, shares slide',
  'A raises full-year guidance on strong demand',
  'A cuts outlook and warns of weaker margins',
  'A announces a 10 billion dollar share buyback',
  'A recalls products after safety complaints',
  'A wins approval for its new plant',
  'A faces antitrust probe in Europe',
  'A names a new chief financial officer',
  'A to hold its annual meeting in May',
  'A ($A) surges to a record high after upbeat results',
  'A ($A) tumbles after downgrade to sell',
  '$A upgraded to buy, price target raised',
  'Analysts keep a neutral rating on $A ahead of earnings',
  'A gains while B slips on chip export curbs',
  'A and B sign a multi-year supply agreement',
  'A sues B over patents',
  'A overtakes B in market value',
  'B falls as A unveils a rival product',
  '$A and $B rally in after-hours trading',
] as const;

/** The headline that depends on `seed` and `number` alone. */
export function headline(seed: number, number: number): string {
  const random = mix32(seed, number);
  const template = TEMPLATES[random % TEMPLATES.length] as string;
  const first = (random >>> 8) % COMPANIES.length;
  const step = 1 + ((random >>> 16) % (COMPANIES.length - 1));
  const companies: Readonly<Record<string, SimCompany>> = {
    A: COMPANIES[first] as SimCompany,
    B: COMPANIES[(first + step) % COMPANIES.length] as SimCompany,
  };
  return template.replace(/(\$?)\b([AB])\b/g, (_text, cash: string, letter: string) => {
    const company = companies[letter] as SimCompany;
    return cash === '' ? company.name : `$${company.symbol}`;
  });
}
