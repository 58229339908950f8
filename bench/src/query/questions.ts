import { type History, nameOf } from './history.ts';

const NANOS_PER_DAY = 86_400_000_000_000n;

/** A kind of question, how often it is asked, and how it is asked of instrument and day. */
export interface QuestionKind {
  readonly name: string;
  /** Of a hundred questions. */
  readonly share: number;
  target(history: History, instrument: string, day: bigint): string;
}

/** What platform engineers, quants and dashboards ask. */
export const QUESTION_KINDS: readonly QuestionKind[] = [
  {
    name: 'latest quote',
    share: 60,
    target: (_, instrument) => `/v1/quotes/latest?instrument=${instrument}`,
  },
  {
    name: 'a day of minute bars',
    share: 15,
    target: (_, instrument, day) =>
      `/v1/bars?instrument=${instrument}&step=1m&from=${day}&to=${day + NANOS_PER_DAY}`,
  },
  {
    name: 'last 1,000 trades',
    share: 10,
    target: (_, instrument) => `/v1/trades?instrument=${instrument}&order=desc&limit=1000`,
  },
  {
    name: '1,000 trades of a time',
    share: 5,
    target: ({ firstTradeDay }, instrument) =>
      `/v1/trades?instrument=${instrument}&from=${firstTradeDay}&limit=1000`,
  },
  {
    name: 'a year of day bars',
    share: 4,
    target: ({ firstBarDay }, instrument) =>
      `/v1/bars?instrument=${instrument}&step=1d&from=${firstBarDay}`,
  },
  {
    name: 'a week of 15 min bars',
    share: 3,
    target: ({ lastDay }, instrument) =>
      `/v1/bars?instrument=${instrument}&step=15m&from=${lastDay - 6n * NANOS_PER_DAY}`,
  },
  {
    name: 'a quarter of one',
    share: 3,
    target: ({ lastDay }, instrument) =>
      `/v1/bars/summary?instrument=${instrument}&from=${lastDay - 90n * NANOS_PER_DAY}` +
      `&to=${lastDay}`,
  },
];

/** The next question of a fixed sequence. */
export function questionOf(
  history: History,
  number: number,
): { kind: QuestionKind; target: string } {
  const random = (number * 48_271) % 2_147_483_647;
  let place = random % 100;
  const kind = QUESTION_KINDS.find(({ share }) => {
    place -= share;
    return place < 0;
  }) as QuestionKind;
  const instrument = nameOf((random >> 7) % history.instruments);
  const day = history.firstBarDay + BigInt((random >> 3) % history.days) * NANOS_PER_DAY;
  return { kind, target: kind.target(history, instrument, day) };
}
